import AvatariumCore

/// The JSON forms: one value, or a value a line.
enum JSONTimings {
    /// Nil where the text is no JSON at all.
    static func read(_ text: String, _ source: TimingSource) throws -> TimingContent? {
        guard let first = text.first(where: { !$0.isWhitespace }), first == "{" || first == "[" else {
            return nil
        }
        // A section header of some INI-like label format also begins with a bracket.
        let value: JSON
        do {
            value = try JSONParser.parse(text)
        } catch {
            guard let lines = try lines(text, source, failure: error) else { return nil }
            value = .array(lines)
            return try read(value, linewise: true, source)
        }
        return try read(value, linewise: false, source)
    }

    /// JSON lines: every line that is not blank is a value.
    private static func lines(
        _ text: String, _ source: TimingSource, failure: JSONSyntaxError
    ) throws -> [JSON]? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        var values: [JSON] = []
        for (index, line) in lines.enumerated() where line.contains(where: { !$0.isWhitespace }) {
            do {
                values.append(try JSONParser.parse(Array(line.utf8)))
            } catch {
                // The first line being whole tells JSON lines from broken JSON.
                let place = values.isEmpty ? failure.line : index + 1
                let problem = values.isEmpty ? failure : error
                throw source.error(
                    "it is not valid JSON: \(problem.message)", at: .line(place), cause: problem)
            }
        }
        return values
    }

    private static func read(
        _ value: JSON, linewise: Bool, _ source: TimingSource
    ) throws -> TimingContent {
        for reader in readers {
            if let content = try reader(value, source) { return content }
        }
        throw source.error(
            "this JSON is of no known timing form; see the docs for the forms, ours is "
                + "{\"phones\": [{\"start\": 0, \"end\": 0.1, \"phone\": \"m\"}]}",
            at: .pointer(""))
    }

    private typealias Reader = @Sendable (JSON, TimingSource) throws -> TimingContent?

    /// Each returns nil where the value is not of its form.
    private static let readers: [Reader] = [
        OwnTimings.read, RhubarbTimings.read, PollyTimings.read, AlignerTimings.espeak, AzureBlendShapes.read,
        AzureTimings.read, ElevenLabsTimings.read, SynthesizerTimings.cartesia, SynthesizerTimings.inworld,
        SynthesizerTimings.headTTS, SynthesizerTimings.piper, SynthesizerTimings.kokoro,
        OwnCurves.read, CurveTimings.audio2Face, CurveTimings.named, AlignerTimings.mfa,
        AlignerTimings.pocketsphinx,
        AlignerTimings.google, WordListTimings.read,
    ]
}

extension TimingSource {
    /// A number at a key, required.
    func number(_ value: JSON, _ key: String, at pointer: String) throws -> Double {
        guard let number = value[key]?.double else {
            throw error(
                "'\(key)' is \(value[key] == nil ? "missing" : "not a number"); give seconds",
                at: .pointer("\(pointer)/\(key)"))
        }
        return number
    }

    /// A string at a key, required.
    func string(_ value: JSON, _ key: String, at pointer: String) throws -> String {
        guard let string = value[key]?.string else {
            throw error(
                "'\(key)' is \(value[key] == nil ? "missing" : "not a string")",
                at: .pointer("\(pointer)/\(key)"))
        }
        return string
    }
}
