/// A way of writing sounds, or classes of sounds.
public enum Alphabet: String, Sendable, Codable, CaseIterable {
    case ipa, arpabet, xsampa, espeak, kokoro
    /// Rhubarb Lip Sync's mouth shapes A-H and X.
    case rhubarb
    /// Azure's viseme ids 0-21.
    case azure
    /// Amazon Polly's visemes.
    case polly
    /// The 15 visemes of Oculus LipSync, with or without `viseme_`.
    case oculus
    /// VRM's five mouths: `aa ih ou ee oh`, in 0.x `A I U E O`.
    case vrm

    /// Reads `"ARPABET"`, `"X-SAMPA"`, `"espeak-ng"` and the like.
    public init?(named name: String) {
        let plain = name.lowercased().filter { $0.isLetter }
        switch plain {
        case "arpabet", "cmu", "cmudict", "arpa": self = .arpabet
        case "xsampa", "sampa": self = .xsampa
        case "espeak", "espeakng", "mnemonic", "kirshenbaum": self = .espeak
        case "ipa": self = .ipa
        default:
            guard let known = Alphabet(rawValue: plain) else { return nil }
            self = known
        }
    }

    /// Whether each symbol stands for a class of sounds that look alike.
    public var isViseme: Bool {
        switch self {
        case .rhubarb, .azure, .polly, .oculus, .vrm: true
        default: false
        }
    }

    /// The sounds that a symbol stands for, in IPA with stress; empty for silence, nil for a symbol that the
    /// alphabet does not have. A class of sounds becomes its most typical member.
    public func segments(of symbol: String) -> [IPASegments.Segment]? {
        let symbol = Self.trimmed(symbol)
        if self != .azure, Self.isSilence(symbol, in: self) { return [] }
        switch self {
        case .ipa: return IPASegments.of(symbol)
        case .arpabet: return Self.arpabet(symbol)
        case .xsampa: return XSAMPA.segments(of: symbol)
        case .espeak: return ESpeakMnemonics.segments(of: symbol)
        case .kokoro: return IPASegments.of(Self.kokoro(symbol))
        case .rhubarb: return Self.lookUp(symbol, VisemeTables.rhubarb)
        case .azure: return Self.lookUp(symbol, VisemeTables.azure)
        case .polly:
            return Self.lookUp(symbol, VisemeTables.polly) ?? XSAMPA.segments(of: symbol)
        case .oculus:
            let name = symbol.hasPrefix("viseme_") ? String(symbol.dropFirst(7)) : symbol
            return Self.lookUp(name, VisemeTables.oculus)
        case .vrm: return Self.lookUp(symbol, VisemeTables.vrm)
        }
    }

    /// The alphabet in which all of some symbols can be read, by what only it has; IPA is the last resort.
    public static func detect(_ symbols: [String]) -> Alphabet {
        let marks = Set(symbols.map(trimmed).filter { !isSilence($0, in: .ipa) })
        guard !marks.isEmpty else { return .ipa }
        if marks.allSatisfy({
            arpabet($0.uppercased()) != nil && ($0.count > 1 || "BDFGHKLMNPRSTVWYZ".contains($0.uppercased()))
        }),
            marks.contains(where: { $0.count > 1 || $0.first?.isUppercase == true })
        {
            return .arpabet
        }
        if marks.contains(where: { $0.unicodeScalars.contains { $0.value > 0x7F } }) { return .ipa }
        return .xsampa
    }

    private static func trimmed(_ symbol: String) -> String {
        String(symbol.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }

    /// Labels that mean silence, breath or noise in the alphabets and aligners in use.
    package static func isSilence(_ symbol: String, in alphabet: Alphabet = .ipa) -> Bool {
        if symbol.isEmpty { return true }
        if alphabet == .xsampa || alphabet == .ipa || alphabet == .espeak, silentMarks.contains(symbol) {
            return true
        }
        return silentLabels.contains(symbol.lowercased())
    }

    private static let silentMarks: Set<String> = ["_", "_:", "_!", "_|", "#", "-", "|", "||", "_^_"]
    private static let silentLabels: Set<String> = [
        "sil", "sp", "silence", "pau", "pause", "<sil>", "<eps>", "<s>", "</s>", "<p:>", "<p>", "h#", "epi",
        "br",
        "breath", "<br>", "[noise]", "+noise+", "++noise++", "+breath+", "[sil]", "nsn", "<nsn>", "(pause)",
        "sp1", "ssil", "#0", "<silence>", "sil_s", "sil_b", "sil_e", "sil_i",
    ]

    private static func lookUp(_ symbol: String, _ table: [String: String]) -> [IPASegments.Segment]? {
        table[symbol].map { $0.isEmpty ? [] : [IPASegments.Segment(ipa: $0)] }
    }

    private static func arpabet(_ symbol: String) -> [IPASegments.Segment]? {
        var letters = symbol
        var stress = 0
        // MFA and Kaldi mark the place in a word: AA1_B.
        if let cut = letters.lastIndex(of: "_"), ["B", "I", "E", "S"].contains(letters[cut...].dropFirst()) {
            letters = String(letters[..<cut])
        }
        if let digit = letters.last?.wholeNumberValue, letters.count > 1 {
            stress = digit == 1 ? 1 : digit == 2 ? 2 : 0
            letters.removeLast()
        }
        if letters.uppercased() == "SPN" { return [IPASegments.Segment(ipa: "ə")] }
        return arpabetTable[letters.uppercased()].map { [IPASegments.Segment(ipa: $0, stress: stress)] }
    }

    /// The CMU dictionary's 39 and TIMIT's extras.
    private static let arpabetTable: [String: String] = [
        "AA": "ɑ", "AE": "æ", "AH": "ʌ", "AO": "ɔ", "AW": "aʊ", "AX": "ə", "AXR": "ɚ", "AY": "aɪ", "EH": "ɛ",
        "ER": "ɝ", "EY": "eɪ", "IH": "ɪ", "IX": "ɨ", "IY": "i", "OW": "oʊ", "OY": "ɔɪ", "UH": "ʊ", "UW": "u",
        "UX": "ʉ", "B": "b", "BCL": "b", "CH": "tʃ", "D": "d", "DCL": "d", "DH": "ð", "DX": "ɾ", "EL": "l̩",
        "EM": "m̩", "EN": "n̩", "ENG": "ŋ̩", "F": "f", "G": "ɡ", "GCL": "ɡ", "HH": "h", "H": "h", "HV": "ɦ",
        "JH": "dʒ", "K": "k", "KCL": "k", "L": "l", "M": "m", "N": "n", "NG": "ŋ", "NX": "ɾ̃", "P": "p",
        "PCL": "p", "Q": "ʔ", "R": "ɹ", "S": "s", "SH": "ʃ", "T": "t", "TCL": "t", "TH": "θ", "V": "v",
        "W": "w", "WH": "ʍ", "Y": "j", "Z": "z", "ZH": "ʒ", "AX-H": "ə̥",
    ]

    /// Kokoro and HeadTTS write diphthongs and affricates as one letter each (misaki's notation).
    private static func kokoro(_ symbol: String) -> String {
        var out = ""
        for scalar in symbol.unicodeScalars {
            switch scalar {
            case "A": out += "eɪ"
            case "I": out += "aɪ"
            case "W": out += "aʊ"
            case "Y": out += "ɔɪ"
            case "O": out += "oʊ"
            case "Q": out += "əʊ"
            case "T": out += "ɾ"
            case "ʤ": out += "dʒ"
            case "ʧ": out += "tʃ"
            case "ᵊ": out += "ə"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
