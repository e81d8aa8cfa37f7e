import AvatariumCore
import Foundation
import Images

/// The background of a picture, written as `transparent`, `environment`, a colour or the path of an image.
public enum BackgroundChoice: Sendable, Hashable, TextCodable {
    /// sRGB-encoded RGBA from 0 to 1, not premultiplied, and the text that it was read from.
    case color(SIMD4<Float>, String)
    /// The path of a PNG, JPEG or WebP file, scaled to cover the frame.
    case image(String)
    case transparent
    /// The environment as the camera sees it.
    case environment

    /// The default background, light grey.
    public static let standard = BackgroundChoice("#d9dee4")!

    /// Parses `transparent`, `environment`, a colour (`#rgb`, `#rrggbb`, `#rrggbbaa`, a CSS name) or else a path;
    /// nil for an empty text, and for one that starts with `#` and is not a colour. Files are not accessed.
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

    /// Whether the picture has transparent parts.
    public var hasAlpha: Bool {
        switch self {
        case .transparent: true
        case .color(let rgba, _): rgba.w < 1
        case .image, .environment: false
        }
    }

    public static let syntax = "a background is a colour (#rrggbb), an image or transparent"

    /// Reads and decodes the image, where this is one.
    /// - Throws: E071 for a file that cannot be read or decoded.
    func readImage(_ limits: RenderLimits) throws -> PixelBuffer? {
        guard case .image(let path) = self else { return nil }
        do {
            let bytes = try RegularFile.read(path, limit: limits.fileBytes)
            return try ImageDecoder.decode(bytes, maximumPixels: limits.backgroundPixels)
        } catch let error as RegularFile.Failure {
            throw Self.unreadable(path, error)
        } catch {
            let formats = "a PNG, JPEG or WebP image"
            let remedy = (error as? ImageError)?.remedy(formats: formats) ?? "use \(formats)"
            throw AvatariumError(
                .invalidConfig,
                "the background '\(path.quotedForMessage(limit: 200))' cannot be decoded: \(error); \(remedy)",
                context: ["field": "background", "path": path], cause: error)
        }
    }

    /// The E071 of a background that is no colour, for what is wrong with the file of that name.
    static func unreadable(_ path: String, _ cause: RegularFile.Failure? = nil) -> AvatariumError {
        let name = path.quotedForMessage(limit: 200)
        let message =
            switch cause {
            case nil, .system(.noSuchFileOrDirectory), .system(.notDirectory):
                "the background '\(name)' is neither a colour that is known (#rrggbb, white, transparent ...) nor a file; "
                    + "check its name"
            case let cause?: "the background '\(name)' \(cause); \(cause.remedy)"
            }
        return AvatariumError(
            .invalidConfig, message,
            context: ["field": "background", "path": path], systemError: cause?.systemError, cause: cause)
    }
}
