import AvatariumCore

/// SSML (W3C, "Speech Synthesis Markup Language 1.1"), read and checked to be well-formed.
///
/// Engines get it written anew, never as it came: espeak-ng plays the file that `<audio>` names, by way of a shell.
package struct SSMLDocument: Sendable {
    package struct Element: Sendable, Equatable {
        /// In lower case.
        var name: String
        var attributes: [String: String] = [:]
        /// `<break/>`
        var isEmpty = false
    }

    package enum Piece: Sendable, Equatable {
        case text(String)
        case open(Element)
        case close(String)
    }

    package let pieces: [Piece]

    /// Elements whose text is not meant to be spoken.
    static let silent: Set<String> = ["desc", "metadata", "meta", "lexicon", "script", "style"]

    private static let deepest = 15

    /// - Throws: E093 with line and column where an element is not closed, nested too deeply, or no XML.
    package init(_ text: String) throws {
        var reader = Reader(text)
        var pieces: [Piece] = []
        var open: [String] = []
        // Text comes in parts, around a lone "<" or a comment.
        var words = ""
        func endText() {
            if !words.isEmpty { pieces.append(.text(words)) }
            words = ""
        }
        while let piece = try reader.next() {
            switch piece {
            case .text(let more):
                words += more
                continue
            case .open(let element):
                if !element.isEmpty { open.append(element.name) }
                guard open.count <= Self.deepest else {
                    throw reader.refuse("elements are nested more than \(Self.deepest) deep")
                }
            case .close(let name):
                guard let last = open.popLast() else {
                    throw reader.refuse("</\(name)> closes an element that was not opened")
                }
                guard last == name else {
                    throw reader.refuse("</\(name)> stands where </\(last)> is expected")
                }
            }
            endText()
            pieces.append(piece)
        }
        endText()
        if let last = open.last {
            throw reader.refuse("<\(last)> is not closed: add </\(last)>")
        }
        self.pieces = pieces
    }

    /// Whether a plain text looks as if SSML was meant: an element of SSML's that is closed, or stands alone.
    static func isLikely(_ text: String) -> Bool {
        guard text.utf8.contains(UInt8(ascii: "<")) else { return false }
        let start = text.drop(while: \.isWhitespace)
        if start.hasPrefix("<speak") || start.hasPrefix("<?xml") { return true }
        guard let markup = try? SSMLDocument(text) else { return false }
        return markup.pieces.contains { piece in
            if case .open(let element) = piece { spoken.contains(element.name) } else { false }
        }
    }

    private static let spoken: Set<String> = [
        "speak", "voice", "prosody", "emphasis", "break", "say-as", "sub", "phoneme", "mark", "lang", "audio",
    ]

    /// What a voice without SSML says: the text, with what `<sub>` puts in its place.
    package var plainText: String {
        var out = ""
        var unspoken: [String] = []
        for piece in pieces {
            switch piece {
            case .text(let text):
                if unspoken.isEmpty { out += text }
            case .open(let element):
                out += " "
                guard !element.isEmpty else { continue }
                let alias = element.name == "sub" ? element.attributes["alias"] : nil
                if let alias, unspoken.isEmpty { out += alias + " " }
                if alias != nil || Self.silent.contains(element.name) || !unspoken.isEmpty {
                    unspoken.append(element.name)
                }
            case .close:
                out += " "
                if !unspoken.isEmpty { unspoken.removeLast() }
            }
        }
        return out
    }

    /// Reads one piece after the other.
    private struct Reader {
        private let scalars: [Unicode.Scalar]
        private var index = 0
        /// Where the last piece began.
        private var start = 0

        init(_ text: String) { scalars = Array(text.unicodeScalars) }

        mutating func next() throws -> Piece? {
            start = index
            guard index < scalars.count else { return nil }
            guard scalars[index] == "<" else { return .text(decoded { $0 == "<" }) }
            if skip("<!--") {
                guard passed("-->") != nil else { throw refuse("a comment is not closed: add -->") }
                return .text("")
            }
            if skip("<![CDATA[") {
                guard let text = passed("]]>") else { throw refuse("CDATA is not closed: add ]]>") }
                return .text(text)
            }
            if skip("<?") {
                guard passed("?>") != nil else {
                    throw refuse("a processing instruction is not closed: add ?>")
                }
                return .text("")
            }
            if skip("<!") {
                guard let type = passed(">"), !type.contains("[") else {
                    throw refuse("a DOCTYPE with declarations is not supported: remove it")
                }
                return .text("")
            }
            if skip("</") {
                let name = name()
                skipSpace()
                guard !name.isEmpty, skip(">") else { throw refuse("this does not end an element") }
                return .close(name)
            }
            index += 1
            // A lone "<", as in "3 < 4".
            guard index < scalars.count, Self.begins(scalars[index]) else { return .text("<") }
            return .open(try element())
        }

        private mutating func element() throws -> Element {
            var element = Element(name: name())
            while true {
                let before = index
                skipSpace()
                if skip("/>") {
                    element.isEmpty = true
                    return element
                }
                if skip(">") { return element }
                let attribute = name()
                skipSpace()
                guard before < index, !attribute.isEmpty, skip("=") else {
                    throw refuse("<\(element.name)> is not written as <\(element.name) name=\"value\">")
                }
                skipSpace()
                guard index < scalars.count, scalars[index] == "\"" || scalars[index] == "'" else {
                    throw refuse("the attribute '\(attribute)' of <\(element.name)> needs quotes")
                }
                let quote = scalars[index]
                index += 1
                element.attributes[attribute] = decoded { $0 == quote }
                guard index < scalars.count else {
                    throw refuse("the attribute '\(attribute)' of <\(element.name)> has no closing quote")
                }
                index += 1
            }
        }

        /// The scalars up to one that ends them, with entities as what they stand for.
        private mutating func decoded(until ends: (Unicode.Scalar) -> Bool) -> String {
            var out = String.UnicodeScalarView()
            while index < scalars.count, !ends(scalars[index]) {
                if scalars[index] == "&", let (scalar, length) = entity() {
                    out.append(scalar)
                    index += length
                } else {
                    out.append(scalars[index])
                    index += 1
                }
            }
            return String(out)
        }

        private static let entities: [String: Unicode.Scalar] = [
            "lt": "<", "gt": ">", "amp": "&", "quot": "\"", "apos": "'", "nbsp": " ",
        ]

        /// What stands for a scalar here; an "&" alone stands for itself.
        private func entity() -> (Unicode.Scalar, length: Int)? {
            guard let end = scalars[index...].prefix(12).firstIndex(of: ";") else { return nil }
            var name = String.UnicodeScalarView()
            name.append(contentsOf: scalars[index + 1..<end])
            let text = String(name)
            let length = end - index + 1
            if let known = Self.entities[text] { return (known, length) }
            guard text.hasPrefix("#") else { return nil }
            let isHex = text.hasPrefix("#x") || text.hasPrefix("#X")
            let digits = text.dropFirst(isHex ? 2 : 1)
            return UInt32(digits, radix: isHex ? 16 : 10).flatMap(Unicode.Scalar.init).map { ($0, length) }
        }

        private static func begins(_ scalar: Unicode.Scalar) -> Bool {
            scalar.properties.isAlphabetic || scalar == "_"
        }

        private mutating func name() -> String {
            var out = String.UnicodeScalarView()
            while index < scalars.count {
                let scalar = scalars[index]
                guard
                    Self.begins(scalar)
                        || (!out.isEmpty
                            && (scalar.properties.numericType != nil || "-.:".unicodeScalars.contains(scalar)))
                else { break }
                out.append(scalar)
                index += 1
            }
            return String(out).lowercased()
        }

        private mutating func skipSpace() {
            while index < scalars.count, scalars[index].properties.isWhitespace { index += 1 }
        }

        private mutating func skip(_ word: String) -> Bool {
            let wanted = word.unicodeScalars
            guard scalars.count - index >= wanted.count,
                zip(scalars[index...], wanted).allSatisfy({ $0 == $1 })
            else { return false }
            index += wanted.count
            return true
        }

        /// What comes before a word, which is passed as well; nil where the word does not come.
        private mutating func passed(_ word: String) -> String? {
            var out = String.UnicodeScalarView()
            while index < scalars.count {
                if skip(word) { return String(out) }
                out.append(scalars[index])
                index += 1
            }
            return nil
        }

        /// E093 at the piece that was read last.
        func refuse(_ fact: String) -> AvatariumError {
            let before = scalars[..<min(start, scalars.count)]
            let line = before.count { $0 == "\n" } + 1
            let column = before.reversed().prefix { $0 != "\n" }.count + 1
            return AvatariumError(
                .validationError, "the SSML is not well-formed at line \(line), column \(column): \(fact)",
                context: ["field": "text", "line": "\(line)", "column": "\(column)"])
        }
    }
}
