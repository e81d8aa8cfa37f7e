import AvatariumCore
import Rendering

/// The style of burnt-in captions.
public struct CaptionStyle: Sendable, Hashable {
    public enum Position: String, Sendable, ChoiceDecodable, Codable { case bottom, top, middle }

    /// The font family; a fallback is used if the host does not have it.
    public var font = "DejaVu Sans"
    /// The font size in per cent of the frame height, 1 to 20.
    public var size = 5.0
    /// Colours as `#rrggbb`, `#rrggbbaa` or a name.
    public var color = "white"
    public var outline = "black"
    /// The colour of a box behind the text, or nil for none.
    public var box: String?
    /// The colour of the word being spoken, or nil to use the colour of the others.
    public var highlight: String?
    public var position = Position.bottom

    public init() {}

    /// Parses `size=6,color=#ffffff,box=#00000080,highlight=#ffd54a`.
    /// - Throws: E071 for an unknown key or an invalid value.
    public init(_ text: String) throws {
        for item in text.split(separator: ",") {
            let parts = item.split(separator: "=", maxSplits: 1).map(String.init)
            func refuse(_ fact: String) -> AvatariumError {
                AvatariumError(
                    .invalidConfig,
                    "the caption style '\(String(item).quotedForMessage())' \(fact); give font, size, color, outline, box, "
                        + "highlight and position, as in size=6,color=white",
                    context: ["field": "captionStyle"])
            }
            guard parts.count == 2, let key = CodingKeys(rawValue: parts[0]) else {
                throw refuse("is not known")
            }
            switch key {
            case .font: font = parts[1]
            case .color: color = parts[1]
            case .outline: outline = parts[1]
            case .box: box = parts[1]
            case .highlight: highlight = parts[1]
            case .size:
                guard let number = Double(parts[1]) else { throw refuse("is not a number") }
                size = number
            case .position:
                guard let place = Position(rawValue: parts[1]) else {
                    throw refuse("is not a position (bottom, top or middle)")
                }
                position = place
            }
        }
    }

    /// Checks sizes, colours and the font's name.
    /// - Throws: E071 with `context["field"]`.
    func validate() throws {
        try (1.0...20.0).check(size, field: "captionStyle.size")
        for (name, value) in [("color", color), ("outline", outline), ("box", box), ("highlight", highlight)]
        {
            guard let value, Self.rgba(value) == nil else { continue }
            throw AvatariumError(
                .invalidConfig,
                "the caption \(name) '\(value.quotedForMessage())' is not a colour; write #rrggbb, #rrggbbaa or a name",
                context: ["field": "captionStyle"])
        }
        // A comma would end the font's place in the style.
        guard (1...100).contains(font.utf8.count),
            font.allSatisfy({ $0.isLetter || $0.isNumber || " -_.".contains($0) })
        else {
            throw AvatariumError(
                .invalidConfig, "the caption font is not the name of a font family, such as DejaVu Sans",
                context: ["field": "captionStyle"])
        }
    }

    /// Red, green, blue and alpha, 0 to 255.
    static func rgba(_ text: String) -> SIMD4<Int>? {
        guard case .color(let rgba, _)? = BackgroundChoice(text) else { return nil }
        return SIMD4<Int>((rgba * 255).rounded(.toNearestOrAwayFromZero))
    }
}

extension CaptionStyle: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case font, size, color, outline, box, highlight, position
    }

    /// - Throws: `DecodingError` for an unknown field or an invalid value.
    public init(from decoder: any Decoder) throws {
        let field = try WireFields(decoder, CodingKeys.self)
        self.init()
        font = try field(.font) ?? font
        size = try field(.size) ?? size
        color = try field(.color) ?? color
        outline = try field(.outline) ?? outline
        box = try field(.box)
        highlight = try field(.highlight)
        position = try field(.position) ?? position
    }
}
