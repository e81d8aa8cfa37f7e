/// One phone (IPA segment) with its time span.
public struct Phone: Sendable, Equatable, Codable {
    /// Seconds from the start of the audio.
    public var start: Double
    public var end: Double
    /// The phone in IPA, without stress marks (`"p"`, `"aɪ"`, `"tʃ"`); `""` is silence. Where the source knows
    /// only a class of sounds (visemes of vendors), `ipa` is the class's most typical member.
    public var ipa: String
    /// 0 unstressed, 1 primary, 2 secondary.
    public var stress: Int
    /// Index of the word that it belongs to, where known.
    public var wordIndex: Int?
    /// 0...1: how far the source can be trusted (1 = given, less = estimated).
    public var confidence: Float

    public init(
        start: Double, end: Double, ipa: String, stress: Int = 0, wordIndex: Int? = nil, confidence: Float = 1
    ) {
        self.start = start
        self.end = end
        self.ipa = ipa
        self.stress = stress
        self.wordIndex = wordIndex
        self.confidence = confidence
    }

    public var isSilence: Bool { ipa.isEmpty }
    public var duration: Double { end - start }
}

/// A word of the transcript with its times.
public typealias Word = TimedText

/// A piece of text, such as a word or a caption, and when it is spoken or shown.
public struct TimedText: Sendable, Hashable, Codable {
    /// Seconds.
    public var start: Double
    public var end: Double
    public var text: String

    public init(start: Double, end: Double, text: String) {
        self.start = start
        self.end = end
        self.text = text
    }
}

/// What is said and when: time-sorted, without overlaps; gaps are silence.
public struct PhoneTimeline: Sendable, Equatable {
    public var phones: [Phone]
    public var words: [Word]
    /// The name of what it was read from: `"espeak-ng"`, `"rhubarb"`, `"textgrid"` ...
    public var source: String

    /// The source of phones that were guessed from loudness and spectrum, without text or recognition.
    public static let audioAnalysis = "audio analysis"

    public init(phones: [Phone], words: [Word] = [], source: String) {
        self.phones = phones
        self.words = words
        self.source = source
    }

    /// The end of the last phone, seconds; 0 when empty.
    public var endSeconds: Double { phones.last?.end ?? 0 }

    /// Adds what is said from a time (seconds) on; the times of `next` start at 0.
    public mutating func append(_ next: PhoneTimeline, at offset: Double) {
        let firstWord = words.count
        words += next.words.map { Word(start: $0.start + offset, end: $0.end + offset, text: $0.text) }
        phones += next.phones.map { phone in
            var moved = phone
            moved.start += offset
            moved.end += offset
            moved.wordIndex = phone.wordIndex.map { $0 + firstWord }
            return moved
        }
    }
}
