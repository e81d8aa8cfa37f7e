import Avatarium
import Foundation
import Synchronization

/// A progress bar on a terminal, JSON lines with `--json`; into a log file a line a minute of a batch.
final class ProgressDisplay: Sendable {
    private let json: Bool
    private let bar: Bool
    private let handle: FileHandle
    private let drawn = Mutex(false)
    /// When the last line went into a log file, in seconds since the start.
    private let logged = Mutex(0.0)

    init(json: Bool, jsonOnStandardError: Bool) {
        self.json = json
        bar = !json && isatty(STDERR_FILENO) == 1
        handle = json && !jsonOnStandardError ? .standardOutput : .standardError
    }

    private struct Event: Encodable {
        var event = "progress"
        var stage: String
        var frame: Int
        var frames: Int?
        var elapsedSeconds: Double
    }

    func show(_ progress: ClipProgress) {
        if json {
            write(
                Event(
                    stage: progress.stage, frame: progress.frame, frames: progress.frames,
                    elapsedSeconds: progress.elapsedSeconds))
        } else if bar {
            drawn.withLock { $0 = true }
            StandardError.write("\r" + Self.line(progress) + "\u{1B}[K")
        }
    }

    private struct BatchEvent: Encodable {
        var event = "progress"
        var clips: Int
        var clipsDone: Int
        var clipsFailed: Int
        var framesDrawn: Int
        var elapsedSeconds: Double
    }

    func show(_ progress: BatchRunner.Progress) {
        if json {
            write(
                BatchEvent(
                    clips: progress.clips, clipsDone: progress.clipsDone, clipsFailed: progress.clipsFailed,
                    framesDrawn: progress.framesDrawn, elapsedSeconds: progress.elapsedSeconds))
        } else if bar {
            drawn.withLock { $0 = true }
            StandardError.write("\r" + Self.line(progress) + "\u{1B}[K")
        } else if isDue(progress.elapsedSeconds) {
            StandardError.write(Self.line(progress) + "\n")
        }
    }

    private func isDue(_ seconds: Double) -> Bool {
        logged.withLock { last in
            guard seconds - last >= 60 else { return false }
            last = seconds
            return true
        }
    }

    private static func line(_ progress: BatchRunner.Progress) -> String {
        let done = progress.clipsDone + progress.clipsFailed
        let seconds = max(progress.elapsedSeconds, 1e-3)
        let clipRate = Double(done - progress.clipsSkipped) / seconds
        let left = clipRate > 0 ? Double(progress.clips - done) / clipRate : 0
        return String(
            format: "%d/%d clips (%d failed)  %.2f clips/s  %.0f frames/s  %.0f s left", done, progress.clips,
            progress.clipsFailed, clipRate, Double(progress.framesDrawn) / seconds, left)
    }

    private struct ClipEvent: Encodable {
        let result: BatchResult
        private enum Key: CodingKey { case event }
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode("clip", forKey: .event)
            try result.encode(to: encoder)
        }
    }

    /// A clip's result for machines; people hear of failures at once, and find all in results.jsonl.
    func show(_ result: BatchResult) {
        if json { return write(ClipEvent(result: result)) }
        guard let error = result.error else { return }
        if drawn.withLock({ $0 }) { StandardError.write("\r\u{1B}[K") }
        StandardError.write(
            "line \(result.line) (\(result.id)): \(error.code) \(error.name): \(error.message)\n")
    }

    static func line(_ progress: ClipProgress) -> String {
        let rate = progress.elapsedSeconds > 0 ? Double(progress.frame) / progress.elapsedSeconds : 0
        let width = 30
        guard let frames = progress.frames else {
            return "[" + String(repeating: "-", count: width)
                + String(format: "]   %d frames  %.0f fps  still speaking", progress.frame, rate)
        }
        let share = Double(progress.frame) / Double(max(frames, 1))
        let full = Int(share * Double(width))
        let left = rate > 0 ? Double(frames - progress.frame) / rate : 0
        return "["
            + String(repeating: "#", count: full) + String(repeating: "-", count: width - full)
            + String(
                format: "] %3.0f %%  %d/%d frames  %.0f fps  %.0f s left", share * 100, progress.frame,
                frames, rate, left)
    }

    /// Ends the bar's line.
    func finish() {
        if drawn.withLock({ $0 }) { StandardError.write("\r\u{1B}[K") }
    }

    func write(_ value: some Encodable) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let line = try? encoder.encode(value) else { return }
        try? handle.write(contentsOf: line + Data("\n".utf8))
    }
}
