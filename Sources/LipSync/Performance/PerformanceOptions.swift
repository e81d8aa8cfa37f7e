import AvatariumCore

/// The performance of a text, apart from what is said. All keys of its JSON form are optional.
public struct PerformanceOptions: Sendable, Equatable, Codable {
    /// Whether there are blinks, wandering gaze, head motion, nods, brow raises, breathing and beat gestures. If
    /// false, a silent face is exactly neutral, except for the cues below.
    public var idle = true
    /// The seed of the performance; the same seed gives the same performance.
    public var seed: UInt64 = 0
    public var emotions: [EmotionCue] = []
    public var gaze: [GazeCue] = []
    public var gestures: [GestureCue] = []
    /// The gestures of the hands in addition to those; none if ``idle`` is false.
    public var gestureMode = GestureMode.auto
    /// Scales the opening of the mouth, 0...2; closures stay closed.
    public var mouthStrength: Float = 1
    /// Scales head motion and nods, 0...2.
    public var headMotion: Float = 1
    /// Scales the wandering of the eyes, 0...2.
    public var gazeMotion: Float = 1
    /// Scales the rate of blinks, 0...4 (1 is about 17 per minute).
    public var blinkRate: Float = 1
    /// Scales the movement of the brows in stress and questions, 0...2.
    public var browMotion: Float = 1

    public init(
        idle: Bool = true, seed: UInt64 = 0, emotions: [EmotionCue] = [], gaze: [GazeCue] = [],
        gestures: [GestureCue] = [], mouthStrength: Float = 1, headMotion: Float = 1, gazeMotion: Float = 1,
        blinkRate: Float = 1, browMotion: Float = 1, gestureMode: GestureMode = .auto
    ) {
        self.idle = idle
        self.seed = seed
        self.emotions = emotions
        self.gaze = gaze
        self.gestures = gestures
        self.mouthStrength = mouthStrength
        self.headMotion = headMotion
        self.gazeMotion = gazeMotion
        self.blinkRate = blinkRate
        self.browMotion = browMotion
        self.gestureMode = gestureMode
    }

    public init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        func value<T: Decodable>(_ key: CodingKeys, _ standard: T) throws -> T {
            try keys.decodeIfPresent(T.self, forKey: key) ?? standard
        }
        idle = try value(.idle, true)
        seed = try value(.seed, 0)
        emotions = try value(.emotions, [])
        gaze = try value(.gaze, [])
        gestures = try value(.gestures, [])
        mouthStrength = try value(.mouthStrength, 1)
        headMotion = try value(.headMotion, 1)
        gazeMotion = try value(.gazeMotion, 1)
        blinkRate = try value(.blinkRate, 1)
        browMotion = try value(.browMotion, 1)
        gestureMode = try value(.gestureMode, .auto)
    }

    /// Adds the cues of a marked text or a track to the existing ones.
    public mutating func add(_ cues: PerformanceCues) {
        emotions += cues.emotions
        gaze += cues.gaze
        gestures += cues.gestures
    }
}
