import Avatarium
import AvatariumCore
import Foundation
import Jobs
import Synchronization

/// Shows progress: a bar on a terminal, JSON lines with `--json`, and for a batch into a log file a line a minute.
final class ProgressDisplay: Sendable {
    private enum Style { case none, bar, log, json(FileHandle) }

    private let style: Style
    /// When the last line went into a log file, in seconds since the start.
    private let logged = Mutex(0.0)
    /// Whether a bar stands on the terminal's current line.
    private static let isBarDrawn = Mutex(false)

    init(_ common: CommonOptions, jsonOnStandardError: Bool) {
        style =
            common.json
            ? .json(jsonOnStandardError ? .standardError : .standardOutput)
            : common.quiet ? .none : StandardError.columns != nil ? .bar : .log
    }

    private struct Event: Encodable {
        var event = "progress"
        var stage: String
        var frame: Int
        var frames: Int?
        var elapsedSeconds: Double
    }

    func show(_ progress: ClipProgress) {
        switch style {
        case .json:
            write(
                Event(
                    stage: progress.stage, frame: progress.frame, frames: progress.frames,
                    elapsedSeconds: progress.elapsedSeconds))
        case .bar: Self.drawBar(Self.line(progress, columns: StandardError.columns ?? 80))
        case .none, .log: break
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
        switch style {
        case .json:
            write(
                BatchEvent(
                    clips: progress.clips, clipsDone: progress.clipsDone, clipsFailed: progress.clipsFailed,
                    framesDrawn: progress.framesDrawn, elapsedSeconds: progress.elapsedSeconds))
        case .bar: Self.drawBar(Self.line(progress))
        case .log: if isDue(progress.elapsedSeconds) { StandardError.write(line: Self.line(progress)) }
        case .none: break
        }
    }

    private func isDue(_ seconds: Double) -> Bool {
        logged.withLock { last in
            guard seconds - last >= 60 else { return false }
            last = seconds
            return true
        }
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

    /// Shows a clip's result: all of it as JSON, else only why it failed.
    func show(_ result: BatchResult) {
        if case .json = style { return write(ClipEvent(result: result)) }
        guard let error = result.error else { return }
        Self.clearBar()
        StandardError.write(
            line: "line \(result.line) (\(result.id)): \(error.code) \(error.name): \(error.message)")
    }

    /// Writes a line of JSON where `--json` asks for it.
    func write(_ value: some Encodable) {
        guard case .json(let handle) = style, let line = try? TerminalText.json(value) else { return }
        try? handle.write(contentsOf: Data((line + "\n").utf8))
    }

    /// Removes the bar from the terminal's current line.
    static func clearBar() {
        isBarDrawn.withLock { drawn in
            if drawn { StandardError.raw("\r\u{1B}[K") }
            drawn = false
        }
    }

    /// Draws a line over the one before; what is wider than the terminal would begin a new line each time.
    private static func drawBar(_ line: String) {
        isBarDrawn.withLock { $0 = true }
        StandardError.raw("\r" + fitted(line, columns: StandardError.columns ?? 80) + "\u{1B}[K")
    }

    /// Leaves out the last parts of a line, which two spaces part, where it is too wide.
    private static func fitted(_ line: String, columns: Int) -> String {
        var line = line
        while line.count >= columns, let cut = line.range(of: "  ", options: .backwards) {
            line = String(line[..<cut.lowerBound])
        }
        return String(line.prefix(max(1, columns - 1)))
    }

    private static func line(_ progress: BatchRunner.Progress) -> String {
        let done = progress.clipsDone + progress.clipsFailed
        let seconds = max(progress.elapsedSeconds, 1e-3)
        let clipRate = Double(done - progress.clipsSkipped) / seconds
        let left = clipRate > 0 ? time(Double(progress.clips - done) / clipRate) + " left" : "estimating"
        return String(
            format: "%d/%d clips (%d failed)  %@  %.0f frames/s  %.2f clips/s", done, progress.clips,
            progress.clipsFailed, left, Double(progress.framesDrawn) / seconds, clipRate)
    }

    static func line(_ progress: ClipProgress, columns: Int) -> String {
        let rate = progress.elapsedSeconds > 0 ? Double(progress.frame) / progress.elapsedSeconds : 0
        guard let frames = progress.frames else {
            return bar(0, columns)
                + String(format: "%d frames  %.0f fps  synthesising speech", progress.frame, rate)
        }
        let share = Double(progress.frame) / Double(max(frames, 1))
        let left = rate > 0 ? time(Double(frames - progress.frame) / rate) + " left" : ""
        return String(format: "%3.0f %% ", share * 100) + bar(share, columns)
            + String(format: "%d/%d frames  %.0f fps  %@", progress.frame, frames, rate, left)
    }

    /// A bar as wide as there is room for beside some 45 columns of text.
    private static func bar(_ share: Double, _ columns: Int) -> String {
        let width = min(30, columns - 50)
        guard width >= 8 else { return "" }
        let full = Int(max(0, min(1, share)) * Double(width))
        return "[" + String(repeating: "#", count: full) + String(repeating: "-", count: width - full) + "] "
    }

    private static func time(_ seconds: Double) -> String {
        let whole = Int(max(0, min(seconds, 1e9)).rounded())
        return whole < 90 ? "\(whole) s" : whole < 5400 ? "\(whole / 60) min" : "\(whole / 3600) h"
    }
}
