/// Width and height in pixels, written `1280x720`.
public struct ImageSize: Sendable, Hashable, TextCodable {
    public var width: Int
    public var height: Int

    /// The supported sizes, in pixels per side.
    public static let range = 16...8192

    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    /// Reads `1280x720`, `480p`, `720p`, `1080p`, or a single number for a square; nil for anything else.
    public init?(_ text: String) {
        switch text.lowercased() {
        case "480p": self.init(width: 854, height: 480)
        case "720p": self.init(width: 1280, height: 720)
        case "1080p": self.init(width: 1920, height: 1080)
        default:
            let parts = text.lowercased().split(separator: "x", omittingEmptySubsequences: false)
            guard (1...2).contains(parts.count), let w = Int(parts[0]), let h = Int(parts[parts.count - 1]),
                w > 0, h > 0
            else { return nil }
            self.init(width: w, height: h)
        }
    }

    public var description: String { "\(width)x\(height)" }
    /// Width over height.
    public var aspect: Float { Float(width) / Float(height) }

    /// Checks that both sides are in `range`.
    /// - Throws: E071.
    public func validate() throws {
        guard Self.range.contains(width), Self.range.contains(height) else {
            throw AvatariumError(
                .invalidConfig,
                "size \(self) is out of range; choose \(Self.range.lowerBound) to \(Self.range.upperBound) "
                    + "pixels per side",
                context: ["field": "size"])
        }
    }

    public static let syntax = "a size is written \"1280x720\""
}
