/// The visemes of vendors, each by the sound that is most typical of its class.
enum VisemeTables {
    /// Rhubarb Lip Sync's README, "Mouth shapes".
    static let rhubarb: [String: String] = [
        "A": "m", "B": "s", "C": "ɛ", "D": "ɑ", "E": "ɔ", "F": "u", "G": "f", "H": "l", "X": "",
    ]

    /// Azure's "Get facial position with viseme", table of viseme ids.
    static let azure: [String: String] = [
        "0": "", "1": "ʌ", "2": "ɑ", "3": "ɔ", "4": "ɛ", "5": "ɝ", "6": "i", "7": "u", "8": "o", "9": "aʊ",
        "10": "ɔɪ", "11": "aɪ", "12": "h", "13": "ɹ", "14": "l", "15": "s", "16": "ʃ", "17": "ð", "18": "f",
        "19": "t", "20": "k", "21": "p",
    ]

    /// Amazon Polly's "Phoneme and viseme tables": the English set, `l` of its newer tables, and what other
    /// languages add.
    static let polly: [String: String] = [
        "p": "p", "t": "t", "S": "ʃ", "T": "θ", "f": "f", "k": "k", "i": "i", "r": "ɹ", "s": "s", "u": "u",
        "@": "ə", "a": "a", "e": "eɪ", "E": "ɛ", "o": "oʊ", "O": "ɔ", "sil": "", "l": "l", "J": "ɲ", "B": "β",
        "x": "x",
    ]

    static let oculus: [String: String] = [
        "sil": "", "PP": "p", "FF": "f", "TH": "θ", "DD": "t", "kk": "k", "CH": "tʃ", "SS": "s", "nn": "n",
        "RR": "ɹ", "aa": "ɑ", "E": "ɛ", "I": "ɪ", "O": "o", "U": "u", "ih": "ɪ", "oh": "o", "ou": "u",
    ]

    static let vrm: [String: String] = [
        "aa": "ɑ", "ih": "i", "ou": "u", "ee": "e", "oh": "o", "A": "ɑ", "I": "i", "U": "u", "E": "e",
        "O": "o",
        "neutral": "", "closed": "m",
    ]
}
