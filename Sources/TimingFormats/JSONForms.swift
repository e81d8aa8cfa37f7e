import AvatariumCore

/// The JSON forms: one value, or a value per line.
enum JSONForms {
    /// Returns nil where the text is not JSON at all.
    static func read(_ text: String, _ source: TimingSource) throws -> TimingContent? {
        let text = withoutEvents(text)
        guard let first = text.first(where: { !$0.isWhitespace }), first == "{" || first == "[" else {
            return nil
        }
        do {
            return try content(JSONParser.parse(text), source)
        } catch let failure as JSONSyntaxError {
            guard looksLikeJSON(text) else { return nil }
            if let values = values(behindOneAnother: text) { return try content(.array(values), source) }
            return try content(.array(lines(text, source, failure: failure)), source)
        }
    }

    /// The data of server-sent events, an event a line; other texts as they are.
    private static func withoutEvents(_ text: String) -> String {
        let start = text.drop(while: \.isWhitespace)
        guard ["data:", "event:", "id:", "retry:", ":"].contains(where: { start.hasPrefix($0) }),
            text.contains("data:")
        else { return text }
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            guard line.hasPrefix("data:") else { return "" }
            let data = line.dropFirst(5).drop(while: \.isWhitespace)
            return data.hasPrefix("{") || data.hasPrefix("[{") ? String(data) : ""
        }.joined(separator: "\n")
    }

    /// Objects that stand behind one another without a line break between them, or that take several lines each; nil
    /// where they are not whole.
    private static func values(behindOneAnother text: String) -> [JSON]? {
        var values: [JSON] = []
        let bytes = Array(text.utf8)
        var depth = 0
        var start = 0
        var isString = false
        var isEscaped = false
        for (index, byte) in bytes.enumerated() {
            if isString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                if depth == 0 { start = index }
                depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                guard depth >= 0 else { return nil }
                if depth == 0 {
                    guard let value = try? JSONParser.parse(Array(bytes[start...index])) else { return nil }
                    values.append(value)
                }
            default:
                guard depth > 0 || [0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ",")].contains(byte) else {
                    return nil
                }
            }
        }
        return depth == 0 && values.count > 1 ? values : nil
    }

    /// Whether a text that is not JSON was meant as such: `[00:01.00]` and `[Section]` were not.
    private static func looksLikeJSON(_ text: String) -> Bool {
        let rest = text.drop(while: \.isWhitespace)
        guard rest.first == "[" else { return true }
        guard let next = rest.dropFirst().first(where: { !$0.isWhitespace }) else { return true }
        if "[{\"]-".contains(next) { return true }
        // A number of JSON has no second 0 in front and no colon in it.
        let token = rest.dropFirst().drop(while: \.isWhitespace).prefix { !",]\n ".contains($0) }
        return ["true", "false", "null"].contains(String(token)) || next.isNumber && Double(token) != nil
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
        if let problem = answeredError(value) {
            throw source.error(
                "it is the error response of a service, '\(problem.quotedForMessage(limit: 80))'; request "
                    + "it again",
                at: .pointer(""))
        }
        if let empty = emptyList(value) {
            throw source.error(
                "its list of timings is empty; have the program that wrote the file include timestamps, or "
                    + "give the text as --transcript", at: .pointer(empty))
        }
        throw source.error(
            "this JSON has no known timing format\(shape(value)); give words, phones or visemes with times "
                + "in a format listed in the docs, or Avatarium's own, {\"phones\": [{\"start\": 0, "
                + "\"end\": 0.1, \"phone\": \"m\"}]}",
            at: .pointer(""))
    }

    /// What was found, for messages: ": it has 'foo', 'bar'".
    private static func shape(_ value: JSON) -> String {
        let holder = value.object != nil ? value : value.array?.first ?? value
        guard let keys = holder.object?.keys, !keys.isEmpty else {
            return value.array == nil
                ? "" : ": it is a list of \(value.array?.isEmpty == true ? "nothing" : "no objects")"
        }
        let names = keys.prefix(6).map { "'\($0.quotedForMessage(limit: 24))'" }.joined(separator: ", ")
        return
            ": \(value.array == nil ? "it has" : "its list's first has") \(names)\(keys.count > 6 ? ", ..." : "")"
    }

    /// The message of a service's error: `{"error": {"message"}}`, `{"error": ""}`, `{"detail": {"message"}}`.
    private static func answeredError(_ value: JSON) -> String? {
        for key in ["error", "detail", "err_msg", "errorMessage"] {
            guard let error = value[key] else { continue }
            if let text = error.string ?? error["message"]?.string ?? error["status"]?.string { return text }
        }
        return nil
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
