import Avatarium
import Synchronization

/// The counts of a running batch.
actor BatchState {
    private(set) var summaryValue = BatchRunner.Summary()
    private var drawn = 0
    private let began = StageTimings.now()
    private let beganCPU = StageTimings.cpu()
    private let progress: @Sendable (BatchRunner.Progress) -> Void

    init(progress: @escaping @Sendable (BatchRunner.Progress) -> Void) { self.progress = progress }

    var summary: BatchRunner.Summary {
        var summary = summaryValue
        summary.wallSeconds = StageTimings.now() - began
        summary.cpuSeconds = StageTimings.cpu() - beganCPU
        return summary
    }

    func count() { summaryValue.clips += 1 }

    func countOverMemoryLimit() { summaryValue.overMemoryLimit += 1 }

    func skip() {
        summaryValue.skipped += 1
        show()
    }

    func leave() {
        summaryValue.elsewhere += 1
        show()
    }

    func fail() {
        summaryValue.failed += 1
        show()
    }

    func draw(_ frames: Int) {
        drawn += frames
        show()
    }

    func finish(frames: Int) {
        summaryValue.made += 1
        summaryValue.frames += frames
        show()
    }

    private func show() {
        progress(
            BatchRunner.Progress(
                clips: summaryValue.clips, clipsDone: summaryValue.made + summaryValue.skipped,
                clipsSkipped: summaryValue.skipped,
                clipsFailed: summaryValue.failed, framesDrawn: max(drawn, summaryValue.frames),
                elapsedSeconds: StageTimings.now() - began))
    }

    /// Frames of one clip since the last report of it.
    final class FrameCounter: Sendable {
        private let last = Mutex(0)
        func advance(to frame: Int) -> Int {
            last.withLock { last in
                defer { last = frame }
                return frame - last
            }
        }
    }
}
