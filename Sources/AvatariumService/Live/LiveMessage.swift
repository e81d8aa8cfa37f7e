import Avatarium
import AvatariumCore

/// What a client says on a live socket: a JSON object with `type`, or the samples of an `audio` turn as a binary message
/// (docs/LIVE.md).
enum LiveMessage: Sendable {
    /// The first message: who comes and what is wanted; the rest is read when it is known who asks.
    case start(token: String?, RequestFields)
    case say(Say)
    /// Recorded speech begins, or its next piece with timings of its own.
    case audio(AudioPiece)
    case samples([UInt8])
    case audioEnd
    case interrupt
    case expression(EmotionCue?)
    case gaze(pitch: Float, yaw: Float)
    case gazeEnd
    case listening(Bool)
    /// The client cannot go on decoding without a key picture.
    case keyFrame
    /// What the client has shown, so that a stalled one gets no more.
    case report(seconds: Double)
    case ping(Double)

    struct Say: Sendable {
        var text: String
        var reference: String?
        var options: SpeechOptions
    }

    struct AudioPiece: Sendable {
        var sampleRate: Int
        var reference: String?
        var language: String?
        /// A timing document in any format that files have.
        var timings: [UInt8]?
    }

    static let types = [
        "start", "say", "audio", "audio_end", "interrupt", "expression", "gaze", "listening", "keyframe",
        "report", "ping",
    ]

    /// Bytes of the longest text that one message may ask to be spoken.
    static let longestText = 20_000

    /// - Throws: `APIError` with the field.
    init(text bytes: [UInt8]) throws {
        var fields = try RequestFields(bytes)
        let type = try fields.required("type", limit: 40)
        switch type {
        case "start":
            let token = try fields.string("token", limit: 5000)
            self = .start(token: token, fields)
            return
        case "say":
            var options = SpeechOptions(voice: try fields.string("voice", limit: 200))
            options.rate = try fields.number("rate", in: 0.25...4) ?? 1
            options.pitch = try fields.number("pitch", in: 0...2) ?? 1
            options.ssml = try fields.bool("ssml") ?? false
            self = .say(
                Say(
                    text: try fields.required("text", limit: Self.longestText),
                    reference: try fields.string("reference", limit: 200), options: options))
        case "audio":
            let rate = try fields.integer("sample_rate", in: 8000...48_000) ?? 16_000
            var piece = AudioPiece(
                sampleRate: rate, reference: try fields.string("reference", limit: 200),
                language: try fields.string("language", limit: 40))
            if let timings = fields.json("timings") {
                piece.timings = timings.string.map { Array($0.utf8) } ?? timings.encoded()
            }
            self = .audio(piece)
        case "audio_end": self = .audioEnd
        case "interrupt": self = .interrupt
        case "expression":
            let name = try fields.string("emotion", limit: 40)
            let strength = try fields.number("strength", in: 0...1) ?? 1
            self = .expression(try name.flatMap { try Self.emotion($0, Float(strength)) })
        case "gaze":
            let pitch = try fields.number("pitch", in: -30...30)
            let yaw = try fields.number("yaw", in: -40...40)
            self =
                pitch == nil && yaw == nil ? .gazeEnd : .gaze(pitch: Float(pitch ?? 0), yaw: Float(yaw ?? 0))
        case "listening": self = .listening(try fields.bool("on") ?? true)
        case "keyframe": self = .keyFrame
        case "report": self = .report(seconds: try fields.number("seconds", in: 0...1e9) ?? 0)
        case "ping": self = .ping(try fields.number("time", in: -1e15...1e15) ?? 0)
        default:
            let near =
                NearMatches.of(type.lowercased(), in: Self.types).first.map { "did you mean '\($0)'? " } ?? ""
            throw APIError.invalid(
                "/type",
                "there is no message '\(type.quotedForMessage())'; \(near)the types are "
                    + Self.types.joined(separator: ", "))
        }
        try fields.finish()
    }

    private static func emotion(_ name: String, _ strength: Float) throws -> EmotionCue? {
        guard name != "neutral" else { return nil }
        guard let emotion = Emotion(name: name) else {
            throw APIError.invalid(
                "/emotion",
                "there is no emotion '\(name.quotedForMessage())'; choose neutral, \(Emotion.names)")
        }
        return EmotionCue(emotion: emotion, strength: strength, start: 0)
    }
}

/// A binary message of the service: 24 bytes of header in network order, then H.264, Opus or a face.
enum LivePacket {
    enum Kind: UInt8 {
        case video = 1
        case audio = 2
        case face = 3
    }

    struct Flags: OptionSet, Sendable {
        let rawValue: UInt8
        /// Decoding can begin here.
        static let key = Flags(rawValue: 1)
        /// The face belongs to a turn that is being spoken.
        static let speaking = Flags(rawValue: 2)
        /// The first packet after silence: the decoder begins anew.
        static let first = Flags(rawValue: 4)
    }

    static let headerLength = 24
    private static let faceLength = ARKitShape.count + OculusViseme.count + Emotion.count + 10

    /// - Parameters:
    ///   - epoch: Grows with each interruption: sound of an earlier one is not to be played.
    ///   - seconds: When it is to be shown or heard, on the session's clock.
    ///   - drawnAt: When it was made, microseconds since 1970; 0 where that is of no interest.
    static func bytes(
        _ kind: Kind, _ flags: Flags, turn: Int, epoch: Int, seconds: Double, drawnAt: Int64,
        _ payload: [UInt8]
    ) -> [UInt8] {
        var out = header(
            kind, flags, turn: turn, epoch: epoch, seconds: seconds, drawnAt: drawnAt, payload.count)
        out += payload
        return out
    }

    private static func header(
        _ kind: Kind, _ flags: Flags, turn: Int, epoch: Int, seconds: Double, drawnAt: Int64, _ room: Int
    ) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(headerLength + room)
        out.append(kind.rawValue)
        out.append(flags.rawValue)
        append(UInt16(truncatingIfNeeded: turn), to: &out)
        append(UInt32(truncatingIfNeeded: epoch), to: &out)
        append(Int64((seconds * 1_000_000).rounded()), to: &out)
        append(drawnAt, to: &out)
        return out
    }

    private static func append(_ value: some FixedWidthInteger, to out: inout [UInt8]) {
        withUnsafeBytes(of: value.bigEndian) { out.append(contentsOf: $0) }
    }

    /// A face in 84 bytes: 52 ARKit shapes, 15 visemes and 7 emotions as 0 to 255, then head (pitch, yaw, roll) and gaze
    /// (pitch, yaw) as 16-bit numbers of 1/10,000 radian.
    /// - Parameter turn: The turn that is being spoken.
    static func face(
        _ face: FaceFrame, turn: Int?, epoch: Int, seconds: Double, madeAt: Int64
    ) -> [UInt8] {
        var out = header(
            .face, turn == nil ? [.key] : [.key, .speaking], turn: turn ?? 0, epoch: epoch, seconds: seconds,
            drawnAt: madeAt, faceLength)
        for weights in [face.shapes, face.visemes, face.emotions] {
            for weight in weights { out.append(UInt8(min(max(weight, 0), 1) * 255 + 0.5)) }
        }
        let head = face.headRotation
        for angle in [head.x, head.y, head.z, face.gaze.x, face.gaze.y] {
            append(Int16((min(max(angle, -3), 3) * 10_000).rounded()), to: &out)
        }
        return out
    }
}
