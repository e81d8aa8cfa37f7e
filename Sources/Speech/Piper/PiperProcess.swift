import AvatariumCore
import Foundation
import Synchronization

/// A long-lived side process that speaks with one Piper voice; requests wait for each other.
///
/// It is started by the first request, started again when it has died, and killed when it misses a deadline.
final class PiperProcess: Sendable {
    /// A request may take this long, seconds: loading a voice, or one sentence on a slow machine.
    static let deadlineSeconds = 60.0

    let model: String
    private let python: String
    private let queue: DispatchQueue
    /// Only touched on the queue.
    private let running = Mutex<Child?>(nil)

    private struct Child {
        var process: Process
        /// Our ends of the two streams.
        var input: Int32
        var output: Int32
        var buffer: [UInt8] = []
        var language: String
    }

    init(model: String, python: String) {
        self.model = model
        self.python = python
        queue = DispatchQueue(label: "piper \(model)")
    }

    deinit { running.withLock { Self.end(&$0) } }

    /// Answers one request line.
    /// - Throws: E005 past the deadline, E031 for what Piper reports, E084 where it cannot start.
    func answer(_ request: String) async throws -> JSON {
        try await withCheckedThrowingContinuation { continuation in
            queue.async {
                continuation.resume(with: Result { try self.exchange(request) })
            }
        }
    }

    /// The espeak-ng language of the voice.
    func language() async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            queue.async {
                continuation.resume(
                    with: Result {
                        try self.running.withLock { child in
                            if child == nil { child = try self.start() }
                            return child?.language ?? WordTimings.defaultLanguage
                        }
                    })
            }
        }
    }

    /// For tests: ends the process as a crash would.
    package func kill() {
        running.withLock { if let child = $0 { Glibc.kill(child.process.processIdentifier, SIGKILL) } }
    }

    private func exchange(_ request: String) throws -> JSON {
        try running.withLock { child in
            var lastError: (any Error)?
            // A process that died since the last request is replaced once.
            for _ in 0..<2 {
                do {
                    if child == nil { child = try start() }
                    guard var running = child else { break }
                    defer { if child != nil { child = running } }
                    try Self.send(request + "\n", to: running.input)
                    let line = try Self.line(from: &running)
                    let value = try JSONParser.parse(line)
                    if let problem = value["error"]?.string {
                        throw AvatariumError(
                            .ttsFailed, "Piper could not speak: \(problem.prefix(300))",
                            context: ["provider": "piper", "voice": model])
                    }
                    return value
                } catch let error as AvatariumError where error.code != .webSocketClosed {
                    if error.code == .timeout { Self.end(&child) }
                    throw error
                } catch {
                    lastError = error
                    Self.end(&child)
                }
            }
            throw AvatariumError(
                .ttsFailed, "Piper's process ended twice while it spoke; run scripts/install-piper again",
                context: ["provider": "piper", "voice": model], cause: lastError)
        }
    }

    private func start() throws -> Child {
        var input: [Int32] = [0, 0]
        var output: [Int32] = [0, 0]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &input) == 0 else { throw Self.cannotStart("no socket") }
        guard socketpair(AF_UNIX, kind, 0, &output) == 0 else {
            close(input[0])
            close(input[1])
            throw Self.cannotStart("no socket")
        }
        let process = Process()
        process.executableURL = URL(filePath: python)
        process.arguments = ["-c", PiperWorker.script, model]
        process.standardInput = FileHandle(fileDescriptor: input[1], closeOnDealloc: true)
        process.standardOutput = FileHandle(fileDescriptor: output[1], closeOnDealloc: true)
        process.standardError = FileHandle.nullDevice
        do {
            try process.run()
        } catch {
            for end in [input[0], output[0]] { close(end) }
            throw Self.cannotStart("\(error)")
        }
        (process.standardInput as? FileHandle)?.closeFile()
        (process.standardOutput as? FileHandle)?.closeFile()
        var child: Child? = Child(
            process: process, input: input[0], output: output[0], language: WordTimings.defaultLanguage)
        do {
            guard var ready = child else { throw Self.cannotStart("no process") }
            let value = try JSONParser.parse(try Self.line(from: &ready))
            if let problem = value["error"]?.string { throw Self.cannotStart(problem) }
            ready.language = value["language"]?.string ?? ready.language
            return ready
        } catch {
            Self.end(&child)
            if let error = error as? AvatariumError, error.code != .webSocketClosed { throw error }
            throw Self.cannotStart("its process ended at once")
        }
    }

    private static func cannotStart(_ why: String) -> AvatariumError {
        AvatariumError(
            .speechEngineMissing,
            "Piper did not start (\(why.prefix(300))); run scripts/install-piper again",
            context: ["provider": "piper"]
        )
    }

    private static func end(_ child: inout Child?) {
        guard let ended = child else { return }
        child = nil
        close(ended.input)
        close(ended.output)
        if ended.process.isRunning { Glibc.kill(ended.process.processIdentifier, SIGKILL) }
    }

    private static func closed() -> AvatariumError {
        AvatariumError(.webSocketClosed, "Piper's process closed its stream")
    }

    private static func send(_ text: String, to socket: Int32) throws {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            // No SIGPIPE where the process has died.
            let sent = rest.withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { throw closed() }
            rest = rest.dropFirst(sent)
        }
    }

    private static func line(from child: inout Child) throws -> [UInt8] {
        let deadline = ContinuousClock.now + .seconds(deadlineSeconds)
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            if let end = child.buffer.firstIndex(of: 0x0A) {
                let line = Array(child.buffer[..<end])
                child.buffer.removeFirst(end + 1)
                return line
            }
            let left = deadline - ContinuousClock.now
            guard left > .zero, child.buffer.count < 512 << 20 else {
                throw AvatariumError(
                    .timeout, "Piper did not answer within \(Int(deadlineSeconds)) s; try a shorter text",
                    context: ["provider": "piper"])
            }
            var wait = pollfd(fd: child.output, events: Int16(POLLIN), revents: 0)
            let milliseconds = Int32(min(60_000, max(1, left / .milliseconds(1))))
            guard poll(&wait, 1, milliseconds) > 0 else { continue }
            let count = read(child.output, &chunk, chunk.count)
            guard count > 0 else { throw closed() }
            child.buffer += chunk[..<count]
        }
    }
}
