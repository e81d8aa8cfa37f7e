import AvatariumCore

/// An emotion that colours the face for a time.
public struct EmotionCue: Sendable, Equatable, Codable {
    public var emotion: Emotion
    /// 0...1.
    public var strength: Float
    /// Seconds.
    public var start: Double
    /// Seconds; nil lasts to the end of the clip.
    public var end: Double?

    public init(emotion: Emotion, strength: Float = 1, start: Double = 0, end: Double? = nil) {
        self.emotion = emotion
        self.strength = strength
        self.start = start
        self.end = end
    }
}
