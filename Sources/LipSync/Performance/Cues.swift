import AvatariumCore

/// An emotion shown for a time.
public struct EmotionCue: Sendable, Equatable, Codable {
    public var emotion: Emotion
    /// The strength, 0...1.
    public var strength: Float
    /// Seconds.
    public var start: Double
    /// Seconds; nil for the end of the clip.
    public var end: Double?

    public init(emotion: Emotion, strength: Float = 1, start: Double = 0, end: Double? = nil) {
        self.emotion = emotion
        self.strength = strength
        self.start = start
        self.end = end
    }

    /// Reads `happy` or `happy=0.6`, for the whole clip.
    public init?(_ text: String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let emotion = Emotion(name: String(parts[0])),
            let strength = parts.count == 2 ? Float(parts[1]) : 1, (0...1).contains(strength)
        else { return nil }
        self.init(emotion: emotion, strength: strength)
    }

    private enum CodingKeys: String, CodingKey, CaseIterable { case emotion, strength, start, end }

    /// Decodes an object that requires only the emotion, or a string in the form of `--emotion`.
    public init(from decoder: any Decoder) throws {
        if let container = try? decoder.singleValueContainer(), let text = try? container.decode(String.self)
        {
            guard let cue = EmotionCue(text) else {
                throw DecodingError.dataCorruptedError(
                    in: container,
                    debugDescription: "'\(text)' is not one of \(Emotion.names), optionally with a strength "
                        + "of 0 to 1, as in happy=0.5")
            }
            self = cue
            return
        }
        let field = try WireFields(decoder, CodingKeys.self)
        guard let emotion = try field(.emotion, as: Emotion.self) else {
            throw field.refusal(.emotion, "is missing; give one of \(Emotion.names)")
        }
        self.init(
            emotion: emotion, strength: try field.number(.strength, in: 0...1) ?? 1,
            start: try field.seconds(.start) ?? 0, end: try field.seconds(.end))
        try field.checkOrder(.end, end, after: start)
    }
}

/// The direction of the eyes for a time; the head follows by a third of the angle.
public struct GazeCue: Sendable, Equatable, Codable {
    /// Seconds.
    public var start: Double
    /// Seconds; nil for the end of the clip.
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

    private enum Field: String, CodingKey, CaseIterable { case start, end, pitch, yaw }

    /// - Throws: `DecodingError` for an unknown field or a value out of range.
    public init(from decoder: any Decoder) throws {
        let field = try WireFields(decoder, Field.self)
        self.init(
            start: try field.seconds(.start) ?? 0, end: try field.seconds(.end),
            pitch: try field.number(.pitch, in: -30...30) ?? 0,
            yaw: try field.number(.yaw, in: -40...40) ?? 0)
        try field.checkOrder(.end, end, after: start)
    }
}

/// A cut or a camera move to another framing, which lasts until the next one.
public struct CameraCue: Sendable, Equatable, Codable {
    public var camera: Framing
    /// Seconds.
    public var start: Double
    /// The duration of the move, 0...60 seconds; 0 is a cut.
    public var seconds: Double

    /// The longest move, in seconds.
    public static let longestMove = 60.0

    public init(_ camera: Framing, start: Double = 0, seconds: Double = 0) {
        self.camera = camera
        self.start = start
        self.seconds = seconds
    }

    private enum Field: String, CodingKey, CaseIterable { case camera, start, seconds }

    /// - Throws: `DecodingError` for an unknown field or a time below 0.
    public init(from decoder: any Decoder) throws {
        let field = try WireFields(decoder, Field.self)
        guard let camera = try field(.camera, as: Framing.self) else {
            throw field.refusal(.camera, "is missing; give face, bust, waist or body")
        }
        self.init(camera, start: try field.seconds(.start) ?? 0, seconds: try field(.seconds) ?? 0)
        guard (0...Self.longestMove).contains(seconds) else {
            throw field.refusal(.seconds, "must be 0 to 60 seconds; 0 cuts")
        }
    }
}

/// One of the model's own animations, with its start.
public struct AnimationCue: Sendable, Equatable, Codable {
    /// The animation's name or number in the model's file.
    public var name: String
    /// Seconds.
    public var start: Double
    /// Whether it loops; otherwise it plays once, and the previous animation continues.
    public var loop: Bool

    public init(_ name: String, start: Double = 0, loop: Bool = true) {
        self.name = name
        self.start = start
        self.loop = loop
    }

    private enum Field: String, CodingKey, CaseIterable { case name, start, loop }

    /// Decodes a name, or an object that requires only the name.
    /// - Throws: `DecodingError` for an unknown field or a time below 0.
    public init(from decoder: any Decoder) throws {
        let (name, fields) = try WireFields<Field>.textOrObject(
            decoder, text: .name, absence: "is missing; give the name of one of the model's animations")
        self.init(name)
        guard let field = fields else { return }
        start = try field.seconds(.start) ?? 0
        loop = try field(.loop) ?? true
    }
}

/// A movement of the head or face, or a gesture of the hands, at a given time.
public struct GestureCue: Sendable, Equatable, Codable {
    public enum Gesture: String, Sendable, Codable, CaseIterable {
        case nod, shake, tilt, browRaise, frown, blink
        /// Gestures of the hands.
        case openPalm, point, count, shrug, thumbsUp, wave, handToChest, beat

        /// Whether it is a gesture of the hands.
        public var isOfHands: Bool {
            switch self {
            case .nod, .shake, .tilt, .browRaise, .frown, .blink: false
            case .openPalm, .point, .count, .shrug, .thumbsUp, .wave, .handToChest, .beat: true
            }
        }
    }

    /// The hand that makes a gesture, from the character's view.
    public enum Hand: String, Sendable, Codable, ChoiceDecodable { case left, right, both }

    public var gesture: Gesture
    /// The start, in seconds.
    public var start: Double
    /// The strength, 0...1; for gestures of the hands, the width of the wave, beat or shrug.
    public var strength: Float
    /// The time of the stroke's peak for a gesture of the hands, in seconds; nil places it as early after
    /// ``start`` as the hand can. See ``GestureTimes``.
    public var stroke: Double?
    /// The hand; nil for the usual one, the right hand or both.
    public var hand: Hand?
    /// The number of fingers that `count` shows, 1...5; nil for one more than the previous count.
    public var number: Int?

    public init(
        _ gesture: Gesture, start: Double, strength: Float = 1, stroke: Double? = nil, hand: Hand? = nil,
        number: Int? = nil
    ) {
        self.gesture = gesture
        self.start = start
        self.strength = strength
        self.stroke = stroke
        self.hand = hand
        self.number = number
    }

    /// The possible numbers of fingers.
    public static let numbers = 1...5

    private enum Field: String, CodingKey, CaseIterable {
        case gesture, start, strength, stroke, hand, number
    }

    /// Decodes an object that requires only the gesture. Without a start, the gesture starts before the stroke by
    /// the time that the hand needs; without a stroke too, at 0.
    /// - Throws: `DecodingError` for an unknown field or a value out of range.
    public init(from decoder: any Decoder) throws {
        let field = try WireFields(decoder, Field.self)
        guard let gesture = try field(.gesture, as: Gesture.self) else {
            throw field.refusal(
                .gesture,
                "is missing; give one of " + Gesture.allCases.map(\.rawValue).joined(separator: ", "))
        }
        let stroke = try field.seconds(.stroke)
        let lead = gesture.isOfHands ? HandGesture.pace(of: gesture).lead : 0
        self.init(
            gesture, start: try field.seconds(.start) ?? stroke.map { max(0, $0 - lead) } ?? 0,
            strength: try field.number(.strength, in: 0...1) ?? 1, stroke: stroke,
            hand: try field(.hand), number: try field(.number))
        try field.checkOrder(.stroke, stroke, after: start)
        if let number, !Self.numbers.contains(number) {
            throw field.refusal(.number, "must be a whole number from 1 to 5")
        }
    }
}

/// The gestures that an avatar makes without being asked to.
public enum GestureMode: String, Sendable, Codable, ChoiceDecodable {
    /// Beats of the hands on stressed words, where the picture shows hands.
    case auto
    /// None: only those that marks and cues ask for.
    case off
}

extension WireFields {
    /// Decodes a moment of a clip, seconds; nil where it is absent.
    /// - Throws: `DecodingError` for one below 0 or beyond 100 hours.
    fileprivate func seconds(_ field: Field) throws -> Double? {
        let seconds: Double? = try self(field)
        guard let seconds else { return nil }
        guard (0...360_000).contains(seconds) else {
            throw refusal(field, "must be seconds, 0 to 360000")
        }
        return seconds
    }

    /// Decodes a number; nil where it is absent.
    /// - Throws: `DecodingError` for one outside the range.
    fileprivate func number(_ field: Field, in range: ClosedRange<Float>) throws -> Float? {
        let number: Float? = try self(field)
        guard let number else { return nil }
        guard range.contains(number) else {
            throw refusal(
                field, "must be a number from \(Int(range.lowerBound)) to \(Int(range.upperBound))")
        }
        return number
    }

    /// - Throws: `DecodingError` for a moment that lies before the start.
    fileprivate func checkOrder(_ field: Field, _ seconds: Double?, after start: Double) throws {
        if let seconds, seconds < start { throw refusal(field, "must not be before the start") }
    }
}
