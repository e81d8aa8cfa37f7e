import AvatariumCore
import Media
import Rendering

/// What is added to a rendered clip: captions, overlays, music, padding, fades, loudness, a poster.
///
/// In JSON its fields are fields of the ``ClipRequest``.
public struct ClipEdit: Sendable, Hashable {
    /// The destinations of captions; there can be several.
    public var captions: [CaptionPlace] = []
    /// The style of burnt-in captions.
    public var captionStyle = CaptionStyle()
    /// Images and videos over the clip, from bottom to top.
    public var overlays: [Overlay] = []
    /// Music under the speech.
    public var music: Music?
    /// Seconds of silence before and after the speech, in which the avatar idles.
    public var pad = Edges()
    /// Seconds over which picture and audio fade in and out.
    public var fade = Edges()
    /// The integrated loudness of the speech, -40 to -8 LUFS (EBU R 128 asks for -23, podcasts for -16). Nil leaves
    /// it as the voice or the recording has it.
    public var loudness: Double?
    /// Whether a video background loops; otherwise its last frame stays.
    public var backgroundLoop = true
    /// The path of a PNG of the first frame that is not affected by a fade.
    public var poster: String?

    public init() {}

    /// Seconds at the start and the end of a clip.
    public struct Edges: Sendable, Hashable {
        public var start: Double
        public var end: Double

        public init(start: Double = 0, end: Double = 0) {
            self.start = start
            self.end = end
        }

        /// Parses `0.5` (both ends) or `0.5,1`; nil for anything else.
        public init?(_ text: String) {
            let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
            guard (1...2).contains(parts.count), let start = parts[0], let end = parts[parts.count - 1],
                start.isFinite, end.isFinite
            else { return nil }
            self.init(start: start, end: end)
        }
    }

    /// Whether the end of the speech decides something at the clip's beginning, so that no frame can leave before all
    /// is spoken.
    var needsWholeSpeech: Bool {
        captions.contains { $0 != .none && !$0.isFile } || music != nil || loudness != nil || fade != Edges()
    }

    /// The files that it reads, by their fields.
    var files: [(field: String, path: String?)] {
        overlays.map { ("overlays", $0.file) } + [("music", music?.file)]
    }

    /// Seconds of silence and of fades that can be asked for.
    static let edgeRange = 0.0...600.0

    /// Checks every number.
    /// - Throws: E071 with `context["field"]`.
    func validate() throws {
        for (field, edges) in [("pad", pad), ("fade", fade)] {
            try Self.edgeRange.check(edges.start, field: field)
            try Self.edgeRange.check(edges.end, field: field)
        }
        if let loudness { try Loudness.range.check(loudness, field: "loudness") }
        guard overlays.count <= Overlay.maximumCount else {
            throw AvatariumError(
                .invalidConfig,
                "\(overlays.count) overlays are too many; give at most \(Overlay.maximumCount)",
                context: ["field": "overlays"])
        }
        for overlay in overlays { try overlay.validate() }
        try music?.validate()
        try captionStyle.validate()
        for place in captions { try place.validate() }
        if let poster, !poster.lowercased().hasSuffix(".png") {
            throw AvatariumError(
                .invalidConfig, "the poster is a PNG; give it that extension, as in poster.png",
                context: ["field": "poster", "path": poster])
        }
    }
}

extension ClipEdit {
    /// Refuses what needs a picture, where the sound alone is written.
    /// - Throws: E071 with `context["field"]`.
    func requireNoPicture(_ format: ClipFormat) throws {
        let needing: (field: String, remedy: String)? =
            if poster != nil {
                ("poster", "omit the poster")
            } else if captions.contains(.soft) || captions.contains(.burn) {
                ("captions", "write them to a file, as in captions.srt, or choose none")
            } else if !overlays.isEmpty {
                ("overlays", "omit the overlays")
            } else {
                nil
            }
        guard let needing else { return }
        throw AvatariumError(
            .invalidConfig, "\(format.rawValue) is an audio format without a picture; \(needing.remedy)",
            context: ["field": needing.field])
    }
}

extension ClipEdit.Edges {
    /// Returns the edges of a stretch of time that they fit into: where both together are longer, each has its share.
    func fitted(into seconds: Double) -> Self {
        let sum = start + end
        guard sum > seconds, seconds > 0 else { return self }
        return Self(start: start / sum * seconds, end: end / sum * seconds)
    }
}

extension ClipEdit.Edges: Codable {
    /// Decodes one number for both ends, or two numbers.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let both = try? container.decode(Double.self) {
            self.init(start: both, end: both)
            return
        }
        let numbers = try container.decode([Double].self)
        guard numbers.count == 2 else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription:
                    "must be seconds for both ends, or an array with those of the start and the end")
        }
        self.init(start: numbers[0], end: numbers[1])
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode([start, end])
    }
}

/// A destination of captions.
public enum CaptionPlace: Sendable, Hashable {
    /// A track that viewers can turn on.
    case soft
    /// Into the picture.
    case burn
    /// A file beside the clip: .vtt, .srt or .ass.
    case file(String)
    /// Nowhere.
    case none

    /// Parses `soft`, `burn`, `none` or a path; nil for an empty string.
    public init?(_ text: String) {
        switch text {
        case "": return nil
        case "soft": self = .soft
        case "burn": self = .burn
        case "none": self = .none
        default: self = .file(text)
        }
    }

    var isFile: Bool { if case .file = self { true } else { false } }

    /// The endings of caption files.
    static let endings = ["vtt", "srt", "ass"]

    /// - Throws: E071 for a file whose name says no format.
    func validate() throws {
        guard case .file(let path) = self, !Self.endings.contains(path.lowercasedEnding) else { return }
        throw AvatariumError(
            .invalidConfig,
            "captions must be soft, burn, or a .vtt, .srt or .ass file; '\(path.quotedForMessage())' is none of these",
            context: ["field": "captions"])
    }
}

extension CaptionPlace: TextCodable {
    public static let syntax = "must be soft, burn, or a file name"

    public var description: String {
        switch self {
        case .soft: "soft"
        case .burn: "burn"
        case .none: "none"
        case .file(let path): path
        }
    }
}

extension String {
    /// What follows the last point of a file's name, in small letters; empty where there is none.
    var lowercasedEnding: String {
        let name = split(separator: "/").last ?? ""
        return name.contains(".") ? name.split(separator: ".").last?.lowercased() ?? "" : ""
    }
}

extension ClipEdit: Codable, FieldGroup {
    package enum CodingKeys: String, CodingKey, CaseIterable {
        case captions, captionStyle, overlays, music, pad, fade, loudness, backgroundLoop, poster
    }

    /// - Throws: `DecodingError` for an unknown field or an invalid value.
    public init(from decoder: any Decoder) throws { try self.init(WireFields(decoder, CodingKeys.self)) }

    package init(_ field: WireFields<CodingKeys>) throws {
        self.init()
        captions = try field(.captions, as: OneOrMore<CaptionPlace>.self)?.all ?? captions
        captionStyle = try field(.captionStyle) ?? captionStyle
        overlays = try field(.overlays, as: OneOrMore<Overlay>.self)?.all ?? overlays
        music = try field(.music)
        pad = try field(.pad) ?? pad
        fade = try field(.fade) ?? fade
        loudness = try field(.loudness)
        backgroundLoop = try field(.backgroundLoop) ?? backgroundLoop
        poster = try field(.poster)
    }

    public func encode(to encoder: any Encoder) throws {
        let standard = ClipEdit()
        var container = encoder.container(keyedBy: CodingKeys.self)
        if captions != standard.captions { try container.encode(captions, forKey: .captions) }
        if captionStyle != standard.captionStyle { try container.encode(captionStyle, forKey: .captionStyle) }
        if overlays != standard.overlays { try container.encode(overlays, forKey: .overlays) }
        try container.encodeIfPresent(music, forKey: .music)
        if pad != standard.pad { try container.encode(pad, forKey: .pad) }
        if fade != standard.fade { try container.encode(fade, forKey: .fade) }
        try container.encodeIfPresent(loudness, forKey: .loudness)
        if !backgroundLoop { try container.encode(backgroundLoop, forKey: .backgroundLoop) }
        try container.encodeIfPresent(poster, forKey: .poster)
    }
}

/// A value alone or a list of them.
struct OneOrMore<Value: Decodable>: Decodable {
    let all: [Value]

    init(from decoder: any Decoder) throws {
        if var list = try? decoder.unkeyedContainer() {
            var all: [Value] = []
            while !list.isAtEnd { all.append(try list.decode(Value.self)) }
            self.all = all
        } else {
            all = [try Value(from: decoder)]
        }
    }
}
