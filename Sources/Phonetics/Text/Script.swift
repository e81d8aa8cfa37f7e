/// A writing system, as far as a pronunciation depends on it.
///
/// Source: the blocks of the Unicode Standard 16.0. Latin letters are not listed: every voice of espeak-ng reads
/// them.
package enum Script: String, Sendable, CaseIterable {
    case han, kana, hangul, cyrillic, greek, arabic, hebrew, thai, lao, burmese, khmer, devanagari, bengali
    case gurmukhi, gujarati, oriya, tamil, telugu, kannada, malayalam, sinhala, armenian, georgian, ethiopic
    case cherokee, tibetan

    /// The script of a letter; nil for Latin letters, digits, punctuation and scripts that are not listed.
    package init?(_ scalar: Unicode.Scalar) {
        switch scalar.value {
        case ..<0x370: return nil
        case 0x370...0x3FF, 0x1F00...0x1FFF: self = .greek
        case 0x400...0x52F, 0x1C80...0x1C8F, 0x2DE0...0x2DFF, 0xA640...0xA69F: self = .cyrillic
        case 0x530...0x58F: self = .armenian
        case 0x590...0x5FF, 0xFB1D...0xFB4F: self = .hebrew
        case 0x600...0x6FF, 0x750...0x77F, 0x870...0x8FF, 0xFB50...0xFDFF, 0xFE70...0xFEFE: self = .arabic
        case 0x900...0x97F, 0xA8E0...0xA8FF: self = .devanagari
        case 0x980...0x9FF: self = .bengali
        case 0xA00...0xA7F: self = .gurmukhi
        case 0xA80...0xAFF: self = .gujarati
        case 0xB00...0xB7F: self = .oriya
        case 0xB80...0xBFF: self = .tamil
        case 0xC00...0xC7F: self = .telugu
        case 0xC80...0xCFF: self = .kannada
        case 0xD00...0xD7F: self = .malayalam
        case 0xD80...0xDFF: self = .sinhala
        case 0xE00...0xE7F: self = .thai
        case 0xE80...0xEFF: self = .lao
        case 0xF00...0xFFF: self = .tibetan
        case 0x1000...0x109F, 0xA9E0...0xA9FF, 0xAA60...0xAA7F: self = .burmese
        case 0x10A0...0x10FF, 0x1C90...0x1CBF, 0x2D00...0x2D2F: self = .georgian
        case 0x1100...0x11FF, 0x3130...0x318F, 0xA960...0xA97F, 0xAC00...0xD7FF: self = .hangul
        case 0x1200...0x139F, 0x2D80...0x2DDF, 0xAB00...0xAB2F: self = .ethiopic
        case 0x13A0...0x13FF, 0xAB70...0xABBF: self = .cherokee
        case 0x1780...0x17FF, 0x19E0...0x19FF: self = .khmer
        case 0x3041...0x30FF, 0x31F0...0x31FF, 0xFF66...0xFF9F: self = .kana
        case 0x3005, 0x3007, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF: self = .han
        default: return nil
        }
    }

    /// The languages of espeak-ng (first part of the tag) that read the script; the first is its commonest.
    package var readers: [String] {
        switch self {
        case .han: ["cmn", "yue", "hak", "zh"]
        case .kana: ["ja"]
        case .hangul: ["ko"]
        case .cyrillic: ["ru", "uk", "be", "bg", "mk", "sr", "bs", "kk", "ky", "tt", "ba", "cv", "nog", "mn"]
        case .greek: ["el", "grc"]
        case .arabic: ["ar", "fa", "ur", "sd", "ug", "ps", "ku"]
        case .hebrew: ["he"]
        case .thai: ["th"]
        case .lao: ["lo"]
        case .burmese: ["my", "shn"]
        case .khmer: ["km"]
        case .devanagari: ["hi", "mr", "ne", "kok", "sa", "bho"]
        case .bengali: ["bn", "as", "bpy"]
        case .gurmukhi: ["pa"]
        case .gujarati: ["gu"]
        case .oriya: ["or"]
        case .tamil: ["ta"]
        case .telugu: ["te"]
        case .kannada: ["kn"]
        case .malayalam: ["ml"]
        case .sinhala: ["si"]
        case .armenian: ["hy", "hyw"]
        case .georgian: ["ka"]
        case .ethiopic: ["am", "om", "ti"]
        case .cherokee: ["chr"]
        case .tibetan: ["bo"]
        }
    }

    /// Whether a language reads the script: `"zh-cn"` reads Han, `"ja"` (espeak-ng's) only kana.
    package func isRead(in language: String) -> Bool {
        readers.contains(String(language.lowercased().prefix { $0 != "-" && $0 != "_" }))
    }

    /// Whether words of it are written without spaces between them.
    package var isWrittenWithoutSpaces: Bool {
        [.han, .kana, .thai, .lao, .burmese, .khmer, .tibetan].contains(self)
    }

    /// The language of a text by the script of most of its letters; nil where most are Latin or unknown. Han with
    /// some kana is Japanese.
    package static func language(of text: some StringProtocol) -> String? {
        var counts: [Script: Int] = [:]
        var others = 0
        for scalar in text.unicodeScalars {
            if let script = Script(scalar) {
                counts[script, default: 0] += 1
            } else if scalar.properties.isAlphabetic {
                others += 1
            }
        }
        if let han = counts[.han], let kana = counts[.kana], kana * 8 >= han { return "ja" }
        guard let most = counts.max(by: { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }),
            most.value > others
        else { return nil }
        return most.key.readers[0]
    }
}
