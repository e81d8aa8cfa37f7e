/// The tags and texts of XML in their order, without a check of how they are nested; linear in the text.
struct MarkupScanner: Sequence, IteratorProtocol {
    enum Event {
        case open(name: Substring, attributes: Substring, isEmpty: Bool)
        case close(name: Substring)
        case text(Substring)
    }

    private var rest: Substring
    /// The one-based line that the next event begins in.
    private(set) var line = 1

    init(_ text: String) { rest = text[...] }

    mutating func next() -> Event? {
        while let first = rest.first {
            guard first == "<" else {
                let text = rest.prefix { $0 != "<" }
                skip(text)
                return .text(text)
            }
            guard let end = rest.firstIndex(of: ">") else { return nil }
            let tag = rest[rest.index(after: rest.startIndex)..<end]
            skip(rest[...end])
            switch tag.first {
            case "/": return .close(name: tag.dropFirst().prefix { !$0.isWhitespace })
            case "?", "!": continue
            default:
                let name = tag.prefix { !$0.isWhitespace && $0 != "/" }
                return .open(name: name, attributes: tag.dropFirst(name.count), isEmpty: tag.last == "/")
            }
        }
        return nil
    }

    private mutating func skip(_ part: Substring) {
        line += part.utf8.count { $0 == 0x0A }
        rest = rest[part.endIndex...]
    }

    /// The value of an attribute.
    static func value(of name: String, in attributes: Substring) -> Substring? {
        var rest = attributes
        while let mark = rest.firstIndex(of: "=") {
            let key = rest[..<mark].drop(while: \.isWhitespace).prefix { !$0.isWhitespace }
            let after = rest[rest.index(after: mark)...].drop(while: \.isWhitespace)
            guard let quote = after.first, quote == "\"" || quote == "'" else { return nil }
            let value = after.dropFirst()
            guard let end = value.firstIndex(of: quote) else { return nil }
            if key == name { return value[..<end] }
            rest = value[value.index(after: end)...]
        }
        return nil
    }
}
