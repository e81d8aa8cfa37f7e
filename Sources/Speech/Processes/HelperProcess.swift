import AvatariumCore
import Glibc

/// A side process that talks over one socket, which is its standard input and its standard output.
///
/// It gets no signal mask and no environment but the variables named here, of which none holds a key; it closes what
/// descriptors it inherits besides the first three. It has a process group of its own, so that Ctrl-C in a terminal reaches this process and not the helper. It
/// is to end when its input ends, which the kernel sees to when this process ends; it is killed with this object.
///
/// swift-subprocess was considered: its processes live within one call, these from one request to the next.
final class HelperProcess: Sendable {
    /// This process's end of the socket.
    let stream: ProcessStream
    let identifier: pid_t

    private static let passedVariables = [
        "ESPEAK_DATA_PATH", "LD_LIBRARY_PATH", "OMP_NUM_THREADS", "PATH", "TMPDIR",
    ]

    /// Starts a program.
    /// - Parameter program: The path of an executable file.
    /// - Throws: the reason why there is no process.
    init(program: String, arguments: [String] = []) throws(Errno) {
        let (ours, theirs) = try ProcessStream.pair()
        identifier = try Self.spawn(program, arguments, socket: theirs.descriptor)
        stream = ours
    }

    private static func spawn(_ program: String, _ arguments: [String], socket: Int32) throws(Errno) -> pid_t
    {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_adddup2(&actions, socket, 0)
        posix_spawn_file_actions_adddup2(&actions, socket, 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
        posix_spawnattr_setflags(&attributes, Int16(flags))

        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
        defer { for text in words + variables { free(text) } }
        var identifier: pid_t = 0
        let status = posix_spawn(&identifier, program, &actions, &attributes, &words, &variables)
        guard status == 0 else { throw Errno(rawValue: status) }
        return identifier
    }

    private static var environment: [String] {
        passedVariables.compactMap { name in getenv(name).map { "\(name)=\(String(cString: $0))" } }
            + ["LANG=C.UTF-8"]
    }

    deinit {
        kill(identifier, SIGKILL)
        while waitpid(identifier, nil, 0) < 0, errno == EINTR {}
    }
}
