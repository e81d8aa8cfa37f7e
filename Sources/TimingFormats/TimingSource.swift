import AvatariumCore
import Phonetics

/// One reading of one timing file: what is known of it besides its text, and what was noticed on the way.
package final class TimingSource {
    /// The file's name, for messages.
    package let name: String
    /// The length of the audio in seconds, where there is any.
    package let audioDuration: Double?
    /// The language that the caller asked for, as the pronouncer calls it.
    package let language: String?
    /// The speaker, channel or tier that the caller wants alone.
    package let speaker: String?
    package let pronouncer: any Pronouncer
    /// The language that the file names itself.
    private var ownLanguage: String?
    /// What was repaired, left out or assumed.
    package private(set) var diagnostics: [Diagnostic] = []
    private var pronounced: [String: [IPASegments.Segment]] = [:]

    package init(
        name: String, audioDuration: Double?, language: String?, speaker: String? = nil,
        pronouncer: any Pronouncer
    ) {
        self.name = name
        self.audioDuration = audioDuration
        self.language = language
        self.speaker = speaker
        self.pronouncer = pronouncer
    }

    /// Returns an E093 that names the file and the place in it.
    func error(_ message: String, at place: TimingPlace? = nil, cause: (any Error)? = nil) -> AvatariumError {
        var context: [String: String] = [:]
        switch place {
        case .line(let line): context["line"] = "\(line)"
        case .pointer(let pointer): context["field"] = pointer
        case nil: context["field"] = "timings"
        }
        return AvatariumError(
            .validationError, "timing file \(name.quotedForMessage()): \(spot(place))\(message)",
            context: context, cause: cause)
    }

    /// Notes something that does not keep the file from being used; at most 20 of one code are kept.
    func note(
        _ code: String, _ message: String, at place: TimingPlace? = nil,
        severity: Diagnostic.Severity = .warning
    ) {
        guard diagnostics.count(where: { $0.code == code }) < 20 else { return }
        var pointer = ""
        if case .pointer(let own) = place { pointer = own }
        let line = if case .line = place { spot(place) } else { "" }
        diagnostics.append(Diagnostic(severity, code, pointer: pointer, line + message))
    }

    private func spot(_ place: TimingPlace?) -> String {
        switch place {
        case .line(let line): "line \(line): "
        case .pointer(let pointer): "\(pointer.isEmpty ? "/" : pointer): "
        case nil: ""
        }
    }
}

/// Where in a timing file something stands.
package enum TimingPlace: Sendable, Equatable {
    case line(Int)
    /// A JSON pointer; in JSON lines the line comes first: `/3/time`.
    case pointer(String)
}

// MARK: - Pronunciation

extension TimingSource {
    /// What is pronounced where neither the caller nor the file names a language.
    package static let defaultLanguage = "en-us"
    /// Words and their phones that are remembered.
    private static let maximumPronounced = 20_000

    /// What services write where they name no language; `und`, `mul` and `zxx` are ISO 639's.
    private static let noLanguages: Set<String> = [
        "auto", "multi", "multilingual", "mul", "und", "zxx", "unknown", "detect", "none", "null",
    ]

    /// Notes the language that the file names, where the caller names none: a tag, an ISO code or Whisper's name.
    func nameLanguage(_ name: String, at place: TimingPlace?) {
        guard language == nil, ownLanguage == nil, !name.isEmpty,
            !Self.noLanguages.contains(name.lowercased())
        else { return }
        let tag = LanguageNames.tag(name)
        do {
            ownLanguage = try pronouncer.checkedLanguage(tag)
            if name.lowercased().hasPrefix("nn"), tag == "nb" {
                note("TIMING_LANGUAGE", "its language is Nynorsk; it is pronounced as Bokmål", at: place)
            }
        } catch {
            note(
                "TIMING_LANGUAGE",
                "its language '\(name.quotedForMessage(limit: 20))' has no voice here; its words are pronounced "
                    + "in \(Self.defaultLanguage) or the language of their script (name another with --language)",
                at: place)
        }
    }

    /// Chooses the language of a file that names none by the script of its words.
    func nameLanguage(byScriptOf texts: some Sequence<String>) {
        guard language == nil, ownLanguage == nil else { return }
        var sample = ""
        for text in texts {
            sample += text
            guard sample.utf8.count < 20_000 else { break }
        }
        guard let tag = ScriptCensus.language(of: sample), let known = try? pronouncer.checkedLanguage(tag)
        else {
            return
        }
        ownLanguage = known
        note(
            "TIMING_LANGUAGE", "the file names no language; by its script it is read as \(known)",
            severity: .information)
    }

    /// The language in which words are pronounced.
    var spokenLanguage: String { language ?? ownLanguage ?? Self.defaultLanguage }

    /// Returns the phones of a word or phrase. Letters of a script that the language does not read are pronounced in
    /// the commonest language of that script, and where there is none, as neutral vowels: never letter by letter.
    func segments(of text: String) throws -> [IPASegments.Segment] {
        let text = text.withPlainLetters
        if let known = pronounced[text] { return known }
        var segments: [IPASegments.Segment] = []
        for run in ScriptRun.runs(of: text, language: spokenLanguage) {
            // A single Greek letter is a symbol that most languages name: "5 Ω".
            let isSymbol = run.stranger == .greek && run.text.count(where: \.isLetter) == 1
            guard let script = run.stranger, !isSymbol else {
                segments += try pronouncer.segments(of: run.text, language: spokenLanguage)
                continue
            }
            // Chinese readings of Japanese words would be other words.
            let isKanji = script == .han && spokenLanguage.hasPrefix("ja")
            if !isKanji, let tag = script.voice(for: run.text.unicodeScalars),
                let other = try? pronouncer.checkedLanguage(tag)
            {
                segments += try pronouncer.segments(of: run.text, language: other)
                noteScript(script, "is pronounced in \(other)")
            } else {
                segments += run.text.filter(\.isLetter).map { _ in IPASegments.Segment(ipa: "ə") }
                noteScript(script, "has neutral mouths")
            }
        }
        if pronounced.count < Self.maximumPronounced { pronounced[text] = segments }
        return segments
    }

    private func noteScript(_ script: WritingSystem, _ remedy: String) {
        let message =
            "\(spokenLanguage) cannot read words in the script \(script.rawValue); such text \(remedy) (name "
            + "the language with --language)"
        guard !diagnostics.contains(where: { $0.message == message }) else { return }
        note("TIMING_SCRIPT", message)
    }
}

/// A stretch of a text that one language reads.
private struct ScriptRun {
    var text = ""
    /// The script where the language of the text cannot read it.
    var stranger: WritingSystem?

    static func runs(of text: String, language: String) -> [ScriptRun] {
        guard text.unicodeScalars.contains(where: { isStrange($0, language) != nil }) else {
            return [ScriptRun(text: text)]
        }
        var runs: [ScriptRun] = []
        for scalar in text.unicodeScalars {
            let stranger = isStrange(scalar, language)
            // Marks, digits and spaces belong to what stands before them.
            let joins = runs.last.map { $0.stranger == stranger || !isLetter(scalar) } ?? false
            if !joins { runs.append(ScriptRun(stranger: stranger)) }
            runs[runs.count - 1].text.unicodeScalars.append(scalar)
        }
        return runs
    }

    /// Vowel signs are alphabetic, but marks.
    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: false
        default: scalar.properties.isAlphabetic
        }
    }

    private static func isStrange(_ scalar: Unicode.Scalar, _ language: String) -> WritingSystem? {
        WritingSystem(scalar).flatMap { $0.isRead(byVoice: language) ? nil : $0 }
    }
}
