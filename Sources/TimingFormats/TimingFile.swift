import AvatariumCore
import Phonetics

/// What a timing file holds.
public enum TimingContent: Sendable, Equatable {
    /// Phones with their times, or classes of phones that look alike (visemes).
    case phones(PhoneTimeline)
    /// A ready-made performance of the face.
    case curves(FaceTrack)
}

/// A timing file that was read. The form is found from the content, never from the name alone.
public struct TimingFile: Sendable {
    public let content: TimingContent
    /// What was repaired, left out or assumed.
    public let diagnostics: [Diagnostic]

    /// Files larger than this many bytes are refused.
    public static let maximumSize = 256 << 20

    /// Reads a timing file of any known format (`TimingFormat.all`).
    /// - Parameters:
    ///   - name: The file's name, for messages and as a hint where two forms look alike.
    ///   - audioDurationSeconds: The length of the audio, where there is any: nothing may lie more than 0.1 s
    ///     past it, and it closes the last phone of forms without durations.
    ///   - language: The language by which forms that hold only words or characters are pronounced; nil takes the
    ///     file's own, else that of the words' script, else `en-us`.
    ///   - speaker: The speaker, channel or tier to read where the file has several; nil merges all by time.
    ///   - pronouncer: Says how words and characters are pronounced.
    /// - Throws: E093 with `context["line"]` or a JSON pointer in `context["field"]`; E034 for an unknown language.
    public static func read(
        _ bytes: [UInt8], name: String, audioDurationSeconds: Double?, language: String? = nil,
        speaker: String? = nil, pronouncer: any Pronouncer
    ) throws -> TimingFile {
        let source = TimingSource(
            name: name, audioDuration: audioDurationSeconds,
            language: try language.map { try pronouncer.checkedLanguage($0) }, speaker: speaker,
            pronouncer: pronouncer)
        do {
            guard bytes.count <= maximumSize else {
                throw source.error("the file is larger than \(maximumSize >> 20) MB; split it")
            }
            let content = try content(TimingText(bytes, source), source)
            return TimingFile(content: content, diagnostics: source.diagnostics)
        } catch let error as AvatariumError {
            throw error.adding(context: ["path": name])
        }
    }

    private static func content(_ text: TimingText, _ source: TimingSource) throws -> TimingContent {
        if let foreign = ForeignFormat(text) { throw source.error(foreign.message) }
        if let content = try JSONForms.read(text.text, source) { return content }
        let isXML = text.lines[0].text.drop(while: \.isWhitespace).first == "<"
        for format in TimingFormat.all {
            // A comment of XML ends like the arrow of a cue.
            if isXML, format.name == "srt" || format.name == "vtt" { continue }
            if let content = try format.readText?(text, source) { return content }
        }
        if let message = ForeignFormat.xml(text) { throw source.error(message) }
        throw source.error(
            "its format is not known (its first line is "
                + "'\(text.lines[0].text.quotedForMessage(limit: 40))'); give Avatarium's "
                + "own JSON, Rhubarb, TextGrid, HTK labels, .srt, .vtt, Polly, Azure, ElevenLabs or another "
                + "format of the table in the docs, not audio")
    }
}
