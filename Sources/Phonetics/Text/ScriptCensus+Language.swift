extension ScriptCensus {
    /// The language of a text by the script of most of its letters: `"cmn"`, `"ja"`, `"ru"`; nil where most are Latin,
    /// which says nothing of the language, and where no voice reads them.
    package static func language(of text: String) -> String? {
        guard let system = ScriptCensus(text).dominant, system != .latin else { return nil }
        return system.voice(for: text.unicodeScalars)
    }
}
