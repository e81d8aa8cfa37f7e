import Avatarium
import AvatariumCore

/// Chooses how much work is put into pictures, so that a machine that is behind draws plainer ones before it draws fewer.
///
/// Plainer: of a second's frames more than one in ten was left out, or of five seconds' frames more than one in fifty, or drawing
/// takes longer than a frame lasts, which shows at rest already; by two steps where it takes a quarter longer. The second after
/// a change does not count, since the new scene is loaded in it. Better: none was left out, and drawing takes less than half of
/// a frame's time, for ten seconds; after a better one that did not hold, for twice as many.
package struct LivePace {
    package private(set) var effort = LiveEffort.full
    private let framesPerSecond: Int
    private var frames = 0
    private var missed = 0
    /// The share of frames that each of the last seconds left out, since the last change.
    private var shares: [Double] = []
    /// The second that is not counted has not passed yet.
    private var isSettling = false
    /// Seconds in which all went well, and how many there must be.
    private var calm = 0
    private var patience = Self.shortest
    /// Whether the last change was to better pictures.
    private var isTrying = false

    private static let shortest = 10
    private static let longest = 160
    private static let toleratedOnce = 0.1
    private static let toleratedFor = (seconds: 5, share: 0.02)
    private static let longestDrawing = 1.0
    private static let farTooLong = 1.25
    private static let easy = 0.5

    package init(frameRate: FrameRate) { framesPerSecond = max(1, Int(frameRate.framesPerSecond.rounded())) }

    /// Notes a frame that was to be drawn.
    /// - Parameter drawingShare: The time to draw and encode lately, as a share of a frame's time; nil where nothing was drawn.
    package mutating func note(isMissed: Bool, drawingShare: Double?) {
        frames += 1
        missed += isMissed ? 1 : 0
        guard frames == framesPerSecond else { return }
        let share = Double(missed) / Double(frames)
        (frames, missed) = (0, 0)
        guard !isSettling else {
            isSettling = false
            return
        }
        shares = shares.suffix(Self.toleratedFor.seconds - 1) + [share]
        if isBehind || (drawingShare ?? 0) > Self.longestDrawing {
            patience = isTrying ? min(Self.longest, patience * 2) : patience
            isTrying = false
            change(to: (drawingShare ?? 0) > Self.farTooLong ? effort.less.less : effort.less)
        } else if share == 0, (drawingShare ?? 1) < Self.easy {
            calm += 1
            guard calm >= patience, effort != .full else { return }
            isTrying = true
            change(to: effort.more)
        } else {
            calm = 0
        }
    }

    private var isBehind: Bool {
        guard let last = shares.last, last <= Self.toleratedOnce else { return true }
        return shares.count == Self.toleratedFor.seconds
            && shares.reduce(0, +) > Self.toleratedFor.share * Double(shares.count)
    }

    private mutating func change(to new: LiveEffort) {
        calm = 0
        shares = []
        isSettling = new != effort
        effort = new
    }
}
