/// A way of writing phones, or classes of phones that look alike.
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

    /// Whether each symbol stands for a class of phones that look alike.
    public var isViseme: Bool {
        switch self {
        case .rhubarb, .azure, .polly, .oculus, .vrm: true
        default: false
        }
    }

    /// Returns the phones that a symbol stands for, in IPA with stress; empty for silence, nil for a symbol that the
    /// alphabet does not have. A class of phones becomes its most typical member.
    public func segments(of symbol: String) -> [IPASegments.Segment]? {
        let symbol = Self.trimmed(symbol)
        if self != .azure, Self.isSilence(symbol, in: self) { return [] }
        if !isViseme, Self.isUnknownWord(symbol) { return [IPASegments.Segment(ipa: Self.unknownSound)] }
        switch self {
        case .ipa: return IPASegments.of(symbol)
        case .arpabet: return Self.arpabet(symbol)
        case .xsampa: return XSAMPA.segments(of: symbol)
        case .espeak: return ESpeakMnemonics.segments(of: symbol)
        case .kokoro: return IPASegments.of(symbol.substituting(Self.kokoroTable))
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

    /// The alphabet in which most of some labels are written; IPA is the last resort.
    ///
    /// A stress digit on a vowel (`AA1`) proves ARPABET. Else the alphabet wins that reads the most labels, so that
    /// one odd label (a noise, a slip) does not turn all the others.
    public static func detect(_ symbols: some Sequence<String>) -> Alphabet {
        var counts: [String: Int] = [:]
        for symbol in symbols {
            let label = trimmed(symbol)
            if !isSilence(label, in: .ipa), !isUnknownWord(label) { counts[label, default: 0] += 1 }
        }
        guard !counts.isEmpty else { return .ipa }
        var total = 0
        var arpabetic = 0
        var stressed = 0
        var capital = 0
        var phonetic = 0
        var ascii = 0
        for (label, count) in counts {
            total += count
            if label.unicodeScalars.contains(where: { $0.value > 0x7F }) {
                phonetic += count
            } else if isASCIIPhonetics(label) {
                ascii += count
            }
            guard arpabet(label.uppercased()) != nil else { continue }
            // Single letters that ARPABET has not, and small ones, are X-SAMPA or IPA as well.
            if label.count > 1 || "BDFGHKLMNPRSTVWYZ".contains(label.uppercased()) { arpabetic += count }
            if label.count > 1, label.last?.wholeNumberValue != nil { stressed += count }
            if label.count > 1 || label.first?.isUppercase == true { capital += count }
        }
        let isMost = { (part: Int) in part * 2 > total }
        if arpabetic == total ? capital > 0 : isMost(arpabetic) && (stressed > 0 || isMost(capital)) {
            return .arpabet
        }
        return phonetic > 0 && phonetic >= ascii ? .ipa : .xsampa
    }

    /// Whether a label has capitals or signs that X-SAMPA has and the IPA has not.
    package static func isASCIIPhonetics(_ label: String) -> Bool {
        label.utf8.contains { (0x41...0x5A).contains($0) || "@{}&\\".utf8.contains($0) }
    }

    /// Reads a label that is not of this alphabet as several that are: ARPABET's `PT` is P and T. Nil where it is
    /// not made of them.
    package func parts(of label: String) -> [IPASegments.Segment]? {
        guard self == .arpabet, (2...8).contains(label.count) else { return nil }
        var segments: [IPASegments.Segment] = []
        var rest = Self.trimmed(label)[...]
        search: while !rest.isEmpty {
            for length in [3, 2, 1] where rest.count >= length {
                if let found = Self.arpabet(String(rest.prefix(length))), !found.isEmpty {
                    segments += found
                    rest = rest.dropFirst(length)
                    continue search
                }
            }
            return nil
        }
        return segments
    }

    private static func trimmed(_ symbol: String) -> String {
        String(symbol.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }

    /// What stands for a phone that a file does not name: a neutral vowel.
    package static let unknownSound = "ə"

    /// Whether a label means silence, breath or a noise in the alphabets and aligners in use. What stands in
    /// brackets (`{NS}`, `<sil>`, `[noise]`, `(pause)`, `+BREATH+`) is a note, not a phone.
    package static func isSilence(_ symbol: String, in alphabet: Alphabet = .ipa) -> Bool {
        if symbol.isEmpty { return true }
        if alphabet == .xsampa || alphabet == .ipa || alphabet == .espeak, silentMarks.contains(symbol) {
            return true
        }
        let label = symbol.lowercased()
        if silentLabels.contains(label) { return true }
        return isBracketed(label) && !unknownWords.contains(label)
    }

    /// Whether a label stands for a whole word that an aligner does not know: `spn` (Montreal Forced Aligner,
    /// Kaldi), `<unk>`, `oov` (Gentle).
    package static func isUnknownWord(_ symbol: String) -> Bool {
        var label = symbol.lowercased()
        // Kaldi marks the place in a word: oov_S.
        if label.count > 2, ["_b", "_i", "_e", "_s"].contains(label.suffix(2)) { label.removeLast(2) }
        return unknownWords.contains(label)
    }

    private static func isBracketed(_ label: String) -> Bool {
        guard label.utf8.count >= 3, let first = label.first, let last = label.last else { return false }
        switch (first, last) {
        case ("<", ">"): return !["<r>", "<f>"].contains(label)
        case ("{", "}"), ("[", "]"), ("(", ")"), ("+", "+"): return true
        default: return false
        }
    }

    private static let unknownWords: Set<String> = [
        "spn", "<spn>", "[spn]", "{spn}", "oov", "<oov>", "<unk>", "[unk]", "{unk}", "unk", "<unknown>",
        "spoken_noise",
        "[spoken_noise]", "xxx",
    ]
    private static let silentMarks: Set<String> = ["_", "_:", "_!", "_|", "#", "-", "|", "||", "_^_"]
    /// Praat, HTK, TIMIT (`h# pau epi`), Kaldi and MFA, WebMAUS, Buckeye, P2FA (`ns lg cg br ls`); breaths and noises.
    private static let silentLabels: Set<String> = [
        "sil", "sp", "silence", "pau", "pause", "h#", "#h", "epi", "br", "breath", "nsn", "sp1", "ssil", "#0",
        "sil_s", "sil_b", "sil_e", "sil_i", "ns", "lg", "cg", "ls", "noise", "laugh", "cough", "lau", "nse",
        "usb", "silb", "sile", "cl", "vcl", "brth", "breathe", "inhale", "exhale", "laughter", "laughs",
        "lipsmack", "smack", "vocnoise",
        "sniff",
        "sigh", "throat",
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
    private static let kokoroTable: [Unicode.Scalar: String] = [
        "A": "eɪ", "I": "aɪ", "W": "aʊ", "Y": "ɔɪ", "O": "oʊ", "Q": "əʊ", "T": "ɾ", "ʤ": "dʒ", "ʧ": "tʃ",
        "ᵊ": "ə",
    ]
}
