import AvatariumCore

/// Encoder settings that override the defaults of the format.
public struct EncodingOptions: Sendable, Hashable, Codable, FieldGroup {
    /// The video codec. Default: `h264` for MP4 and HLS, `vp9` for WebM, `prores` for MOV.
    public var codec: VideoCodec?
    /// The constant rate factor, lower is better: 0 to 51 for `h264` and `hevc`, 0 to 63 for `av1` and `vp9`.
    public var crf: Int?
    /// The video bit rate in bits per second, instead of constant quality.
    public var bitrate: BitRate?
    /// The maximum number of frames between keyframes, 1 to 10,000.
    public var gop: Int?

    public init(codec: VideoCodec? = nil, crf: Int? = nil, bitrate: BitRate? = nil, gop: Int? = nil) {
        self.codec = codec
        self.crf = crf
        self.bitrate = bitrate
        self.gop = gop
    }

    package enum CodingKeys: String, CodingKey, CaseIterable { case codec, crf, bitrate, gop }

    /// - Throws: `DecodingError` for an unknown field, or an invalid value.
    public init(from decoder: any Decoder) throws {
        try self.init(WireFields(decoder, CodingKeys.self))
    }

    package init(_ field: WireFields<CodingKeys>) throws {
        self.init(
            codec: try field(.codec), crf: try field(.crf), bitrate: try field(.bitrate), gop: try field(.gop)
        )
    }

    /// Checks the options against a format.
    /// - Throws: E071 with `context["field"]`.
    func validate(_ format: ClipFormat, hasAlpha: Bool) throws {
        func refuse(_ field: String, _ message: String) -> AvatariumError {
            AvatariumError(.invalidConfig, message, context: ["field": field])
        }
        if let codec, !format.codecs.contains(codec) {
            let known = format.codecs.map(\.rawValue).joined(separator: ", ")
            throw refuse(
                "codec",
                format.codecs.isEmpty
                    ? "\(format.rawValue) has only one codec; omit codec"
                    : "\(format.rawValue) does not support \(codec.rawValue); choose \(known), or another "
                        + "format"
            )
        }
        let codec = codec ?? format.codecs.first
        if hasAlpha, let codec, !codec.carriesAlpha {
            throw refuse(
                "codec",
                "\(codec.rawValue) has no transparency; choose vp9 in WebM or prores in MOV, or give a background"
            )
        }
        if let crf {
            guard let range = codec?.crfRange else {
                throw refuse("crf", "\(format.rawValue) has no crf setting; omit crf")
            }
            guard range.contains(crf) else {
                throw refuse(
                    "crf",
                    "a crf of \(crf) is out of range; \(codec?.rawValue ?? "") takes \(range.lowerBound) to "
                        + "\(range.upperBound), lower is better")
            }
            if bitrate != nil {
                throw refuse("bitrate", "crf and bitrate contradict each other; give one of them")
            }
        }
        if bitrate != nil, codec?.crfRange == nil {
            throw refuse("bitrate", "\(format.rawValue) has no bit rate setting; omit bitrate")
        }
        if let gop {
            guard codec?.crfRange != nil else {
                throw refuse("gop", "every frame of \(format.rawValue) is a keyframe; omit gop")
            }
            guard (1...10_000).contains(gop) else {
                throw refuse("gop", "a gop of \(gop) frames is out of range; give 1 to 10000")
            }
        }
    }
}

/// A video codec.
public enum VideoCodec: String, Sendable, Codable, ChoiceDecodable {
    case h264, hevc, av1, vp9, prores

    /// Whether a clip of it keeps transparency.
    var carriesAlpha: Bool { self == .vp9 || self == .prores }

    /// The constant qualities that it takes; nil where there are none.
    var crfRange: ClosedRange<Int>? {
        switch self {
        case .h264, .hevc: 0...51
        case .av1, .vp9: 0...63
        case .prores: nil
        }
    }
}

/// A bit rate in bits per second, written as a number, `800k` or `2.5M`.
public struct BitRate: Sendable, Hashable, TextCodable {
    public let bitsPerSecond: Int

    /// From 10 kbit/s to 1 Gbit/s.
    static let range = 10_000...1_000_000_000

    /// Parses `800k`, `2.5M` or `1500000`; nil for anything else, and outside 10 kbit/s to 1 Gbit/s.
    public init?(_ text: String) {
        let scales: [Character: Double] = ["k": 1e3, "m": 1e6, "g": 1e9]
        let scale = text.lowercased().last.flatMap { scales[$0] }
        guard let number = Double(scale == nil ? text : String(text.dropLast())),
            case let bits = number * (scale ?? 1), bits.isFinite, abs(bits) < 1e12,
            Self.range.contains(Int(bits))
        else { return nil }
        bitsPerSecond = Int(bits)
    }

    public var description: String { "\(bitsPerSecond)" }

    public static let syntax = "must be bits per second, 10k to 1G, such as \"2M\""

    public init(from decoder: any Decoder) throws { self = try Self.readNumberOrText(from: decoder) }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(bitsPerSecond)
    }
}
