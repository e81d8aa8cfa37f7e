import AvatariumCore
import Dispatch
import Synchronization
import TimingFormats

/// A long-lived side process that speaks with one Piper voice; requests wait for each other.
///
/// It is started by the first request, started again when it has died, and killed when it misses a deadline or when the
/// task that waits for it is cancelled.
final class PiperProcess: Sendable {
    /// A request may take this long, seconds: loading a voice, or one sentence on a slow machine.
    private static let deadlineSeconds = 60.0
    /// An answer may have this many bytes.
    private static let longestAnswer = 512 << 20

    private let model: String
    private let python: String
    private let queue: DispatchQueue
    private let running = Mutex<Child?>(nil)

    private struct Child {
        let process: HelperProcess
        var reader: StreamReader
        /// The espeak-ng language of the voice.
        var language = TimingSource.defaultLanguage
    }

    init(model: String, python: String) {
        self.model = model
        self.python = python
        queue = DispatchQueue(label: "piper \(model)")
    }

    /// Answers one request.
    /// - Parameter words: What it is to speak, for messages.
    /// - Throws: E005 past the deadline, E031 for what Piper reports and for words that end its process twice, E084 where
    ///   it cannot start.
    func answer(_ request: JSON, words: String) async throws -> JSON {
        try await BlockingWork.run(on: queue) { [self] current in
            try surviving(current, words: words) { child in
                try child.process.stream.send(request.encoded() + [UInt8(ascii: "\n")])
                let value = try Self.message(from: &child)
                if let problem = value["error"]?.string {
                    throw AvatariumError(
                        .ttsFailed, "Piper could not speak: \(problem.quotedForMessage(limit: 300))",
                        context: ["provider": "piper", "voice": model])
                }
                return value
            }
        }
    }

    /// The espeak-ng language of the voice.
    func language() async throws -> String {
        try await BlockingWork.run(on: queue) { [self] current in
            try surviving(current, words: "") { $0.language }
        }
    }

    /// Runs a request with the process; one that died since the last request is replaced once.
    private func surviving<Value>(
        _ current: CancellableStream, words: String, _ body: (inout Child) throws -> Value
    ) throws -> Value {
        try running.withLock { running in
            for _ in 0..<2 {
                do {
                    if running == nil { running = try start(current) }
                    guard var child = running else { break }
                    try current.use(child.process.stream)
                    defer { if running != nil { running = child } }
                    return try body(&child)
                } catch is ProcessStream.Ended {
                    running = nil
                    if current.isCancelled { throw CancellationError() }
                } catch is ProcessStream.TimedOut {
                    running = nil
                    throw AvatariumError(
                        .timeout,
                        "Piper did not answer within \(Int(Self.deadlineSeconds)) s; try a shorter text",
                        context: ["provider": "piper"])
                }
            }
            throw AvatariumError(
                .ttsFailed,
                "Piper crashed twice at '\(words.quotedForMessage(limit: 80))'; write the words differently, or use another "
                    + "voice (--voice espeak:en-us)",
                context: ["provider": "piper", "voice": model, "field": "text", "rule": "engine-crash"])
        }
    }

    private func start(_ current: CancellableStream) throws -> Child {
        let process: HelperProcess
        do throws(Errno) {
            // -I: neither the environment nor the user's own packages change what is imported.
            process = try HelperProcess(program: python, arguments: ["-I", "-c", PiperWorker.script, model])
        } catch {
            throw Self.cannotStart(error.description)
        }
        try current.use(process.stream)
        var child = Child(process: process, reader: StreamReader(process.stream))
        do {
            let ready = try Self.message(from: &child)
            if let problem = ready["error"]?.string { throw Self.cannotStart(problem) }
            child.language = ready["language"]?.string ?? child.language
            return child
        } catch is ProcessStream.Ended where !current.isCancelled {
            throw Self.cannotStart("its process exited immediately")
        }
    }

    private static func cannotStart(_ why: String) -> AvatariumError {
        AvatariumError(
            .speechEngineMissing,
            "Piper did not start (\(why.quotedForMessage(limit: 300))); run scripts/install-piper again",
            context: ["provider": "piper"])
    }

    private static func message(from child: inout Child) throws -> JSON {
        try JSONParser.parse(
            Array(
                child.reader.line(
                    limit: longestAnswer, by: ContinuousClock.now + .seconds(deadlineSeconds))))
    }
}
