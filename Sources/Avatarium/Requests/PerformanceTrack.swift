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
    public init(from decoder: any Decoder) throws {
        if let path = try? decoder.singleValueContainer().decode(String.self) {
            self = .file(path)
        } else {
            self = .cues(try PerformanceCues(from: decoder))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .file(let path): try path.encode(to: encoder)
        case .cues(let cues): try cues.encode(to: encoder)
        }
    }
}
