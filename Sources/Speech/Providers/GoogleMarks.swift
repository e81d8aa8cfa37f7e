/// A text as SSML with a mark before every word, since Google gives times for marks only.
package struct GoogleMarks: Sendable {
    /// With `<speak>` around it.
    package var ssml = ""
    /// The words: mark `w0` stands before the first.
    package var words: [String] = []

    /// A mark's name.
    static func name(_ index: Int) -> String { "w\(index)" }

    package init(plain text: String) {
        ssml = "<speak>"
        mark(PlainText.encoded(text))
        ssml += "</speak>"
    }

    /// Marks may not stand inside these.
    private static let closed: Set<String> = ["say-as", "sub", "phoneme"]
    private static let silent: Set<String> = ["desc", "audio"]

    package init(ssml text: String) {
        var element = ""
        var rest = text[...]
        let body = text.contains("<speak")
        if !body { ssml += "<speak>" }
        while let open = rest.firstIndex(of: "<") {
            add(rest[..<open], in: element)
            let end = rest[open...].firstIndex(of: ">") ?? rest.index(before: rest.endIndex)
            let tag = rest[open...end]
            let name = String(tag.dropFirst().prefix { !$0.isWhitespace && $0 != ">" && $0 != "/" })
            if tag.hasPrefix("</") {
                if tag.dropFirst(2).hasPrefix(element) { element = "" }
            } else if !tag.hasSuffix("/>"), element.isEmpty,
                Self.closed.contains(name) || Self.silent.contains(name)
            {
                element = name
                if Self.closed.contains(name) {
                    let inner = rest[rest.index(after: end)...].prefix { $0 != "<" }
                    mark(named: PlainText.decoded(String(inner)))
                }
            }
            ssml += tag
            rest = rest[rest.index(after: end)...]
        }
        add(rest, in: element)
        if !body { ssml += "</speak>" }
    }

    private mutating func add(_ text: Substring, in element: String) {
        if element.isEmpty { mark(String(text)) } else { ssml += text }
    }

    /// Appends text that is XML already, with a mark before each word that holds a letter or digit.
    private mutating func mark(_ text: String) {
        var word = ""
        func flush(_ marks: inout GoogleMarks) {
            let plain = PlainText.decoded(word)
            if plain.contains(where: { $0.isLetter || $0.isNumber }) { marks.mark(named: plain) }
            marks.ssml += word
            word = ""
        }
        for character in text {
            if character.isWhitespace {
                flush(&self)
                ssml.append(character)
            } else {
                word.append(character)
            }
        }
        flush(&self)
    }

    private mutating func mark(named word: String) {
        ssml += "<mark name=\"\(Self.name(words.count))\"/>"
        words.append(word)
    }
}
