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

/// Where the eyes look for a time; the head follows a third of the way.
public struct GazeCue: Sendable, Equatable, Codable {
    /// Seconds.
    public var start: Double
    /// Seconds; nil lasts to the end of the clip.
    public var end: Double?
    /// Degrees, positive down, within 30.
    public var pitch: Float
    /// Degrees, positive to the character's left, within 40.
    public var yaw: Float

    public init(start: Double, end: Double? = nil, pitch: Float = 0, yaw: Float = 0) {
        self.start = start
        self.end = end
        self.pitch = pitch
        self.yaw = yaw
    }
}

/// A small movement at a moment.
public struct GestureCue: Sendable, Equatable, Codable {
    public enum Gesture: String, Sendable, Codable, CaseIterable {
        case nod, shake, tilt, browRaise, frown, blink
    }

    public var gesture: Gesture
    /// Seconds: when it begins.
    public var start: Double
    /// 0...1.
    public var strength: Float

    public init(_ gesture: Gesture, start: Double, strength: Float = 1) {
        self.gesture = gesture
        self.start = start
        self.strength = strength
    }
}
