/// The times of the phases of a gesture of the hands, in seconds: the synchronisation points of the Behavior
/// Markup Language (BML 1.0, "Synchronization").
public struct GestureTimes: Sendable, Equatable {
    /// The hand leaves its rest position.
    public var start: Double
    /// The hand reaches the start of the stroke.
    public var ready: Double
    public var strokeStart: Double
    /// The peak of the stroke, which coincides with the word.
    public var stroke: Double
    public var strokeEnd: Double
    /// The hand starts to return.
    public var relax: Double
    /// The hand is back at rest.
    public var end: Double

    /// Creates the times of a gesture of the hands; nil for one of the head.
    public init?(_ cue: GestureCue) {
        guard cue.gesture.isOfHands, cue.start.isFinite else { return nil }
        let pace = HandGesture.pace(of: cue.gesture)
        let height = cue.stroke.flatMap { $0.isFinite ? $0 : nil } ?? cue.start + pace.lead
        start = max(cue.start, height - Self.longestLead)
        // Nobody's hand gets anywhere in no time.
        stroke = max(height, start + Self.shortestLead)
        let lead = stroke - start
        ready = start + lead * 0.65
        strokeStart = ready
        strokeEnd = stroke + pace.stroke
        relax = strokeEnd + pace.hold
        end = relax + pace.rest
    }

    /// Nobody holds a hand half raised for longer, seconds.
    static let longestLead = 4.0

    /// The least time that a hand has from its rest to the stroke, seconds.
    static let shortestLead = 0.45

    /// When a mark's gesture begins and its stroke is at its height, seconds, so that it falls on a word.
    static func placed(_ gesture: GestureCue.Gesture, on word: ClosedRange<Double>) -> (
        start: Double, stroke: Double
    ) {
        let length = word.upperBound - word.lowerBound
        let stroke = word.lowerBound + min(0.15, length / 2)
        let start = max(0, word.lowerBound - Self.beforeWord, stroke - HandGesture.pace(of: gesture).lead)
        return (start, max(stroke, start + Self.shortestLead))
    }

    /// How far before its word a gesture may begin, seconds.
    static let beforeWord = 0.62
}
