/// A voice of a speech engine on this host.
public struct Voice: Sendable, Codable, Equatable {
    /// The id, as used by `--voice`: `"espeak:en-us"`.
    public var id: String
    /// The engine's name of the voice: `"English (America)"`.
    public var name: String
    /// The BCP 47 tag of its language, lower case: `"en-us"`.
    public var language: String
    /// `"male"`, `"female"`, or nil if unknown.
    public var gender: String?
    /// The engine's name: `"espeak"`.
    public var engine: String
    /// A remark for display; empty if there is none.
    public var note: String

    public init(
        id: String, name: String, language: String, gender: String? = nil, engine: String, note: String = ""
    ) {
        self.id = id
        self.name = name
        self.language = language
        self.gender = gender
        self.engine = engine
        self.note = note
    }
}
