import AvatariumCore
import Foundation

/// The environment light, written `studio`, `none` or the path of a file.
public enum EnvironmentSource: Sendable, Hashable, TextCodable {
    /// The built-in procedural studio.
    case studio
    /// An equirectangular Radiance picture (.hdr).
    case hdr(path: String)
    /// No light from around. Written `none`.
    case dark

    /// Parses `studio`, `none` or otherwise a path; nil for an empty text. Files are not accessed.
    public init?(_ text: String) {
        switch text {
        case "": return nil
        case "studio": self = .studio
        case "none": self = .dark
        default: self = .hdr(path: text)
        }
    }

    public var description: String {
        switch self {
        case .studio: "studio"
        case .hdr(let path): path
        case .dark: "none"
        }
    }

    public static let syntax = "an environment is studio, none or the path of a Radiance .hdr file"
}
