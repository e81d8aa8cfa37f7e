import AvatariumCore

/// Parses marks in a text that direct its performance.
///
/// `[happy]Good morning![/happy]`, `[sad 0.4]...[/sad]`, `[/]` closes the last one, and an open mark lasts to the
/// end of the text. `[look left]`, `[look 10 -20]` (degrees: pitch, yaw) last likewise; `[nod]`, `[shake]`,
/// `[tilt]`, `[browRaise]`, `[frown]` and `[blink]` happen at the next word. `[emphasis]word[/emphasis]` nods and
/// raises the brows. The hands make `[wave]`, `[thumbs up]`, `[point]`, `[open palm]`, `[hand to chest]`, `[shrug]`,
/// `[count 3]` and `[beat]`, with `left`, `right` or `both` where it matters; their stroke falls on the next word.
/// `[camera bust]` cuts to another framing (face, bust, waist, body), `[camera bust 2]` takes two seconds to get there,
/// and `[play Wave]` plays one of the model's own animations once, `[play Idle loop]` until another comes. A misspelt
/// mark (`[hapy]`, `[/smile]`) is left out and named in a diagnostic; anything else in brackets is text, and a diagnostic says so
/// of words.
public enum ExpressionMarks {
    /// Longer content of brackets, in characters, is text.
    static let longestMark = 40
    /// The code of the diagnostic of a misspelt mark.
    package static let misspelt = "MARK_UNKNOWN"
    /// Marks of one text that are used.
    static let maximumMarks = 10_000

    /// Removes the marks from a text, in time linear in its length. Never fails: anything that is not a mark
    /// stays in the text.
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

/// A text without its marks, and the actions that they request, by word.
public struct MarkedText: Sendable, Equatable {
    /// The action that a mark requests.
    public enum Action: Sendable, Equatable {
        case emotion(Emotion, strength: Float)
        /// Degrees.
        case look(pitch: Float, yaw: Float)
        case gesture(GestureCue.Gesture, strength: Float)
        case hands(GestureCue.Gesture, strength: Float, hand: GestureCue.Hand?, number: Int?)
        /// Seconds that the camera takes to get there.
        case camera(Framing, seconds: Double)
        case play(String, loop: Bool)
    }

    public struct Cue: Sendable, Equatable {
        public var action: Action
        /// The range of words that it covers, counted by white space in `text`; empty at the end of the text.
        public var words: Range<Int>

        public init(action: Action, words: Range<Int>) {
            self.action = action
            self.words = words
        }
    }

    /// The text to speak.
    public var text: String
    public var cues: [Cue]
    /// Warnings about misspelt marks; `offset` is the byte of the bracket in the marked text.
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
        var parts = mark.split(whereSeparator: { $0 == " " || $0 == ":" || $0 == "=" || $0 == "," })
        parts = MarkName.joined(parts)
        guard let first = parts.first else { return false }
        guard marks < ExpressionMarks.maximumMarks else {
            guard MarkName(first.drop { $0 == "/" }) != nil || first == "/" else { return false }
            note(
                "MARK_TOO_MANY",
                "a text may hold \(ExpressionMarks.maximumMarks) marks; the others are ignored", offset)
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
        return isMisspelt(mark, parts, offset)
    }

    private mutating func begin(_ name: MarkName, _ arguments: ArraySlice<Substring>) -> Bool {
        if name == .look { return look(arguments) }
        if name == .camera || name == .play { return direct(name, arguments) }
        if case .gesture(let gesture) = name, gesture.isOfHands { return beckon(gesture, arguments) }
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

    /// Takes a gesture of the hands: with a hand, fingers to count or a strength, in any order.
    private mutating func beckon(_ gesture: GestureCue.Gesture, _ arguments: ArraySlice<Substring>) -> Bool {
        var hand: GestureCue.Hand?
        var number: Int?
        var strength: Float?
        for argument in arguments {
            if hand == nil, let named = GestureCue.Hand(rawValue: argument.lowercased()) {
                hand = named
            } else if gesture == .count, number == nil, let fingers = Int(argument),
                GestureCue.numbers.contains(fingers)
            {
                number = fingers
            } else if gesture != .count, strength == nil, let value = Float(argument), (0...1).contains(value)
            {
                strength = value
            } else {
                return false
            }
        }
        cues.append(
            .init(
                action: .hands(gesture, strength: strength ?? 1, hand: hand, number: number),
                words: nextWord..<nextWord + 1))
        return true
    }

    /// Takes a cut or an animation, at the next word.
    private mutating func direct(_ name: MarkName, _ arguments: ArraySlice<Substring>) -> Bool {
        let action: MarkedText.Action
        switch (name, arguments.count) {
        case (.camera, 1), (.camera, 2):
            let seconds = arguments.count == 2 ? arguments.last.flatMap { Double($0) } : 0
            guard let framing = arguments.first.flatMap({ Framing(rawValue: $0.lowercased()) }), let seconds,
                (0...CameraCue.longestMove).contains(seconds)
            else {
                return false
            }
            action = .camera(framing, seconds: seconds)
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

    /// Names a mark that is none but resembles one, or whose arguments are wrong; and says of other words that they are
    /// text.
    private mutating func isMisspelt(_ mark: Substring, _ parts: [Substring], _ offset: Int) -> Bool {
        let first = parts[0]
        let word = first.drop { $0 == "/" }
        let shown = "[\(mark.quotedForMessage(limit: ExpressionMarks.longestMark))]"
        if let name = MarkName(word) {
            let remedy =
                first.hasPrefix("/") ? "closes a mark that is not open" : "needs \(name.arguments)"
            note("MARK_ARGUMENT", "\(shown) \(remedy); it is ignored", offset)
            return true
        }
        if let near = MarkName.nearest(to: parts) {
            let slash = first.hasPrefix("/") ? "/" : ""
            note(
                ExpressionMarks.misspelt,
                "\(shown) is not a mark; did you mean [\(slash)\(near)]? It is ignored", offset)
            return true
        }
        if first.hasPrefix("/"), parts.count == 1, word.count >= 2, word.allSatisfy(\.isLetter) {
            note(
                ExpressionMarks.misspelt,
                "\(shown) is not a mark; the marks with a closing form are \(MarkName.closed). It is "
                    + "ignored", offset
            )
            return true
        }
        let isWords = mark.allSatisfy { $0.isLetter || $0 == " " || $0 == "/" || $0 == "-" || $0 == "'" }
        if isWords, mark.count(where: \.isLetter) >= 2 {
            note("MARK_IS_TEXT", "\(shown) is not a mark, and is spoken as text", offset)
        }
        return false
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
        case .gesture(let gesture): gesture.markName
        case .look: "look"
        case .emphasis: "emphasis"
        case .camera: "camera"
        case .play: "play"
        }
    }

    /// What may stand behind the name, for messages.
    var arguments: String {
        switch self {
        case .look:
            "[look left|right|up|down|viewer] or [look PITCH YAW] in degrees, within 30 and 40"
        case .camera:
            "[camera \(Framing.allCases.map(\.rawValue).joined(separator: "|"))], with up to 60 seconds to get there, as "
                + "in [camera bust 2]"
        case .play: "the name of an animation, as in [play Wave] or [play Idle loop]"
        case .gesture(.count): "1 to 5 fingers, and left or right for the hand, as in [count 2 left]"
        case .gesture(let gesture) where gesture.isOfHands:
            "left, right or both for the hand, and a strength from 0 to 1, as in [\(rawValue) left 0.5]"
        default: "a strength from 0 to 1, as in [\(rawValue) 0.5]"
        }
    }

    private static let all: [MarkName] =
        Emotion.allCases.map { .emotion($0) } + GestureCue.Gesture.allCases.map { .gesture($0) } + [
            .look, .emphasis, .camera, .play,
        ]
    private static let byName: [String: MarkName] = {
        var names = Dictionary(uniqueKeysWithValues: all.map { (plain($0.rawValue), $0) })
        // As stage directions are written: [waves], [nods].
        for gesture in [GestureCue.Gesture.nod, .shake, .tilt, .frown, .blink, .wave, .point, .shrug] {
            names[gesture.rawValue + "s"] = .gesture(gesture)
        }
        return names
    }()
    /// The marks that cover words, for messages.
    static let closed =
        (Emotion.allCases.map(\.name) + ["emphasis", "look"]).map { "[\($0)]" }.joined(separator: ", ")
    /// Words that stand behind a name.
    private static let argumentWords: Set<String> = Set(
        ["left", "right", "up", "down", "viewer", "both", "loop"] + Framing.allCases.map(\.rawValue))

    private static func plain(_ name: some StringProtocol) -> String {
        name.lowercased().filter { $0 != " " && $0 != "-" && $0 != "_" }
    }

    /// The parts of a mark with those that are one name together made one: `thumbs up`, `hand-to-chest`.
    static func joined(_ parts: [Substring]) -> [Substring] {
        for count in stride(from: min(3, parts.count), to: 0, by: -1) {
            let name = plain(parts[..<count].joined())
            if count > 1 || parts[0].count != name.count, MarkName(name.drop { $0 == "/" }) != nil {
                return [Substring(name)] + parts[count...]
            }
        }
        return parts
    }

    /// The name that a mark most resembles: its words, or those before what may be arguments.
    static func nearest(to parts: [Substring]) -> String? {
        for count in stride(from: min(3, parts.count), to: 0, by: -1)
        where parts[count...].allSatisfy({ Float($0) != nil || argumentWords.contains($0.lowercased()) }) {
            if let name = nearest(to: plain(parts[..<count].joined()).drop { $0 == "/" }) { return name }
        }
        return nil
    }

    /// The name that a word of letters most resembles: it begins alike and differs by one edit, or by two in words
    /// of six letters and more.
    private static func nearest(to word: some StringProtocol) -> String? {
        guard (4...16).contains(word.count), word.allSatisfy(\.isLetter) else { return nil }
        return all.map(\.rawValue).filter { $0.first?.lowercased() == word.first.map(String.init) }
            .compactMap {
                name -> (edits: Int, name: String)? in
                let edits = NearMatches.edits(Array(word), Array(plain(name)))
                return edits <= (word.count >= 6 ? 2 : 1) ? (edits, name) : nil
            }.min { $0.edits < $1.edits }?.name
    }
}

extension GestureCue.Gesture {
    /// The gesture's name as marks write it: `thumbs up`.
    var markName: String {
        guard isOfHands else { return rawValue }
        return rawValue.reduce(into: "") { $0 += $1.isUppercase ? " " + $1.lowercased() : String($1) }
    }

    /// Reads `thumbsUp`, `thumbs_up`, `thumbs-up` and `thumbs up`.
    init?(named name: String) {
        let plain = name.lowercased().filter { $0 != " " && $0 != "-" && $0 != "_" }
        guard let gesture = Self.allCases.first(where: { $0.rawValue.lowercased() == plain }) else {
            return nil
        }
        self = gesture
    }

    /// - Throws: `DecodingError` for an unknown gesture.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let name = try container.decode(String.self)
        guard let gesture = Self(named: name) else {
            let near = NearMatches.of(name.lowercased(), in: Self.allCases.map(\.rawValue)).first
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "'\(name.quotedForMessage())' is not a gesture; "
                    + (near.map { "did you mean \($0)? " } ?? "") + "choose "
                    + Self.allCases.map(\.rawValue).joined(separator: ", "))
        }
        self = gesture
    }
}
