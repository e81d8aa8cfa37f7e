import AvatariumCore

/// How a line is performed, apart from what is said.
public struct PerformanceOptions: Sendable, Equatable, Codable {
    /// Blinks, gaze, head motion, nods and brow raises. Without it a silent face is exactly neutral.
    public var idle: Bool
    /// Chooses among performances; the same seed gives the same one.
    public var seed: UInt64
    public var emotions: [EmotionCue]
    /// Scales how far the mouth opens, 0...2; closures stay closed.
    public var mouthStrength: Float
    /// Scales head motion and nods, 0...2.
    public var headMotion: Float
    /// Scales the eyes' wandering, 0...2.
    public var gazeMotion: Float
    /// Scales how often the eyes blink, 0...4 (1 is about 17 a minute).
    public var blinkRate: Float

    public init(
        idle: Bool = true, seed: UInt64 = 0, emotions: [EmotionCue] = [], mouthStrength: Float = 1,
        headMotion: Float = 1, gazeMotion: Float = 1, blinkRate: Float = 1
    ) {
        self.idle = idle
        self.seed = seed
        self.emotions = emotions
        self.mouthStrength = mouthStrength
        self.headMotion = headMotion
        self.gazeMotion = gazeMotion
        self.blinkRate = blinkRate
    }
}
