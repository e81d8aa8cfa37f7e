import AvatariumCore

/// A line of a cue: its text without tags, cut where a time stands in it, and what tags say of it.
struct CaptionLine {
    struct Piece {
        /// Nil for what stands before the first time.
        var start: Double?
        var text = ""
    }

    private(set) var pieces = [Piece()]
    /// The text without tags.
    private(set) var plain = ""
    /// Its words, and whether each is marked (underlined, coloured, bold).
    private(set) var words: [(text: String, isMarked: Bool)] = []
    /// The speaker's name, from WebVTT's voice tag or where the format names who speaks.
    var speaker: String?

    var isNumber: Bool { plain.allSatisfy { $0.isNumber || $0.isWhitespace } }
    var hasTimes: Bool { pieces.count > 1 || pieces[0].start != nil }

    /// Tags and overrides are no longer than this many characters; what is, is text.
    private static let longestTag = 200
    private static let marks: Set<String> = ["u", "b", "c", "font", "mark", "span"]

    /// Reads a line; linear in its length.
    /// - Parameter shift: Seconds to add to the times in it.
    init(_ line: Substring, shiftedBy shift: Double = 0) {
        let text = Array(line)
        var marks = 0
        var isRuby = false
        var at = 0
        var run = ""
        func flush() {
            guard !run.isEmpty else { return }
            // Marks of direction are neither shown nor said. Some converters escape twice: &amp;#39;.
            var spoken = XML.unescaped(XML.unescaped(run))
            spoken.unicodeScalars.removeAll { $0 == "\u{200E}" || $0 == "\u{200F}" || $0 == "\u{FEFF}" }
            run = ""
            guard !isRuby else { return }
            add(spoken, isMarked: marks > 0)
        }
        while at < text.count {
            if text[at] == "<", let end = Self.end(of: ">", in: text, from: at) {
                let tag = String(text[at + 1..<end])
                if let time = CaptionCues.time(tag[...]) {
                    flush()
                    pieces.append(Piece(start: max(0, time + shift)))
                    at = end + 1
                    continue
                }
                let isEnd = tag.hasPrefix("/")
                let name = tag.drop { $0 == "/" }.prefix { $0.isLetter || $0.isNumber }.lowercased()
                if name.first?.isLetter == true {
                    flush()
                    if Self.marks.contains(name) { marks = max(0, marks + (isEnd ? -1 : 1)) }
                    if name == "rt" { isRuby = !isEnd }
                    if name == "v", !isEnd, speaker == nil {
                        let who = tag.drop { !$0.isWhitespace }.drop(while: \.isWhitespace)
                        if !who.isEmpty { speaker = XML.unescaped(String(who.prefix(60))) }
                    }
                    at = end + 1
                    continue
                }
            } else if text[at] == "{", at + 1 < text.count, text[at + 1] == "\\",
                let end = Self.end(of: "}", in: text, from: at)
            {
                // A position in SubRip, such as {\an8}.
                at = end + 1
                continue
            }
            run.append(text[at])
            at += 1
        }
        flush()
        pieces = pieces.filter { !$0.text.allSatisfy(\.isWhitespace) }
        if pieces.isEmpty { pieces = [Piece()] }
    }

    private mutating func add(_ text: String, isMarked: Bool) {
        let joins = plain.last.map { !$0.isWhitespace } ?? false
        var isFirst = true
        for word in text.split(whereSeparator: \.isWhitespace) {
            if isFirst, joins, text.first?.isWhitespace == false, !words.isEmpty {
                words[words.count - 1].text += word
                words[words.count - 1].isMarked = words[words.count - 1].isMarked || isMarked
            } else {
                words.append((String(word), isMarked))
            }
            isFirst = false
        }
        plain += text
        pieces[pieces.count - 1].text += text
    }

    private static func end(of closer: Character, in text: [Character], from start: Int) -> Int? {
        text[start...].prefix(longestTag).firstIndex(of: closer)
    }
}
