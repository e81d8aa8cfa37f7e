import AvatariumCore

/// A text as SSML with a mark before every word, since Google gives times for marks only.
package struct GoogleMarks: Sendable {
    /// With `<speak>` around it.
    package private(set) var ssml = ""
    /// The words: mark `w0` stands before the first.
    package private(set) var words: [String] = []

    /// Marks may not stand inside these; one stands before them.
    private static let closed: Set<String> = ["say-as", "sub", "phoneme"]
    /// What is inside these is not marked.
    private static let silent: Set<String> = ["desc", "audio"]

    package init(plain text: String) {
        ssml = "<speak>"
        mark(text)
        ssml += "</speak>"
    }

    /// Writes SSML anew, so that Google gets what was checked.
    package init(ssml markup: SSMLDocument) {
        let hasRoot = markup.pieces.contains {
            if case .open(let element) = $0 { element.name == "speak" } else { false }
        }
        if !hasRoot { ssml += "<speak>" }
        /// The elements around, from the first one that marks may not stand in.
        var unmarked: [String] = []
        var isWordDue = false
        for piece in markup.pieces {
            switch piece {
            case .text(let text):
                if unmarked.isEmpty {
                    mark(text)
                } else {
                    if isWordDue { words.append(text) }
                    isWordDue = false
                    ssml += XML.escaped(text)
                }
            case .open(let element):
                let opens =
                    !unmarked.isEmpty || Self.closed.contains(element.name)
                    || Self.silent.contains(element.name)
                if opens, !element.isEmpty {
                    if unmarked.isEmpty, Self.closed.contains(element.name) {
                        ssml += Self.mark(words.count)
                        isWordDue = true
                    }
                    unmarked.append(element.name)
                }
                ssml += Self.tag(element)
            case .close(let name):
                if isWordDue { words.append("") }
                isWordDue = false
                ssml += "</\(name)>"
                if !unmarked.isEmpty { unmarked.removeLast() }
            }
        }
        if !hasRoot { ssml += "</speak>" }
    }

    private static func mark(_ index: Int) -> String { "<mark name=\"w\(index)\"/>" }

    private static func tag(_ element: SSMLDocument.Element) -> String {
        let attributes = element.attributes.sorted { $0.key < $1.key }.map {
            " \($0.key)=\"\(XML.escaped($0.value))\""
        }
        return "<\(element.name)\(attributes.joined())\(element.isEmpty ? "/" : "")>"
    }

    /// Appends text with a mark before each word that holds a letter or digit.
    private mutating func mark(_ text: String) {
        var word = ""
        func flush(_ marks: inout GoogleMarks) {
            if word.contains(where: { $0.isLetter || $0.isNumber }) {
                marks.ssml += Self.mark(marks.words.count)
                marks.words.append(word)
            }
            marks.ssml += XML.escaped(word)
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
}
