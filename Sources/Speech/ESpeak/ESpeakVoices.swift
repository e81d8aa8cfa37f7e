import AvatariumCore
import Foundation

/// The voices and variants that libespeak-ng has on this host, and what callers may call them.
///
/// No other name reaches the library, which copies names into small buffers and opens files of such names.
struct ESpeakVoices: Sendable {
    /// The voices that speak a language, one for each (no variants, no MBROLA voices, which need files of their own).
    let voices: [Voice]
    /// What the library calls a voice, by every name for it in lower case: its languages, its name, its file.
    private let names: [String: String]
    /// Lists the library's variants; asked only where a name has one.
    private let variants: @Sendable () throws -> [String]

    /// Names are no longer than this, UTF-8 bytes.
    private static let longestName = 30

    /// espeak-ng 1.51's voice `cmn` spells its own dictionary's Pinyin in English; the Pinyin voice speaks it.
    private static let aliases = [
        "cmn": "cmn-latn-pinyin", "zh": "cmn-latn-pinyin", "zh-cmn": "cmn-latn-pinyin",
        "zh-cn": "cmn-latn-pinyin", "zh-tw": "cmn-latn-pinyin",
        // Nynorsk and Norwegian are read by the voice of Bokmål.
        "nn": "nb", "no": "nb",
        // ISO 639-2's bibliographic codes, which differ from the terminological ones.
        "alb": "sq", "arm": "hy", "baq": "eu", "bur": "my", "chi": "cmn-latn-pinyin", "cze": "cs",
        "dut": "nl",
        "fre": "fr", "geo": "ka", "ger": "de", "gre": "el", "ice": "is", "mac": "mk", "mao": "mi",
        "may": "ms",
        "per": "fa", "rum": "ro", "slo": "sk", "wel": "cy",
    ]

    /// - Parameter lines: As `ESpeakSession.list` gives them.
    init(_ lines: [[String]], variants: @escaping @Sendable () throws -> [String]) {
        var voices: [Voice] = []
        var names: [String: String] = [:]
        for line in lines where line.count >= 5 {
            let (name, identifier) = (line[0], line[1])
            let languages = stride(from: 4, to: line.count, by: 2).map { line[$0] }
            guard !identifier.hasPrefix("mb/"), let language = languages.first else { continue }
            let isFirst = !voices.contains { $0.language == language }
            // A second voice of a language (Cantonese has two) cannot be asked for by it.
            if isFirst {
                voices.append(
                    Voice(
                        id: "espeak:\(language)", name: name, language: language,
                        gender: line[2] == "1" ? "male" : line[2] == "2" ? "female" : nil, engine: "espeak"))
            }
            for language in languages where names[language.lowercased()] == nil {
                names[language.lowercased()] = language
            }
            for other in [name, identifier] where names[other.lowercased()] == nil {
                names[other.lowercased()] = other
            }
        }
        self.voices = voices
        self.names = names
        self.variants = variants
    }

    /// Returns what the library calls a voice or language, `"en-us"`, `"EN-US+f3"`, `"English (America)"`, `"de_DE"`;
    /// nil where it has none.
    func known(_ asked: String) throws -> String? {
        guard !asked.isEmpty, asked.utf8.count <= Self.longestName else { return nil }
        let parts = asked.lowercased().split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
        guard let voice = base(String(parts[0])) else { return nil }
        guard parts.count == 2 else { return voice }
        return try variants().first { $0.lowercased() == parts[1] }.map { "\(voice)+\($0)" }
    }

    private func base(_ name: String) -> String? {
        if let alias = Self.aliases[name], names[alias] != nil { return alias }
        if let known = names[name] { return known }
        // A tag with a region ("de-DE", "fr_FR", "es-419") or of ISO 639-2 ("deu") whose language speaks.
        let parts = name.split(whereSeparator: { $0 == "-" || $0 == "_" }).map(String.init)
        guard parts.count <= 2, let language = parts.first else { return nil }
        if parts.count == 2 {
            // "en-xx" is a misspelling, not English.
            let region = parts[1].uppercased()
            guard Locale.Region.isoRegions.contains(where: { $0.identifier == region }) else { return nil }
        }
        let short = Locale.LanguageCode(language).identifier(.alpha2) ?? language
        let tags = parts.count == 2 ? ["\(language)-\(parts[1])", "\(short)-\(parts[1])", short] : [short]
        for tag in tags {
            if let alias = Self.aliases[tag], names[alias] != nil { return alias }
            if let known = names[tag] { return known }
        }
        return nil
    }

    /// The name of a voice that exists.
    /// - Throws: E034 with the nearest names.
    func checked(_ asked: String) throws -> String {
        if let known = try known(asked) { return known }
        let shown = asked.quotedForMessage(limit: 40)
        let parts = asked.lowercased().split(separator: "+", maxSplits: 1).map(String.init)
        let isVariant = parts.count == 2 && base(parts[0]) != nil
        let near =
            try isVariant
            ? NearMatches.of(parts[1], in: variants()).map { "\(parts[0])+\($0)" }
            : NearMatches.of(asked.lowercased(), in: voices.map(\.language))
        let remedy =
            near.isEmpty
            ? "`avatarium voices` lists them" : "did you mean \(near.joined(separator: ", "))?"
        throw AvatariumError(
            .ttsVoiceNotFound, "espeak-ng has no voice '\(shown)'; \(remedy)",
            context: ["voice": shown, "provider": "espeak", "suggestions": near.joined(separator: ",")])
    }
}
