import Avatarium
import AvatariumCore

/// Chooses how much work is put into pictures, so that a machine that is behind draws plainer ones before it draws fewer.
///
/// Of a second's frames one in ten was left out: plainer at once. None was, and drawing takes less than half of a frame's time:
/// better, after ten such seconds; after a better one that did not hold, twice as many.
package struct LivePace {
    package private(set) var effort = LiveEffort.full
    private let framesPerSecond: Int
    private var frames = 0
    private var missed = 0
    /// Seconds in which all went well, and how many there must be.
    private var calm = 0
    private var patience = Self.shortest
    /// Whether the last change was to better pictures.
    private var isTrying = false

    private static let shortest = 10
    private static let longest = 160
    private static let tolerated = 0.1
    private static let easy = 0.5

    package init(frameRate: FrameRate) { framesPerSecond = max(1, Int(frameRate.framesPerSecond.rounded())) }

    /// Notes a frame that was to be drawn.
    /// - Parameter drawingShare: The time to draw and encode lately, as a share of a frame's time; nil where nothing was drawn.
    package mutating func note(isMissed: Bool, drawingShare: Double?) {
        frames += 1
        missed += isMissed ? 1 : 0
        guard frames == framesPerSecond else { return }
        let isBehind = Double(missed) > Self.tolerated * Double(frames)
        let isEasy = missed == 0 && (drawingShare ?? 1) < Self.easy
        (frames, missed) = (0, 0)
        if isBehind {
            calm = 0
            patience = isTrying ? min(Self.longest, patience * 2) : patience
            isTrying = false
            effort = effort.less
        } else if isEasy {
            calm += 1
            if calm >= patience, effort != .full {
                calm = 0
                isTrying = true
                effort = effort.more
            }
        } else {
            calm = 0
        }
    }
}
