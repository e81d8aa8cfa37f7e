/// Converts written text to phones.
///
/// Timing files often hold only words or characters. Their readers ask a pronouncer for the phones, so that they
/// depend on no speech engine; `ESpeakPronouncer` in the module Speech is the one that Avatarium uses.
public protocol Pronouncer: Sendable {
    /// Returns the phones of a text in order; empty where nothing in it is spoken.
    /// - Parameter language: A name that `checkedLanguage` returned, or a language tag: `"en-us"`, `"de"`.
    /// - Throws: E034 for an unknown language, E084 where the engine is missing on this host.
    func segments(of text: String, language: String) throws -> [IPASegments.Segment]

    /// Returns the pronouncer's own name of a language, a voice or a tag: `"de-DE"` is `"de"`.
    /// - Throws: E034 with near names in `context["suggestions"]`, E084.
    func checkedLanguage(_ name: String) throws -> String
}
