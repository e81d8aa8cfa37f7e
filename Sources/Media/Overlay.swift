import AvatariumCore

/// An image or a video over a clip, such as a logo.
public struct Overlay: Sendable, Hashable {
    /// The position of an overlay.
    public enum Place: Sendable, Hashable {
        /// At an edge or a corner, a small margin away from it.
        case at(Anchor)
        /// Its centre, as shares of the clip's width and height from the top left.
        case point(Double, Double)
    }

    public enum Anchor: String, Sendable, ChoiceDecodable, Codable {
        case topLeft = "top-left"
        case top
        case topRight = "top-right"
        case left, center, right
        case bottomLeft = "bottom-left"
        case bottom
        case bottomRight = "bottom-right"
    }

    /// The path of a PNG, JPEG or WebP image, or of a video; transparency is kept.
    public var file: String
    public var place = Place.at(.topRight)
    /// Its width as a fraction of the clip's width, 0.01 to 1.
    public var size = 0.2
    /// The start and the end of its display, in seconds; nil for the clip's end.
    public var start = 0.0
    public var end: Double?
    /// The opacity, 0 to 1.
    public var opacity = 1.0
    /// Whether a video loops; otherwise its last frame stays.
    public var loop = true

    public init(_ file: String) { self.file = file }

    /// The maximum number of overlays of a clip.
    public static let maximumCount = 16

    /// Validates all values.
    /// - Throws: E071 with `context["field"]`.
    public func validate() throws {
        func check(_ isRight: Bool, _ what: String) throws {
            guard isRight else {
                throw AvatariumError(
                    .invalidConfig, "an overlay's \(what)",
                    context: ["field": "overlays", "path": file])
            }
        }
        try check((0.01...1).contains(size), "size must be 0.01 to 1, as a fraction of the frame's width")
        try check((0...1).contains(opacity), "opacity must be 0 to 1")
        try check(
            start >= 0 && start.isFinite && (end.map { $0 > start } ?? true),
            "start must be 0 or more, and end must be later")
        if case .point(let x, let y) = place {
            try check((0...1).contains(x) && (0...1).contains(y), "place must be two fractions from 0 to 1")
        }
    }

    /// Returns the top left corner, in pixels, of a picture of some size in a frame.
    func origin(of picture: ImageSize, in frame: ImageSize) -> (x: Int, y: Int) {
        let room = (x: frame.width - picture.width, y: frame.height - picture.height)
        let margin = Int((0.03 * Double(min(frame.width, frame.height))).rounded())
        switch place {
        case .point(let x, let y):
            return (
                Int((x * Double(frame.width) - Double(picture.width) / 2).rounded()),
                Int((y * Double(frame.height) - Double(picture.height) / 2).rounded())
            )
        case .at(let anchor):
            let x =
                switch anchor {
                case .topLeft, .left, .bottomLeft: min(margin, room.x)
                case .top, .center, .bottom: room.x / 2
                case .topRight, .right, .bottomRight: max(room.x - margin, 0)
                }
            let y =
                switch anchor {
                case .topLeft, .top, .topRight: min(margin, room.y)
                case .left, .center, .right: room.y / 2
                case .bottomLeft, .bottom, .bottomRight: max(room.y - margin, 0)
                }
            return (x, y)
        }
    }
}

extension Overlay: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case file, place, size, start, end, opacity, loop
    }

    /// The names, in both spellings, of all fields.
    package static let fieldNames = WireName.all(of: CodingKeys.self)

    /// Decodes a path, or an object.
    public init(from decoder: any Decoder) throws {
        let (file, fields) = try WireFields<CodingKeys>.textOrObject(
            decoder, text: .file, absence: "is missing; give the overlay's image or video file")
        self.init(file)
        guard let field = fields else { return }
        place = try field(.place) ?? place
        size = try field(.size) ?? size
        start = try field(.start) ?? start
        end = try field(.end)
        opacity = try field(.opacity) ?? opacity
        loop = try field(.loop) ?? loop
    }
}

extension Overlay.Place: Codable {
    /// Decodes `"top-right"` or `[0.5, 0.9]`.
    public init(from decoder: any Decoder) throws {
        if let anchor = try? decoder.singleValueContainer().decode(String.self) {
            _ = anchor
            self = .at(try Overlay.Anchor(from: decoder))
            return
        }
        let numbers = try decoder.singleValueContainer().decode([Double].self)
        guard numbers.count == 2 else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: decoder.codingPath,
                    debugDescription: "must be a place such as \"top-right\", or two fractions from 0 to 1"))
        }
        self = .point(numbers[0], numbers[1])
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .at(let anchor): try container.encode(anchor.rawValue)
        case .point(let x, let y): try container.encode([x, y])
        }
    }
}
