/// What stands behind the avatar, as a user writes it.
public enum BackgroundChoice: Sendable, Hashable, Codable, CustomStringConvertible {
    /// sRGB-encoded straight RGBA, 0...1.
    case color(SIMD4<Float>, String)
    /// Path of a PNG, JPEG or WebP file, fitted to cover the frame.
    case image(String)
    case transparent
    /// The environment itself, as seen by the camera.
    case environment

    public static let standard = BackgroundChoice("#d9dee4")!

    /// Reads `transparent`, `environment`, a colour (`#rgb`, `#rrggbb`, `#rrggbbaa`, a CSS name) or else a
    /// path; nil for text that starts with `#` and is no colour, and for nothing.
    public init?(_ text: String) {
        switch text {
        case "": return nil
        case "transparent", "none": self = .transparent
        case "environment": self = .environment
        default:
            if let color = BackgroundChoice.color(text) {
                self = .color(color, text)
            } else if text.hasPrefix("#") {
                return nil
            } else {
                self = .image(text)
            }
        }
    }

    private static let names: [String: UInt32] = [
        "black": 0x000000, "white": 0xFFFFFF, "gray": 0x808080, "grey": 0x808080, "silver": 0xC0C0C0,
        "lightgray": 0xD3D3D3, "lightgrey": 0xD3D3D3, "darkgray": 0xA9A9A9, "darkgrey": 0xA9A9A9,
        "red": 0xFF0000, "green": 0x008000, "lime": 0x00FF00, "blue": 0x0000FF, "navy": 0x000080,
        "teal": 0x008080, "cyan": 0x00FFFF, "aqua": 0x00FFFF, "magenta": 0xFF00FF, "fuchsia": 0xFF00FF,
        "yellow": 0xFFFF00, "orange": 0xFFA500, "purple": 0x800080, "pink": 0xFFC0CB, "brown": 0xA52A2A,
        "beige": 0xF5F5DC, "ivory": 0xFFFFF0, "skyblue": 0x87CEEB, "slategray": 0x708090,
    ]

    private static func color(_ text: String) -> SIMD4<Float>? {
        func split(_ rgb: UInt32, _ alpha: UInt32 = 255) -> SIMD4<Float> {
            SIMD4(Float(rgb >> 16 & 255), Float(rgb >> 8 & 255), Float(rgb & 255), Float(alpha)) / 255
        }
        if let named = names[text.lowercased()] { return split(named) }
        guard text.hasPrefix("#") else { return nil }
        let digits = text.dropFirst()
        guard digits.allSatisfy(\.isHexDigit), let value = UInt32(digits, radix: 16) else { return nil }
        switch digits.count {
        case 3: return split((value >> 8 & 15) * 0x110000 | (value >> 4 & 15) * 0x1100 | (value & 15) * 0x11)
        case 6: return split(value)
        case 8: return split(value >> 8, value & 255)
        default: return nil
        }
    }

    public var description: String {
        switch self {
        case .color(_, let text): text
        case .image(let path): path
        case .transparent: "transparent"
        case .environment: "environment"
        }
    }

    /// Whether anything shows through.
    public var hasAlpha: Bool {
        switch self {
        case .transparent: true
        case .color(let rgba, _): rgba.w < 1
        case .image, .environment: false
        }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let choice = BackgroundChoice(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "a background is a colour (#rrggbb), an image or transparent"
            )
        }
        self = choice
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
