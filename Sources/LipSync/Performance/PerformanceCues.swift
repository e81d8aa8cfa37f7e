import AvatariumCore
import Foundation

/// Timed emotions, gaze, gestures, camera cuts and animations, from marks in a text or from a JSON track.
public struct PerformanceCues: Sendable, Equatable {
    public var emotions: [EmotionCue]
    public var gaze: [GazeCue]
    public var gestures: [GestureCue]
    public var cameras: [CameraCue] = []
    public var animations: [AnimationCue] = []

    /// The maximum number of cues of one kind in a track.
    public static let maximumCount = 10_000

    public init(emotions: [EmotionCue] = [], gaze: [GazeCue] = [], gestures: [GestureCue] = []) {
        self.emotions = emotions
        self.gaze = gaze
        self.gestures = gestures
    }

    /// Reads a track: `{"emotions": [{"emotion", "strength", "start", "end"}], "gaze": [{"start", "end", "pitch",
    /// "yaw"}], "gestures": [{"gesture", "start", "strength", "stroke", "hand", "number"}], "cameras":
    /// [{"camera", "start", "seconds"}], "animations": [{"name", "start", "loop"}]}`. Seconds and degrees; By
    /// default `strength` is 1, `end` is the end of the clip and `loop` is true.
    /// - Throws: E093 with a JSON pointer in `context["field"]`, also for more than 10,000 cues of a kind.
    public static func read(_ bytes: [UInt8]) throws -> PerformanceCues {
        do {
            _ = try JSONParser.parse(bytes)
        } catch {
            throw AvatariumError(
                .validationError, "the performance track is not JSON: \(error)",
                context: ["line": "\(error.line)"], cause: error)
        }
        do {
            return try JSONDecoder().decode(PerformanceCues.self, from: Data(bytes))
        } catch let error as DecodingError {
            throw error.validationError("the performance track")
        }
    }
}

extension PerformanceCues: Codable {
    private enum Field: String, CodingKey, CaseIterable { case emotions, gaze, gestures, cameras, animations }

    /// - Throws: `DecodingError` for an unknown field, for more than 10,000 cues of a kind, and for an invalid
    ///   cue.
    public init(from decoder: any Decoder) throws {
        let field = try WireFields(decoder, Field.self)
        func list<Cue: Decodable>(_ name: Field) throws -> [Cue] {
            let cues: [Cue] = try field(name) ?? []
            guard cues.count <= Self.maximumCount else {
                throw field.refusal(name, "contains \(cues.count) cues; give at most \(Self.maximumCount)")
            }
            return cues
        }
        self.init(emotions: try list(.emotions), gaze: try list(.gaze), gestures: try list(.gestures))
        cameras = try list(.cameras)
        animations = try list(.animations)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Field.self)
        try container.encode(emotions, forKey: .emotions)
        try container.encode(gaze, forKey: .gaze)
        try container.encode(gestures, forKey: .gestures)
        if !cameras.isEmpty { try container.encode(cameras, forKey: .cameras) }
        if !animations.isEmpty { try container.encode(animations, forKey: .animations) }
    }
}
