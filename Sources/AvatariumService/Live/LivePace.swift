import Avatarium
import AvatariumCore

/// Chooses how much work is put into pictures, so that a machine that is behind draws plainer ones before it draws fewer.
///
/// Quality is reduced when, of half a second's frames, more than one in four was left out, of a second's more than one in ten, or of
/// five seconds' more than one in fifty, or when drawing takes longer than a frame lasts, which shows at rest already; by two
/// steps if it takes a quarter longer. From full to rough it is also reduced when full pictures for all viewers would take more than
/// the machine has. The second after a change and the two seconds after the start of a turn do not count. Quality is raised when no frame was
/// left out and drawing takes less than half of a frame's time for ten seconds, to full only if all viewers' pictures take less than
/// half of the machine; after an attempt that failed, the wait doubles.
package struct LivePace {
    package private(set) var effort = LiveEffort.full
    private let framesPerSecond: Int
    private var frames = 0
    private var missed = 0
    /// The share of frames that each of the last half seconds left out, since the last change.
    private var shares: [Double] = []
    /// Half seconds that are not counted yet.
    private var settling = 0
    private var halvesToNextPause = 0
    /// Half seconds in which all went well, and how many there must be.
    private var calm = 0
    private var patience = Self.shortest
    /// Whether the last change was to better pictures.
    private var isTrying = false

    private static let shortest = 20
    private static let longest = 320
    /// The largest shares of frames that may be left out of so many half seconds.
    private static let tolerated = [
        (halves: 1, share: 0.25), (halves: 2, share: 0.1), (halves: 10, share: 0.02),
    ]
    private static let longestDrawing = 1.0
    private static let farTooLong = 1.25
    private static let mostOfMachine = 1.2
    private static let easy = 0.5

    package init(frameRate: FrameRate) { framesPerSecond = max(1, Int(frameRate.framesPerSecond.rounded())) }

    /// Notes a frame that was to be drawn.
    /// - Parameters:
    ///   - drawingShare: The time to draw and encode lately, as a share of a frame's time; nil where nothing was drawn.
    ///   - machineShare: What all viewers' pictures take of the machine, if each takes as long; nil where nothing was drawn.
    package mutating func note(isMissed: Bool, drawingShare: Double?, machineShare: Double? = nil) {
        frames += 1
        missed += isMissed ? 1 : 0
        guard frames == max(1, framesPerSecond / 2) else { return }
        let share = Double(missed) / Double(frames)
        (frames, missed) = (0, 0)
        halvesToNextPause = max(0, halvesToNextPause - 1)
        guard settling == 0 else {
            settling -= 1
            return
        }
        shares = shares.suffix(Self.tolerated.map(\.halves).max()! - 1) + [share]
        if isBehind || (drawingShare ?? 0) > Self.longestDrawing {
            patience = isTrying ? min(Self.longest, patience * 2) : patience
            isTrying = false
            change(to: (drawingShare ?? 0) > Self.farTooLong ? effort.less.less : effort.less)
        } else if effort == .full, (machineShare ?? 0) > Self.mostOfMachine {
            change(to: .rough)
        } else if share == 0, (drawingShare ?? 1) < Self.easy,
            effort == .small || (machineShare ?? 0) < Self.easy
        {
            calm += 1
            guard calm >= patience, effort != .full else { return }
            isTrying = true
            change(to: effort.more)
        } else {
            calm = 0
        }
    }

    /// Leaves the next two seconds out, in which more than drawing begins: the first ten seconds of a turn's text are spoken as fast as
    /// the machine can. Turns that follow each other faster than that have one such pause in ten seconds.
    package mutating func turnBegins() {
        guard halvesToNextPause == 0 else { return }
        halvesToNextPause = Self.shortest
        settling = max(settling, 4)
        (frames, missed) = (0, 0)
    }

    private var isBehind: Bool {
        Self.tolerated.contains { halves, share in
            shares.count >= halves && shares.suffix(halves).reduce(0, +) > share * Double(halves)
        }
    }

    private mutating func change(to new: LiveEffort) {
        calm = 0
        shares = []
        settling = new == effort ? 0 : 2
        effort = new
    }
}
