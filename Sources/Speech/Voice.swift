/// A voice that an engine on this host can speak with.
public struct Voice: Sendable, Codable, Equatable {
    /// What `--voice` takes: `"espeak:en-us"`.
    public var id: String
    /// The engine's own name for it: `"English (America)"`.
    public var name: String
    /// BCP 47 tag, lower case: `"en-us"`.
    public var language: String
    /// `"male"`, `"female"`, or nil where the voice does not say.
    public var gender: String?
    /// The engine's name: `"espeak"`.
    public var engine: String
    /// A remark for a human, empty if there is none.
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
