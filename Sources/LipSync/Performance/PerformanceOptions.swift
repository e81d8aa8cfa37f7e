import AvatariumCore

/// How a line is performed, apart from what is said. Every key of its JSON form may be left out.
public struct PerformanceOptions: Sendable, Equatable, Codable {
    /// Blinks, wandering gaze, head motion, nods, brow raises, breath and beats of the hands. Without it a silent face is exactly neutral,
    /// except for the cues below.
    public var idle = true
    /// Chooses among performances; the same seed gives the same one.
    public var seed: UInt64 = 0
    public var emotions: [EmotionCue] = []
    public var gaze: [GazeCue] = []
    public var gestures: [GestureCue] = []
    /// Which gestures of the hands there are beside those; off without ``idle``.
    public var gestureMode = GestureMode.auto
    /// Scales how far the mouth opens, 0...2; closures stay closed.
    public var mouthStrength: Float = 1
    /// Scales head motion and nods, 0...2.
    public var headMotion: Float = 1
    /// Scales the eyes' wandering, 0...2.
    public var gazeMotion: Float = 1
    /// Scales how often the eyes blink, 0...4 (1 is about 17 a minute).
    public var blinkRate: Float = 1
    /// Scales the brows' part in stress and questions, 0...2.
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

    /// Adds the cues of a mark-up or a track to those already there.
    public mutating func add(_ cues: PerformanceCues) {
        emotions += cues.emotions
        gaze += cues.gaze
        gestures += cues.gestures
    }
}
