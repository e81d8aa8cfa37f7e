import Phonetics

/// Pronounces by espeak-ng's dictionaries and rules, in all of its languages.
public struct ESpeakPronouncer: Pronouncer {
    public init() {}

    public func segments(of text: String, language: String) throws -> [IPASegments.Segment] {
        try Pronunciation.segments(of: text, language: language)
    }

    public func checkedLanguage(_ name: String) throws -> String { try ESpeakEngine.checkedVoice(name) }
}
