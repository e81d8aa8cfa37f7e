import Foundation
import Synchronization

/// A PostgreSQL server of the tests' own, in a temporary folder, reached by a Unix socket. It ends with the tests.
final class PostgresCluster: Sendable {
    /// The server that the suite shares; `nil` where there is none, after the reason was printed.
    static let shared: PostgresCluster? = {
        do {
            return try PostgresCluster()
        } catch {
            print("tests on PostgreSQL are skipped: \(error)")
            return nil
        }
    }()

    private struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    let folder: String
    private let binaries: String
    /// The shell that stops the server when this end of its input is closed, however the tests end.
    private let input: FileHandle
    private let databases = Atomic(0)

    private static let script = """
        set -e
        run() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
        cd /
        run "$1/initdb" -D "$2/data" -A trust -U postgres -E UTF8 --no-sync >/dev/null
        cat >>"$2/data/postgresql.conf" <<END
        unix_socket_directories = '$2'
        listen_addresses = ''
        fsync = off
        max_connections = 300
        shared_buffers = 64MB
        END
        run "$1/pg_ctl" -D "$2/data" -l "$2/data/log" -w start >/dev/null
        echo ready
        cat >/dev/null
        run "$1/pg_ctl" -D "$2/data" -m immediate stop >/dev/null || true
        rm -rf "$2"
        """

    init() throws {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        let folders = versions.sorted { (Int($0) ?? 0) > (Int($1) ?? 0) }.map {
            "/usr/lib/postgresql/\($0)/bin"
        }
        guard
            let binaries = folders.first(where: {
                FileManager.default.isExecutableFile(atPath: "\($0)/initdb")
            })
        else {
            throw Failure(description: "there is no initdb under /usr/lib/postgresql; install postgresql")
        }
        self.binaries = binaries
        // Short, since the path of a Unix socket has 107 bytes at most.
        folder = "/tmp/pg-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        if geteuid() == 0 {
            guard let user = getpwnam("postgres") else {
                throw Failure(description: "there is no user postgres")
            }
            chown(folder, user.pointee.pw_uid, user.pointee.pw_gid)
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", Self.script, "sh", binaries, folder]
        let (stdin, stdout) = (Pipe(), Pipe())
        process.standardInput = stdin
        process.standardOutput = stdout
        try process.run()
        input = stdin.fileHandleForWriting
        // The end of the input must not be kept open by children that are started later.
        _ = fcntl(input.fileDescriptor, F_SETFD, FD_CLOEXEC)
        guard String(decoding: stdout.fileHandleForReading.availableData, as: UTF8.self).hasPrefix("ready")
        else {
            throw Failure(description: "the server in \(folder) did not start; see its data/log")
        }
    }

    deinit { try? input.close() }

    /// Makes an empty database and gives its address.
    func makeDatabase() throws -> String {
        let name = "t\(databases.add(1, ordering: .relaxed).newValue)"
        try run("psql", "-q", "-h", folder, "-U", "postgres", "-c", "CREATE DATABASE \(name)")
        return url(of: name)
    }

    func url(of database: String) -> String { "postgresql://postgres@/\(database)?host=\(folder)" }

    /// Stops the server at once, as a crash would.
    func stop() throws { try control("stop", "-m", "immediate") }
    func start() throws { try control("start", "-w", "-l", "\(folder)/data/log") }

    private func control(_ action: String, _ options: String...) throws {
        let command = ["\(binaries)/pg_ctl", "-D", "\(folder)/data", action] + options
        if geteuid() == 0 {
            try run(["runuser", "-u", "postgres", "--"] + command)
        } else {
            try run(command)
        }
    }

    private func run(_ program: String, _ arguments: String...) throws {
        try run(["\(binaries)/\(program)"] + arguments)
    }

    /// Runs a command to its end. Not by `Process`: that waits until every descendant is gone, and the server that
    /// `pg_ctl` starts stays.
    private func run(_ command: [String]) throws {
        let words = ["/bin/sh", "-c", "cd / && exec \"$@\" </dev/null >/dev/null", "sh"] + command
        let arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var (child, status) = (pid_t(), Int32())
        guard posix_spawn(&child, "/bin/sh", nil, nil, arguments, environ) == 0,
            waitpid(child, &status, 0) == child, status == 0
        else { throw Failure(description: "\(command) ended with status \(status)") }
    }
}
