/// The scripts of Unicode that voices read, and the languages that are written in them.
///
/// Blocks after the Unicode Standard 15, chapter "Blocks"; which of espeak-ng 1.51's voices reads which script was
/// measured: one that does not spells "Chinese letter", "Arabic meem".
public enum WritingSystem: String, Sendable, CaseIterable {
    case latin, greek, cyrillic, armenian, hebrew, arabic, devanagari, bengali, gurmukhi, gujarati, odia,
        tamil, telugu
    case kannada, malayalam, sinhala, thai, lao, tibetan, burmese, georgian, hangul, ethiopic, cherokee, khmer
    case mongolian, kana, bopomofo, han
    /// Any other letter.
    case other

    /// The script of a letter; nil for what is not a letter, and for marks, which go with the letter before them.
    public init?(_ scalar: Unicode.Scalar) {
        let value = scalar.value
        if value < 0x80 {
            guard (0x41...0x5A).contains(value & ~0x20) else { return nil }
            self = .latin
            return
        }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: break
        default: return nil
        }
        // The last block that begins at or before the letter.
        var (low, high) = (0, Self.blocks.count)
        while low < high {
            let middle = (low + high) / 2
            if Self.blocks[middle].first <= value { low = middle + 1 } else { high = middle }
        }
        self = low > 0 && value <= Self.blocks[low - 1].last ? Self.blocks[low - 1].system : .other
    }

    /// The voice of espeak-ng that reads a text of this script where no language is given; nil where none reads it.
    public func voice(for text: some Sequence<Unicode.Scalar>) -> String? {
        switch self {
        case .latin: return "en-us"
        case .cyrillic:
            if text.contains(where: { "їєґЇЄҐ".unicodeScalars.contains($0) }) { return "uk" }
            return text.contains(where: { "ўЎ".unicodeScalars.contains($0) }) ? "be" : "ru"
        case .arabic:
            if text.contains(where: { "ٹڈڑںے".unicodeScalars.contains($0) }) { return "ur" }
            return text.contains(where: { "پچژگ".unicodeScalars.contains($0) }) ? "fa" : "ar"
        default: return Self.readers[self]?.first
        }
    }

    /// The languages of espeak-ng's voices that read this script, the most usual first.
    public var readers: [String] { Self.readers[self] ?? [] }

    /// Whether a voice of a language (`"en-us"`, `"cmn-latn-pinyin"`, `"de+f3"`) reads this script. Every voice reads
    /// Latin, if only by spelling it or with an English accent.
    public func isRead(byVoice voice: String) -> Bool {
        if self == .latin { return true }
        let language = voice.lowercased().prefix { $0 != "+" }
        let primary = language.prefix { $0 != "-" && $0 != "_" }
        return Self.readers[self]?.contains { $0 == language || $0 == primary } ?? false
    }

    /// Whether words of this script are written without spaces between them.
    package var isWrittenWithoutSpaces: Bool {
        switch self {
        case .han, .kana, .thai, .lao, .burmese, .khmer, .tibetan, .bopomofo: true
        default: false
        }
    }

    private static let readers: [WritingSystem: [String]] = [
        .latin: ["en-us"], .greek: ["el", "grc"],
        .cyrillic: [
            "ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "tt", "ba", "cv", "nog", "bs", "hr", "sl", "uz",
        ],
        .armenian: ["hy", "hyw"], .hebrew: ["he"], .arabic: ["ar", "fa", "ur", "sd", "ug"],
        .devanagari: ["hi", "mr", "ne"], .bengali: ["bn", "as", "bpy"], .gurmukhi: ["pa"], .gujarati: ["gu"],
        .odia: ["or"], .tamil: ["ta"], .telugu: ["te"], .kannada: ["kn"], .malayalam: ["ml"],
        .sinhala: ["si"],
        .thai: ["th"], .burmese: ["my", "shn"], .georgian: ["ka"], .hangul: ["ko"], .ethiopic: ["am"],
        .kana: ["ja"], .han: ["cmn", "yue", "zh"], .bopomofo: ["cmn"],
    ]

    private static let blocks: [(first: UInt32, last: UInt32, system: WritingSystem)] = [
        (0xAA, 0x2AF, .latin), (0x2B0, 0x2FF, .latin), (0x370, 0x3FF, .greek), (0x400, 0x52F, .cyrillic),
        (0x530, 0x58F, .armenian), (0x590, 0x5FF, .hebrew), (0x600, 0x6FF, .arabic), (0x750, 0x77F, .arabic),
        (0x870, 0x8FF, .arabic), (0x900, 0x97F, .devanagari), (0x980, 0x9FF, .bengali),
        (0xA00, 0xA7F, .gurmukhi),
        (0xA80, 0xAFF, .gujarati), (0xB00, 0xB7F, .odia), (0xB80, 0xBFF, .tamil), (0xC00, 0xC7F, .telugu),
        (0xC80, 0xCFF, .kannada), (0xD00, 0xD7F, .malayalam), (0xD80, 0xDFF, .sinhala), (0xE00, 0xE7F, .thai),
        (0xE80, 0xEFF, .lao), (0xF00, 0xFFF, .tibetan), (0x1000, 0x109F, .burmese),
        (0x10A0, 0x10FF, .georgian),
        (0x1100, 0x11FF, .hangul), (0x1200, 0x139F, .ethiopic), (0x13A0, 0x13FF, .cherokee),
        (0x1780, 0x17FF, .khmer), (0x1800, 0x18AF, .mongolian), (0x1C80, 0x1C8F, .cyrillic),
        (0x1C90, 0x1CBF, .georgian), (0x1D00, 0x1DBF, .latin), (0x1E00, 0x1EFF, .latin),
        (0x1F00, 0x1FFF, .greek),
        (0x2071, 0x209C, .latin), (0x2100, 0x214F, .latin), (0x2C60, 0x2C7F, .latin),
        (0x2D00, 0x2D2F, .georgian),
        (0x2D80, 0x2DDF, .ethiopic), (0x3005, 0x3007, .han), (0x3031, 0x3035, .kana), (0x3041, 0x30FF, .kana),
        (0x3105, 0x312F, .bopomofo), (0x3131, 0x318E, .hangul), (0x31A0, 0x31BF, .bopomofo),
        (0x31F0, 0x31FF, .kana),
        (0x3400, 0x4DBF, .han), (0x4E00, 0x9FFF, .han), (0xA640, 0xA69F, .cyrillic), (0xA720, 0xA7FF, .latin),
        (0xA8E0, 0xA8FF, .devanagari), (0xA9E0, 0xA9FE, .burmese), (0xAA60, 0xAA7F, .burmese),
        (0xAB00, 0xAB2F, .ethiopic), (0xAB30, 0xAB6F, .latin), (0xAB70, 0xABBF, .cherokee),
        (0xAC00, 0xD7AF, .hangul),
        (0xD7B0, 0xD7FF, .hangul), (0xF900, 0xFAFF, .han), (0xFB00, 0xFB06, .latin),
        (0xFB13, 0xFB17, .armenian),
        (0xFB1D, 0xFB4F, .hebrew), (0xFB50, 0xFDFF, .arabic), (0xFE70, 0xFEFF, .arabic),
        (0xFF21, 0xFF5A, .latin),
        (0xFF66, 0xFF9F, .kana), (0xFFA0, 0xFFDC, .hangul), (0x1D400, 0x1D6A5, .latin),
        (0x1D6A8, 0x1D7CB, .greek),
        (0x20000, 0x3FFFD, .han),
    ]
}

/// How many letters of each script a text has.
public struct ScriptCensus: Sendable {
    public private(set) var counts: [WritingSystem: Int] = [:]
    /// Letters in all.
    public private(set) var letters = 0

    public init(_ text: String) {
        for scalar in text.unicodeScalars {
            guard let system = WritingSystem(scalar) else { continue }
            counts[system, default: 0] += 1
            letters += 1
        }
    }

    /// The script of most letters; kana wins over Han, since Japanese is written in both. Nil without letters.
    public var dominant: WritingSystem? {
        if let kana = counts[.kana], let han = counts[.han], 8 * kana >= han { return .kana }
        return counts.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }?.key
    }

    /// The voice that reads most of a text where no language is given: `usual` for Latin letters, and where there are
    /// none.
    public static func voice(for text: String, usual: String) -> String {
        guard let system = ScriptCensus(text).dominant, system != .latin else { return usual }
        return system.voice(for: text.unicodeScalars) ?? usual
    }

    /// The letters that a voice cannot read.
    public func unreadable(byVoice voice: String) -> Int {
        counts.reduce(0) { $0 + ($1.key.isRead(byVoice: voice) ? 0 : $1.value) }
    }
}
