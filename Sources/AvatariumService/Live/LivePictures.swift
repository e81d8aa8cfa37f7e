import Avatarium
import AvatariumCore
import RenderChild

/// Which frames are drawn for a viewer, so that nothing piles up: none while two are under way, while the socket is full, or
/// while the viewer is far behind; then decoding begins again with a key picture. At rest every second frame is drawn.
struct LivePictures {
    /// What is to be said of a face that is being drawn.
    struct UnderWay {
        var turn: Int?
        var epoch: Int
    }

    /// The next picture is a key picture.
    var needsKey = true
    private let frameRate: FrameRate
    private var underWay: [Int: UnderWay] = [:]
    /// The last time that the client has shown, and when it said so; nil for one that does not report.
    private var shown: (seconds: Double, at: ContinuousClock.Instant)?
    private var microseconds: [Int64] = []
    private var pace: LivePace
    /// The turn of the last frame.
    private var turn: Int?
    private let audience: LiveAudience

    /// Bytes that may wait for the client before pictures are left out.
    static let fullAt = 192 << 10
    private static let mostUnderWay = 2
    /// Seconds that the client's picture may be behind.
    private static let lateAt = 1.5
    /// Seconds for which a client's report counts.
    private static let reportLasts = 10.0

    init(frameRate: FrameRate, audience: LiveAudience) {
        self.frameRate = frameRate
        self.audience = audience
        pace = LivePace(frameRate: frameRate)
    }

    /// How much work is put into each picture.
    var effort: LiveEffort { pace.effort }

    /// Begins for another connection, whose decoder begins with a key picture.
    mutating func restart() {
        needsKey = true
        underWay = [:]
        shown = nil
    }

    mutating func viewerHasShown(_ seconds: Double) { shown = (seconds, .now) }

    /// - Parameters:
    ///   - rests: Whether the face moves so slowly that every second frame is enough.
    ///   - backlog: Bytes that wait for the client.
    /// - Returns: What is to be drawn; nil where the frame is left out.
    mutating func next(
        _ moment: LiveStage.Moment, rests: Bool, epoch: Int, backlog: Int
    ) -> LiveFace? {
        if let next = moment.turn, next != turn { pace.turnBegins() }
        turn = moment.turn
        if backlog > Self.fullAt || isViewerBehind(moment.index) {
            // What follows a gap can be decoded from a key picture on only.
            needsKey = true
            return nil
        }
        guard !rests || moment.index % 2 == 0 || needsKey else { return nil }
        guard underWay.count < Self.mostUnderWay else {
            leftOut()
            return nil
        }
        note(isMissed: false)
        underWay[moment.index] = UnderWay(turn: moment.turn, epoch: epoch)
        defer { needsKey = false }
        return LiveFace(index: moment.index, isKey: needsKey, effort: effort, face: moment.face)
    }

    /// A frame was not drawn because the machine is behind.
    mutating func leftOut() { note(isMissed: true) }

    private mutating func note(isMissed: Bool) {
        let earlier = effort
        let share = drawingMilliseconds.map { $0 / 1000 / frameRate.seconds(atFrame: 1) }
        pace.note(isMissed: isMissed, drawingShare: share, machineShare: share.map(audience.machineShare))
        // The times of other pictures say nothing about these.
        if effort != earlier { microseconds = [] }
    }

    /// Takes a picture that was drawn.
    /// - Returns: What was to be said of it; nil where it was asked for by an earlier connection.
    mutating func arrived(_ picture: LivePicture) -> UnderWay? {
        guard let known = underWay.removeValue(forKey: picture.index) else { return nil }
        microseconds = microseconds.suffix(29) + [picture.microseconds]
        return known
    }

    /// The median time to draw and encode of the last thirty pictures, milliseconds.
    var drawingMilliseconds: Double? {
        microseconds.isEmpty ? nil : Double(microseconds.sorted()[microseconds.count / 2]) / 1000
    }

    private func isViewerBehind(_ index: Int) -> Bool {
        guard let shown else { return false }
        return frameRate.seconds(atFrame: index) - shown.seconds > Self.lateAt
            && (ContinuousClock.now - shown.at).seconds < Self.reportLasts
    }
}
