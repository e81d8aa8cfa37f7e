import AvatariumCore

/// Marks in a text that say how to perform it.
///
/// `[happy]Good morning![/happy]`, `[sad 0.4]...[/sad]`, `[/]` closes the last one, and an open mark lasts to the
/// end of the text. `[look left]`, `[look 10 -20]` (degrees: pitch, yaw) last likewise; `[nod]`, `[shake]`,
/// `[tilt]`, `[browRaise]`, `[frown]` and `[blink]` happen at the next word. `[emphasis]word[/emphasis]` nods and
/// raises the brows. Anything else in brackets is text.
public enum ExpressionMarks {
    /// Takes the marks out of a text. Never fails: what is not a mark stays in the text.
    public static func parse(_ text: String) -> MarkedText {
        var parser = MarkParser()
        var rest = Substring(text)
        while let open = rest.firstIndex(of: "[") {
            parser.say(rest[..<open])
            let inside = rest[rest.index(after: open)...]
            if let close = inside.firstIndex(of: "]"), parser.read(mark: inside[..<close]) {
                rest = inside[inside.index(after: close)...]
            } else {
                parser.say(rest[open...open])
                rest = inside
            }
        }
        parser.say(rest)
        return parser.finished()
    }
}

/// A text without its marks, and what they ask for by word.
public struct MarkedText: Sendable, Equatable {
    /// What a mark asks for.
    public enum Action: Sendable, Equatable {
        case emotion(Emotion, strength: Float)
        /// Degrees.
        case look(pitch: Float, yaw: Float)
        case gesture(GestureCue.Gesture, strength: Float)
    }

    public struct Cue: Sendable, Equatable {
        public var action: Action
        /// The words that it covers, counted in `text` by white space; empty at the end of the text.
        public var words: Range<Int>

        public init(action: Action, words: Range<Int>) {
            self.action = action
            self.words = words
        }
    }

    /// What is to be spoken.
    public var text: String
    public var cues: [Cue]
}

/// Reads marks one after another and counts the words between them.
private struct MarkParser {
    private struct Open {
        var name: String
        var actions: [MarkedText.Action]
        var firstWord: Int
    }

    private var text = ""
    private var words = 0
    private var isInWord = false
    private var open: [Open] = []
    private var cues: [MarkedText.Cue] = []

    mutating func say(_ piece: Substring) {
        for character in piece {
            if character.isWhitespace {
                isInWord = false
                // A mark between two spaces leaves one.
                if text.isEmpty || text.last?.isWhitespace == true, character == " " { continue }
            } else if !isInWord {
                isInWord = true
                words += 1
            }
            text.append(character)
        }
    }

    /// Whether the content of a pair of brackets was a mark.
    mutating func read(mark: Substring) -> Bool {
        let parts = mark.split(whereSeparator: { $0 == " " || $0 == ":" || $0 == "=" || $0 == "," })
        guard let name = parts.first.map(String.init) else { return false }
        if name.hasPrefix("/") { return close(name.dropFirst(), parts.count) }
        if name == "look" { return look(parts.dropFirst()) }
        let strength = parts.count > 1 ? Float(parts[1]) : 1
        guard parts.count <= 2, let strength, (0...1).contains(strength) else { return false }
        if let emotion = Emotion(name: name) {
            begin(name, [.emotion(emotion, strength: strength)])
        } else if name == "emphasis" {
            let word = nextWord
            cues.append(
                .init(action: .gesture(.nod, strength: strength), words: word..<word + 1))
            cues.append(
                .init(action: .gesture(.browRaise, strength: 0.7 * strength), words: word..<word + 1))
            begin(name, [])
        } else if let gesture = GestureCue.Gesture(rawValue: name) {
            cues.append(
                .init(action: .gesture(gesture, strength: strength), words: nextWord..<nextWord + 1))
        } else {
            return false
        }
        return true
    }

    func finished() -> MarkedText {
        var parser = self
        while parser.close("", 1) {}
        parser.text = String(parser.text.reversed().drop(while: \.isWhitespace).reversed())
        parser.cues.sort { $0.words.lowerBound < $1.words.lowerBound }
        return MarkedText(text: parser.text, cues: parser.cues)
    }

    /// The word that a mark stands before, or within.
    private var nextWord: Int { isInWord ? words - 1 : words }

    private mutating func begin(_ name: String, _ actions: [MarkedText.Action]) {
        open.append(Open(name: name, actions: actions, firstWord: nextWord))
    }

    private mutating func look(_ arguments: ArraySlice<Substring>) -> Bool {
        let directions: [String: (Float, Float)] = [
            "left": (0, 20), "right": (0, -20), "up": (-15, 0), "down": (15, 0), "viewer": (0, 0),
        ]
        let angles = arguments.compactMap { Float($0) }
        var direction = arguments.count == 1 ? arguments.first.flatMap { directions[String($0)] } : nil
        if arguments.count == 2, angles.count == 2, abs(angles[0]) <= 30, abs(angles[1]) <= 40 {
            direction = (angles[0], angles[1])
        }
        guard let direction else { return false }
        begin("look", [.look(pitch: direction.0, yaw: direction.1)])
        return true
    }

    /// Closes the mark of that name, or the last one where the name is empty.
    private mutating func close(_ name: Substring, _ parts: Int) -> Bool {
        let found = name.isEmpty ? open.indices.last : open.lastIndex { $0.name == name }
        guard parts == 1, let found else { return false }
        let mark = open.remove(at: found)
        let range = mark.firstWord..<max(words, mark.firstWord)
        cues += mark.actions.map { MarkedText.Cue(action: $0, words: range) }
        return true
    }
}
