import Avatarium

/// When the stages of a turn were reached, milliseconds from the request on.
struct LiveLatency {
    let turn: Int
    private let asked = ContinuousClock.now
    /// The engine's first speech.
    private(set) var spoken: Double?
    /// The first sound sent.
    private(set) var heard: Double?
    /// The first face sent.
    private(set) var seen: Double?
    /// The median time to draw and encode lately.
    var drawing: Double?
    /// How much work was put into its pictures; nil where none are drawn.
    var effort: LiveEffort?

    init(turn: Int) { self.turn = turn }

    mutating func speaks() { spoken = spoken ?? elapsed }
    mutating func sounds() { heard = heard ?? elapsed }

    /// - Returns: Whether it is the turn's first face.
    mutating func shows() -> Bool {
        guard seen == nil else { return false }
        seen = elapsed
        return true
    }

    private var elapsed: Double { (ContinuousClock.now - asked).seconds * 1000 }
}
