/// One phone (IPA segment) with its time span.
public struct Phone: Sendable, Equatable, Codable {
    /// Seconds from the start of the audio.
    public var start: Double
    public var end: Double
    /// The phone in IPA, without stress marks (`"p"`, `"aɪ"`, `"tʃ"`); `""` is silence. If the source knows only
    /// a class of phones (vendors' visemes), `ipa` is the most typical member of the class.
    public var ipa: String
    /// 0 unstressed, 1 primary, 2 secondary.
    public var stress: Int
    /// The index of its word, if known.
    public var wordIndex: Int?
    /// The reliability of the source, 0...1 (1 = given, less = estimated).
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

/// A piece of text, such as a word or a caption, with the time at which it is spoken or shown.
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

/// Phones and words with their times, sorted, without overlaps; gaps are silence.
public struct PhoneTimeline: Sendable, Equatable {
    public var phones: [Phone]
    public var words: [Word]
    /// The name of the source: `"espeak-ng"`, `"rhubarb"`, `"textgrid"` ...
    public var source: String

    /// The source of phones that were estimated from loudness and spectrum, without text or recognition.
    public static let audioAnalysis = "audio analysis"

    public init(phones: [Phone], words: [Word] = [], source: String) {
        self.phones = phones
        self.words = words
        self.source = source
    }

    /// The end of the last phone, seconds; 0 when empty.
    public var endSeconds: Double { phones.last?.end ?? 0 }

    /// Appends a timeline at a time in seconds; the times of `next` start at 0.
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
