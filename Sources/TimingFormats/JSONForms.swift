import AvatariumCore

/// The JSON forms: one value, or a value per line.
enum JSONForms {
    /// Returns nil where the text is not JSON at all.
    static func read(_ text: String, _ source: TimingSource) throws -> TimingContent? {
        guard let first = text.first(where: { !$0.isWhitespace }), first == "{" || first == "[" else {
            return nil
        }
        do {
            return try content(JSONParser.parse(text), source)
        } catch let failure as JSONSyntaxError {
            guard looksLikeJSON(text) else { return nil }
            return try content(.array(lines(text, source, failure: failure)), source)
        }
    }

    /// Whether a text that is not JSON was meant as such: `[00:01.00]` and `[Section]` were not.
    private static func looksLikeJSON(_ text: String) -> Bool {
        let rest = text.drop(while: \.isWhitespace)
        guard rest.first == "[" else { return true }
        guard let next = rest.dropFirst().first(where: { !$0.isWhitespace }) else { return true }
        if "[{\"]-tfn".contains(next) { return true }
        // A number of JSON has no second 0 in front and no colon in it.
        let token = rest.dropFirst().drop(while: \.isWhitespace).prefix { !",]\n ".contains($0) }
        return next.isNumber && Double(token) != nil
    }

    /// JSON lines: every line that is not blank is a value.
    private static func lines(
        _ text: String, _ source: TimingSource, failure: JSONSyntaxError
    ) throws -> [JSON] {
        var values: [JSON] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where line.contains(where: { !$0.isWhitespace }) {
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

    private static func content(_ value: JSON, _ source: TimingSource) throws -> TimingContent {
        for format in TimingFormat.all {
            if let content = try format.readJSON?(value, source) { return content }
        }
        if let empty = emptyList(value) {
            throw source.error(
                "its list of timings is empty; ask what wrote the file for timestamps, or give the text as "
                    + "--transcript", at: .pointer(empty))
        }
        throw source.error(
            "this JSON is of no known timing form; see the docs for the forms, ours is "
                + "{\"phones\": [{\"start\": 0, \"end\": 0.1, \"phone\": \"m\"}]}",
            at: .pointer(""))
    }

    private static let lists: Set<String> = [
        "timestamps", "words", "phones", "visemes", "segments", "chunks", "mouthCues", "word_segments",
        "tokens",
        "alignment", "word_timestamps", "phoneme_timestamps", "result", "frames", "utterances", "channels",
    ]

    /// The pointer of a list of a known form that holds nothing, among the first 2,000 values.
    private static func emptyList(_ value: JSON) -> String? {
        var queue = [JSONCursor(value)]
        var next = 0
        while next < queue.count, next < 2000 {
            let cursor = queue[next]
            next += 1
            if cursor.value.array?.isEmpty == true { return cursor.pointer }
            queue += cursor.elements.prefix(64)
            for (name, member) in cursor.members.prefix(64) {
                let isEmpty = member.value == .null || member.value.array?.isEmpty == true
                if isEmpty, lists.contains(name) { return member.pointer }
                if member.value.object != nil || !isEmpty && member.value.array != nil {
                    queue.append(member)
                }
            }
        }
        return nil
    }
}
