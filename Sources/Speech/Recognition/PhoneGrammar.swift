import Phonetics

/// A word of a text to align, with the ways to say it.
struct ScriptWord {
    /// A sound with the acoustic model's phones for it.
    struct Sound {
        var segment: IPASegments.Segment
        var phones: [String]
    }

    var text: String
    var variants: [[Sound]]
}

/// The grammar of a text (JSGF): each phone of each way to say each word is a "word" of its own, so that the path
/// which is found names its place. Silence may lie between words.
struct PhoneGrammar {
    /// For libpocketsphinx: a line for each phone, and silence.
    private(set) var dictionary = "sil SIL\n"
    /// Phone `p7` belongs to `owners[7]`.
    private(set) var owners: [(word: Int, sound: ScriptWord.Sound)] = []
    /// Names of phones: words, variants, phones.
    private var words: [[[String]]] = []

    init(_ script: [ScriptWord]) {
        for (index, word) in script.enumerated() {
            let ways = word.variants.map { variant in
                variant.flatMap { sound in sound.phones.map { add($0, of: sound, word: index) } }
            }
            words.append(ways)
        }
    }

    private mutating func add(_ phone: String, of sound: ScriptWord.Sound, word: Int) -> String {
        let name = "p\(owners.count)"
        owners.append((word, sound))
        dictionary += "\(name) \(phone)\n"
        return name
    }

    /// All of the text.
    var whole: String { jsgf(words.map { choice($0) { $0.joined(separator: " ") } + " [sil]" }) }

    /// The text for a recording that may end anywhere in the last word, or after one of the seven before it.
    var cutOff: String {
        guard let last = words.last else { return whole }
        // a [b [c]]
        func openEnded(_ parts: [String]) -> String {
            parts.dropLast().reversed().reduce(parts.last ?? "") { "\($1) [ \($0) ]" }
        }
        let sure = words.dropLast(Self.unsureCount)
        let unsure = words.dropLast().suffix(Self.unsureCount - 1).map {
            choice($0) { $0.joined(separator: " ") } + " [sil]"
        }
        let end = openEnded(unsure + [choice(last, openEnded) + " [sil]"])
        return jsgf(
            sure.map { choice($0) { $0.joined(separator: " ") } + " [sil]" }
                + [sure.isEmpty ? end : "[ \(end) ]"])
    }

    private static let unsureCount = 8

    private func choice(_ ways: [[String]], _ form: ([String]) -> String) -> String {
        ways.count == 1 ? form(ways[0]) : "( \(ways.map(form).joined(separator: " | ")) )"
    }

    private func jsgf(_ parts: [String]) -> String {
        "#JSGF V1.0;\ngrammar align;\npublic <align> = [sil] \(parts.joined(separator: " "));\n"
    }
}
