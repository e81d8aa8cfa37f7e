import Avatarium
import AvatariumCore
import CSandbox
import Foundation

/// What a render child may do to the host: limits of setrlimit(2), the files that it may touch (Landlock) and the system
/// calls that it may make (seccomp). Passed to the child as JSON in `AVATARIUM_CONFINEMENT`.
public struct Confinement: Sendable, Codable, Equatable {
    /// The only folder that the child may write to; files of one job.
    public var folder: String
    /// Folders and files that it may read and run besides the system's own.
    public var programs: [String]
    /// Folders and files that it may write besides `folder`, such as the shader cache of trusted children.
    public var shared: [String] = []
    /// Address space, bytes. Below about 1 GB Mesa cannot start and says E082.
    public var addressSpaceBytes: UInt64 = 4 << 30
    /// The largest file that it may write, bytes.
    public var fileBytes: UInt64 = 4 << 30
    public var openFiles: UInt64 = 256
    /// CPU seconds over the child's whole life.
    public var cpuSeconds: UInt64 = 4 * 3600
    /// Whether it runs only when nobody else of its control group wants the core: who asks for a clip waits for seconds, who
    /// asks the service anything else for milliseconds.
    public var isInBackground = false
    /// Whether a host that lacks Landlock or seccomp is an error rather than a weaker confinement.
    public var isStrict = false

    static let variable = "AVATARIUM_CONFINEMENT"

    /// The system's own folders. Mesa reads /sys and /proc for the processor's features; Landlock itself keeps a
    /// confined process from looking into other processes under /proc.
    private static let system = ["/usr", "/lib", "/lib64", "/bin", "/opt", "/etc", "/proc", "/sys"]
    private static let devices = [
        "/dev/null", "/dev/zero", "/dev/urandom", "/dev/random", "/dev/dri", "/dev/shm",
    ]

    public init(folder: String, programs: [String]) {
        self.folder = folder
        self.programs = programs
    }

    /// Enters the confinement for the rest of the process's life.
    ///
    /// Call it while the process has one thread: Landlock binds the thread that asks and those that it starts.
    /// - Returns: The protections that hold: `limits`, `privileges`, `landlock`, `seccomp`.
    /// - Throws: E081 where one cannot be had and the confinement is strict; E092 where other threads run already.
    func enter() throws -> [String] {
        guard try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count == 1 else {
            throw AvatariumError(.internalError, "the render child started threads before it was confined")
        }
        // A host that forbids it draws as well like its parent.
        _ = isInBackground ? avatarium_schedule_in_background() : avatarium_schedule_promptly(0)
        var held: [String] = []
        func hold(_ name: String, needed: Bool, _ number: Int32) throws {
            guard number != 0 else { return held.append(name) }
            guard !needed, !isStrict else {
                throw AvatariumError(
                    .hostRequirementMissing,
                    "the render child cannot be confined (\(name)): \(Errno(rawValue: number)); use a "
                        + "kernel with Landlock and seccomp",
                    context: ["rule": "sandbox", "protection": name], systemError: Errno(rawValue: number))
            }
        }
        try hold("parent", needed: true, avatarium_die_with_parent(getppid()))
        // A clip that outgrows the limit of a file fails in its turn (EFBIG); by default it would kill the child.
        signal(SIGXFSZ, SIG_IGN)
        try hold(
            "limits", needed: true,
            avatarium_set_limits(
                avatarium_limits(
                    address_space_bytes: addressSpaceBytes, cpu_seconds: cpuSeconds, file_bytes: fileBytes,
                    open_files: openFiles)))
        try hold("privileges", needed: true, avatarium_no_new_privileges())
        try hold("landlock", needed: false, restrictFiles())
        try hold("seccomp", needed: false, avatarium_seccomp_restrict())
        return held
    }

    private func restrictFiles() -> Int32 {
        Self.withPointers([]) { read, readCount in
            Self.withPointers(Self.system + programs) { run, runCount in
                Self.withPointers([folder] + shared + Self.devices) { write, writeCount in
                    avatarium_landlock_restrict(read, readCount, run, runCount, write, writeCount)
                }
            }
        }
    }

    private static func withPointers<R>(
        _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>?, Int32) -> R
    ) -> R {
        let copies = texts.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return copies.map { UnsafePointer($0) }.withUnsafeBufferPointer {
            body($0.baseAddress, Int32(texts.count))
        }
    }
}
