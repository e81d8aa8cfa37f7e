import AvatariumCore

/// The moment by which a model must be loaded. Each step between two looks at it is bounded by another limit.
struct Deadline {
    private let seconds: Double
    private let end: ContinuousClock.Instant

    init(seconds: Double) {
        self.seconds = seconds
        end = .now + .seconds(seconds)
    }

    /// - Throws: `AvatariumError` E005 once the time is over.
    func check(_ stage: @autoclosure () -> String) throws {
        guard ContinuousClock.now >= end else { return }
        throw AvatariumError(
            .timeout,
            "the model took more than \(seconds) s to load (while \(stage())); make it smaller, or allow more time",
            context: ["stage": "load", "rule": "LOAD_TIME_EXCEEDED"])
    }
}
