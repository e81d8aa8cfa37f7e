import AvatariumCore
import LipSync

/// Timed emotions, gaze and gestures: the path of a JSON track, or the track itself.
///
/// In JSON it is a string (the path) or an object such as `{"gestures": [{"gesture": "nod", "start": 1.5}]}`.
public enum PerformanceTrack: Sendable, Equatable {
    case file(String)
    case cues(PerformanceCues)
}

extension PerformanceTrack: ExpressibleByStringLiteral {
    /// The path of a track.
    public init(stringLiteral path: String) { self = .file(path) }
}

extension PerformanceTrack: Codable {
    private enum Field: String, CodingKey, CaseIterable { case emotions, gaze, gestures, cameras, animations }

    private struct Gaze: Codable {
        var start: Double?
        var end: Double?
        var pitch: Float?
        var yaw: Float?
    }

    private struct Gesture: Codable {
        var gesture: GestureCue.Gesture
        var start: Double?
        var strength: Float?
        var stroke: Double?
        var hand: GestureCue.Hand?
        var number: Int?
    }

    public init(from decoder: any Decoder) throws {
        if let path = try? decoder.singleValueContainer().decode(String.self) {
            self = .file(path)
            return
        }
        let fields = try WireFields(decoder, Field.self)
        var cues = PerformanceCues(emotions: try fields(.emotions) ?? [])
        for (index, gaze) in (try fields(.gaze, as: [Gaze].self) ?? []).enumerated() {
            let cue = GazeCue(
                start: gaze.start ?? 0, end: gaze.end, pitch: gaze.pitch ?? 0, yaw: gaze.yaw ?? 0)
            guard cue.start >= 0, cue.end.map({ $0 >= cue.start }) ?? true, abs(cue.pitch) <= 30,
                abs(cue.yaw) <= 40
            else {
                throw fields.refusal(
                    .gaze,
                    "item \(index) is out of range; give start and end in order from 0, pitch within 30 and yaw within "
                        + "40 degrees")
            }
            cues.gaze.append(cue)
        }
        for (index, gesture) in (try fields(.gestures, as: [Gesture].self) ?? []).enumerated() {
            let cue = GestureCue(
                gesture.gesture, start: gesture.start, strength: gesture.strength ?? 1,
                stroke: gesture.stroke, hand: gesture.hand, number: gesture.number)
            guard cue.start >= 0, (0...1).contains(cue.strength), cue.stroke.map({ $0 >= cue.start }) ?? true,
                cue.number.map(GestureCue.numbers.contains) ?? true
            else {
                throw fields.refusal(
                    .gestures,
                    "item \(index) is out of range; give start from 0, stroke after it, strength 0 to 1 and number 1 to 5"
                )
            }
            cues.gestures.append(cue)
        }
        cues.cameras = try fields(.cameras) ?? []
        cues.animations = try fields(.animations) ?? []
        self = .cues(cues)
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .file(let path):
            var container = encoder.singleValueContainer()
            try container.encode(path)
        case .cues(let cues):
            var container = encoder.container(keyedBy: Field.self)
            try container.encode(cues.emotions, forKey: .emotions)
            try container.encode(cues.gaze, forKey: .gaze)
            try container.encode(cues.gestures, forKey: .gestures)
            if !cues.cameras.isEmpty { try container.encode(cues.cameras, forKey: .cameras) }
            if !cues.animations.isEmpty { try container.encode(cues.animations, forKey: .animations) }
        }
    }
}
