import AvatariumCore
import Foundation
import Phonetics

/// A text as libespeak-ng gets it, and for each scalar of that the written one, so that captions keep what was written.
///
/// - Letters of styles (`ＨＥＬＬＯ`, `𝓗𝓲`, `①`) become plain ones by NFKC, and letters with marks of their own one
///   letter by NFC, since the library spells what it does not know.
/// - Control characters become spaces: NUL would end the text, and 1 begins a command of the library's own.
/// - Runs that overflow the library's buffers are cut by a pause: tokens, letters with dots between them, letters that the
///   voice spells, emoji.
package struct ESpeakText: Sendable {
    package private(set) var sent = ""
    /// The text as it was written.
    package private(set) var written: [Unicode.Scalar] = []
    /// For each scalar of `sent` the index of its written one.
    private var origins: [Int32] = []

    /// The voice that speaks what is added next.
    package var voice: String { didSet { isLatinVoice = Self.isLatin(voice) } }
    private var isLatinVoice: Bool
    private var tokenLength = 0
    private var spelledLength = 0
    private var foreignLength = 0
    private var dotted = DottedLetters()

    /// A token, what stands between spaces, has at most this many scalars. "a." 86 times overflows the library.
    private static let longestToken = 80
    /// In a voice of another script Latin letters are spelled, or said by a second voice: their runs are shorter.
    private static let longestForeignRun = 30
    /// So many letters or signs that the voice spells stand together. 21 Hangul overflow the library.
    private static let longestSpelled = 8
    /// A pause, behind which the library looks at the words anew.
    private static let pause = " - "

    /// An empty text.
    /// - Parameter voice: The voice that is to speak it.
    package init(voice: String) {
        self.voice = voice
        isLatinVoice = Self.isLatin(voice)
    }

    private static func isLatin(_ voice: String) -> Bool {
        !WritingSystem.allCases.contains { $0 != .latin && $0.isRead(byVoice: voice) }
    }

    /// A plain text.
    package init(_ text: String, voice: String) {
        self.init(voice: voice)
        append(text)
    }

    /// Returns the place in `written` of a range of scalars in `sent`; nil outside of it.
    package func place(of position: Int, length: Int) -> (position: Int, length: Int)? {
        guard origins.indices.contains(position) else { return nil }
        let start = Int(origins[position])
        let last = min(origins.count - 1, position + max(1, length) - 1)
        return (start, length > 0 ? max(1, Int(origins[last]) - start + 1) : 0)
    }

    /// Adds an element of SSML as it is.
    package mutating func append(markup: String) {
        for scalar in markup.unicodeScalars {
            written.append(scalar)
            sent.unicodeScalars.append(scalar)
            origins.append(Int32(written.count - 1))
        }
    }

    /// Adds text.
    /// - Parameter escaped: Whether `&`, `<` and `>` are to be written as SSML wants them.
    package mutating func append(_ text: String, escaped: Bool = false) {
        var scalars = Array(text.unicodeScalars)[...]
        while let first = scalars.first {
            let run = Self.foldedRun(scalars)
            if run.count > 1 || Self.isStyled(first) {
                var view = String.UnicodeScalarView()
                view.append(contentsOf: run)
                let folded = Array(
                    (run.contains(where: Self.isStyled)
                        ? StyledLetters.plain(run)
                        : String(view).precomposedStringWithCanonicalMapping).unicodeScalars)
                let start = written.count
                for scalar in run { write(scalar, escaped) }
                for (index, scalar) in folded.enumerated() {
                    speak(scalar, from: start + index * run.count / folded.count, escaped)
                }
            } else {
                let start = written.count
                write(first, escaped)
                if !Self.isInvisible(first, before: scalars.dropFirst().first) {
                    speak(first, from: start, escaped)
                }
            }
            scalars = scalars.dropFirst(max(1, run.count))
        }
    }

    private mutating func write(_ scalar: Unicode.Scalar, _ escaped: Bool) {
        if escaped, let entity = XML.contentEscapes[scalar] {
            written += entity.unicodeScalars
        } else {
            written.append(scalar)
        }
    }

    private mutating func speak(_ scalar: Unicode.Scalar, from origin: Int, _ escaped: Bool) {
        let scalar: Unicode.Scalar = Self.isControl(scalar) ? " " : scalar
        if scalar.properties.isWhitespace {
            tokenLength = 0
            foreignLength = 0
            spelledLength = 0
            dotted.add(scalar)
        } else {
            count(scalar)
            // Never before a dot, which the library would take for the end of the letter before the pause.
            let isTooLong =
                tokenLength > Self.longestToken || foreignLength > Self.longestForeignRun
                || spelledLength > Self.longestSpelled || dotted.isTooLong
            if isTooLong, scalar != "." {
                for scalar in Self.pause.unicodeScalars { put(scalar, from: origin) }
                tokenLength = 0
                foreignLength = 0
                spelledLength = 0
                dotted = DottedLetters()
                count(scalar)
            }
        }
        if escaped, let entity = XML.contentEscapes[scalar] {
            for scalar in entity.unicodeScalars { put(scalar, from: origin) }
        } else {
            put(scalar, from: origin)
        }
    }

    private mutating func count(_ scalar: Unicode.Scalar) {
        dotted.add(scalar)
        let system = WritingSystem(scalar)
        let isRead = system?.isRead(byVoice: voice) ?? true
        // Words of Chinese and the like are short, and a sentence of them has no spaces.
        tokenLength = isRead && system?.isWrittenWithoutSpaces == true ? 0 : tokenLength + 1
        if system == .latin, !isLatinVoice {
            foreignLength += 1
        } else if system != nil {
            foreignLength = 0
        }
        if Self.isSpelled(scalar, isRead: system.map { _ in isRead }) {
            spelledLength += 1
        } else if system != nil || scalar.value < 0x80 {
            spelledLength = 0
        }
    }

    /// Whether the library says the name of a letter or sign: of what is beyond ASCII all but the voice's own letters,
    /// marks and digits.
    private static func isSpelled(_ scalar: Unicode.Scalar, isRead: Bool?) -> Bool {
        guard scalar.value > 0x7F else { return false }
        if let isRead { return !isRead }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber: return false
        default: return true
        }
    }

    private mutating func put(_ scalar: Unicode.Scalar, from origin: Int) {
        sent.unicodeScalars.append(scalar)
        origins.append(Int32(origin))
    }

    /// The run at the start that is normalised as one: styled letters, or a letter with its combining marks.
    private static func foldedRun(_ scalars: ArraySlice<Unicode.Scalar>) -> ArraySlice<Unicode.Scalar> {
        guard let first = scalars.first else { return scalars }
        if isStyled(first) { return scalars.prefix(while: isStyled) }
        let marks = scalars.dropFirst().prefix(while: isCombining)
        if marks.isEmpty, !(0x1100...0x11FF).contains(first.value) { return scalars.prefix(1) }
        if marks.isEmpty { return scalars.prefix { (0x1100...0x11FF).contains($0.value) } }
        return scalars.prefix(1 + marks.count)
    }

    /// Marks of Latin, Greek and Cyrillic letters; those of other scripts have an order of their own.
    private static func isCombining(_ scalar: Unicode.Scalar) -> Bool {
        (0x300...0x36F).contains(scalar.value)
    }

    /// Marks between letters that only say where a line may be broken: the library names a letter with an accent behind one.
    /// What is written without spaces may have its words parted by them.
    private static func isInvisible(_ scalar: Unicode.Scalar, before next: Unicode.Scalar?) -> Bool {
        switch scalar.value {
        case 0xAD, 0x200B, 0x2060, 0xFEFF:
            next.flatMap { WritingSystem($0) }?.isWrittenWithoutSpaces != true
        default: false
        }
    }

    /// Styled letters, but not full-width punctuation, which the library knows.
    private static func isStyled(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x3000, 0xFF01...0xFF02, 0xFF08...0xFF0A, 0xFF0C...0xFF0F, 0xFF1A...0xFF1C, 0xFF1E...0xFF1F,
            0xFF3B...0xFF40, 0xFF5B...0xFF5E:
            false
        default: StyledLetters.contains(scalar)
        }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        (scalar.value < 0x20 && scalar != "\n" && scalar != "\t") || (0x7F...0x9F).contains(scalar.value)
    }
}

/// Single letters with dots between them (`A.B.C`, `a . b`), which libespeak-ng copies into 160 bytes, with the whole word
/// behind them, to look for an abbreviation (`LookupDictList` of 1.51 and 1.52; `CheckDottedAbbrev` has 80).
private struct DottedLetters {
    /// 85 letters of ASCII overflow the library, 57 of two bytes; the names of some letters are longer still.
    private static let mostLetters = 16
    /// The largest size, in bytes, of letters with their dots and the word after them.
    private static let mostBytes = 120

    private var letters = 0
    private var bytes = 0
    /// Letters of the word that is under way.
    private var word = 0
    private var isInWord = false
    private var hasDot = false

    var isTooLong: Bool { letters > Self.mostLetters || letters > 1 && bytes > Self.mostBytes }

    /// Takes the next scalar. Spaces, punctuation and marks of format neither end such letters nor are of them.
    mutating func add(_ scalar: Unicode.Scalar) {
        if scalar == "." {
            isInWord = false
            hasDot = true
            bytes += 1
        } else if Self.isOfWord(scalar) {
            if !isInWord {
                if word > 1 || !hasDot {
                    letters = 0
                    bytes = 0
                }
                letters += 1
                word = 0
                hasDot = false
            }
            isInWord = true
            word += 1
            bytes += UTF8.width(scalar)
        } else {
            isInWord = false
        }
    }

    private static func isOfWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .spaceSeparator, .lineSeparator, .paragraphSeparator, .control, .format, .connectorPunctuation,
            .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation, .finalPunctuation,
            .otherPunctuation:
            false
        default: true
        }
    }
}
