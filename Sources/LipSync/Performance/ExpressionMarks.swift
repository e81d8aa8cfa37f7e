import AvatariumCore

/// Marks in a text that say how to perform it.
///
/// `[happy]Good morning![/happy]`, `[sad 0.4]...[/sad]`, `[/]` closes the last one, and an open mark lasts to the
/// end of the text. `[look left]`, `[look 10 -20]` (degrees: pitch, yaw) last likewise; `[nod]`, `[shake]`,
/// `[tilt]`, `[browRaise]`, `[frown]` and `[blink]` happen at the next word. `[emphasis]word[/emphasis]` nods and
/// raises the brows. `[camera bust]` cuts to another framing (face, bust, body), and `[play Wave]` plays one of the
/// model's own animations once, `[play Idle loop]` until another comes. A misspelt mark (`[hapy]`) is left out and named in a diagnostic; anything else in brackets is
/// text.
public enum ExpressionMarks {
    /// Longer content of brackets, in characters, is text.
    static let longestMark = 40
    /// Marks of one text that are used.
    static let maximumMarks = 10_000

    /// Takes the marks out of a text; linear in its length. Never fails: what is not a mark stays in the text.
    public static func parse(_ text: String) -> MarkedText {
        var parser = MarkParser()
        var rest = Substring(text)
        while let open = rest.firstIndex(of: "[") {
            parser.say(rest[..<open])
            let inside = rest[rest.index(after: open)...]
            if let close = inside.prefix(longestMark + 1).firstIndex(of: "]"),
                parser.read(mark: inside[..<close], at: text.utf8.distance(from: text.startIndex, to: open))
            {
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
        case camera(Framing)
        case play(String, loop: Bool)
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
    /// Misspelt marks; `offset` is the byte of the bracket in the marked text.
    public var diagnostics: [Diagnostic] = []
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
    /// Open marks, nil where one was closed before one that was opened later.
    private var open: [Open?] = []
    /// Places in `open` by name.
    private var places: [String: [Int]] = [:]
    private var cues: [MarkedText.Cue] = []
    private var diagnostics: [Diagnostic] = []
    private var marks = 0

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

    /// Takes the content of a pair of brackets; false where it is text.
    mutating func read(mark: Substring, at offset: Int) -> Bool {
        let parts = mark.split(whereSeparator: { $0 == " " || $0 == ":" || $0 == "=" || $0 == "," })
        guard let first = parts.first else { return false }
        guard marks < ExpressionMarks.maximumMarks else {
            guard MarkName(first.drop { $0 == "/" }) != nil || first == "/" else { return false }
            note(
                "MARK_TOO_MANY",
                "a text may hold \(ExpressionMarks.maximumMarks) marks; the others are left out", offset)
            return true
        }
        let isUsed: Bool
        if first.hasPrefix("/") {
            isUsed = close(MarkName(first.dropFirst())?.rawValue ?? String(first.dropFirst()), parts.count)
        } else if let name = MarkName(first) {
            isUsed = begin(name, parts.dropFirst())
        } else {
            isUsed = false
        }
        if isUsed {
            marks += 1
            return true
        }
        return isMisspelt(mark, first, hasArguments: parts.count > 1, offset)
    }

    private mutating func begin(_ name: MarkName, _ arguments: ArraySlice<Substring>) -> Bool {
        if name == .look { return look(arguments) }
        if name == .camera || name == .play { return direct(name, arguments) }
        let strength = arguments.first.map { Float($0) } ?? 1
        guard arguments.count <= 1, let strength, (0...1).contains(strength) else { return false }
        switch name {
        case .emotion(let emotion):
            begin(name.rawValue, [.emotion(emotion, strength: strength)])
        case .emphasis:
            let word = nextWord
            cues.append(
                .init(action: .gesture(.nod, strength: strength), words: word..<word + 1))
            cues.append(
                .init(action: .gesture(.browRaise, strength: 0.7 * strength), words: word..<word + 1))
            begin(name.rawValue, [])
        case .gesture(let gesture):
            cues.append(
                .init(action: .gesture(gesture, strength: strength), words: nextWord..<nextWord + 1))
        case .look, .camera, .play: break
        }
        return true
    }

    /// Takes a cut or an animation, at the next word.
    private mutating func direct(_ name: MarkName, _ arguments: ArraySlice<Substring>) -> Bool {
        let action: MarkedText.Action
        switch (name, arguments.count) {
        case (.camera, 1):
            guard let framing = arguments.first.flatMap({ Framing(rawValue: $0.lowercased()) }) else {
                return false
            }
            action = .camera(framing)
        case (.play, 1), (.play, 2):
            let loops = arguments.count == 2
            guard let animation = arguments.first, !loops || arguments.last?.lowercased() == "loop" else {
                return false
            }
            action = .play(String(animation), loop: loops)
        default: return false
        }
        cues.append(.init(action: action, words: nextWord..<nextWord + 1))
        return true
    }

    /// Names a mark that is none but resembles one, or whose arguments are wrong.
    private mutating func isMisspelt(
        _ mark: Substring, _ first: Substring, hasArguments: Bool, _ offset: Int
    ) -> Bool {
        let word = first.drop { $0 == "/" }
        let shown = "[\(mark.quotedForMessage(limit: ExpressionMarks.longestMark))]"
        if let name = MarkName(word) {
            let remedy =
                first.hasPrefix("/")
                ? "closes nothing that is open"
                : name == .look
                    ? "asks for [look left|right|up|down|viewer] or [look PITCH YAW] in degrees, within 30 and 40"
                    : name == .camera
                        ? "asks for [camera face], [camera bust] or [camera body]"
                        : name == .play
                            ? "asks for the name of an animation, as in [play Wave] or [play Idle loop]"
                            : "asks for a strength from 0 to 1, as in [\(name.rawValue) 0.5]"
            note("MARK_ARGUMENT", "\(shown) \(remedy); it is left out", offset)
            return true
        }
        guard let near = MarkName.nearest(to: word) else { return false }
        let slash = first.hasPrefix("/") ? "/" : ""
        note("MARK_UNKNOWN", "\(shown) is not a mark; did you mean [\(slash)\(near)]? It is left out", offset)
        return true
    }

    private mutating func note(_ code: String, _ message: String, _ offset: Int) {
        guard diagnostics.count(where: { $0.code == code }) < (code == "MARK_TOO_MANY" ? 1 : 20) else {
            return
        }
        diagnostics.append(Diagnostic(.warning, code, message, offset: offset))
    }

    func finished() -> MarkedText {
        var parser = self
        while parser.close("", 1) {}
        parser.text = String(parser.text.reversed().drop(while: \.isWhitespace).reversed())
        parser.cues.sort { $0.words.lowerBound < $1.words.lowerBound }
        return MarkedText(text: parser.text, cues: parser.cues, diagnostics: parser.diagnostics)
    }

    /// The word that a mark stands before, or within.
    private var nextWord: Int { isInWord ? words - 1 : words }

    private mutating func begin(_ name: String, _ actions: [MarkedText.Action]) {
        places[name, default: []].append(open.count)
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

    /// Closes the last mark of a name, or the last one where the name is empty.
    private mutating func close(_ name: String, _ parts: Int) -> Bool {
        while let last = open.last, last == nil { open.removeLast() }
        guard parts == 1, let place = name.isEmpty ? open.indices.last : places[name]?.last,
            let mark = open[place]
        else { return false }
        places[mark.name]?.removeLast()
        open[place] = nil
        let range = mark.firstWord..<max(words, mark.firstWord)
        cues += mark.actions.map { MarkedText.Cue(action: $0, words: range) }
        return true
    }
}

/// The name of a mark, in any case.
private enum MarkName: Equatable {
    case emotion(Emotion)
    case gesture(GestureCue.Gesture)
    case look, emphasis, camera, play

    init?(_ text: some StringProtocol) {
        guard text.utf8.count <= 16 else { return nil }
        guard let name = MarkName.byName[text.lowercased()] else { return nil }
        self = name
    }

    var rawValue: String {
        switch self {
        case .emotion(let emotion): emotion.name
        case .gesture(let gesture): gesture.rawValue
        case .look: "look"
        case .emphasis: "emphasis"
        case .camera: "camera"
        case .play: "play"
        }
    }

    private static let all: [MarkName] =
        Emotion.allCases.map { .emotion($0) } + GestureCue.Gesture.allCases.map { .gesture($0) } + [
            .look, .emphasis, .camera, .play,
        ]
    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.rawValue.lowercased(), $0) })

    /// The name that a word of letters most resembles: it begins alike and differs by one edit, or by two in words
    /// of six letters and more.
    static func nearest(to word: some StringProtocol) -> String? {
        let plain = word.lowercased()
        guard (4...16).contains(plain.count), plain.allSatisfy(\.isLetter) else { return nil }
        return all.map(\.rawValue).filter { $0.first?.lowercased() == plain.first.map(String.init) }
            .compactMap {
                name -> (edits: Int, name: String)? in
                let edits = NearMatches.edits(Array(plain), Array(name.lowercased()))
                return edits <= (plain.count >= 6 ? 2 : 1) ? (edits, name) : nil
            }.min { $0.edits < $1.edits }?.name
    }
}
