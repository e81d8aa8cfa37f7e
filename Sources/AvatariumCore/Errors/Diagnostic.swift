/// A problem in an input that was used nevertheless. It is a value returned with the result, not a log line.
public struct Diagnostic: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The severities of Khronos' glTF-Validator, same numbers.
    public enum Severity: Int, Sendable, Codable, Comparable {
        case error = 0
        case warning = 1
        case information = 2
        case hint = 3

        public static func < (a: Severity, b: Severity) -> Bool { a.rawValue < b.rawValue }
    }

    public var severity: Severity
    /// The code of glTF-Validator if it has one (`ACCESSOR_INDEX_OOB`), otherwise one of Avatarium's in the same
    /// style.
    public var code: String
    /// A JSON pointer into the document; empty for the whole document.
    public var pointer: String
    public var message: String
    /// The byte offset in the file, for errors below the level of JSON.
    public var offset: Int?

    public init(
        _ severity: Severity, _ code: String, pointer: String = "", _ message: String, offset: Int? = nil
    ) {
        self.severity = severity
        self.code = code
        self.pointer = pointer.utf8.count > 1000 ? String(pointer.prefix(1000)) + "..." : pointer
        self.message = message.quotedForMessage(limit: 500)
        self.offset = offset
    }

    /// Characters of a message: names from a file may have megabytes.
    private static let longestMessage = 2000

    public var description: String {
        let place =
            offset.map { "byte \($0)" } ?? (pointer.isEmpty ? "/" : pointer.quotedForMessage(limit: 200))
        return "\(severity) \(code) at \(place): \(message)"
    }
}

extension Diagnostic {
    /// glTF-Validator's warnings of files that are drawn as their authors meant them: the name `VRM` of VRM 0.x, and
    /// normal maps without tangents, for which the specification has a rule (glTF 2.0, 3.7.2.1).
    private static let withoutConsequence: Set<String> = [
        "INVALID_EXTENSION_NAME_FORMAT", "MESH_PRIMITIVE_GENERATED_TANGENT_SPACE",
    ]

    /// Whether it is a warning, or worse, that who makes a clip should hear of.
    package var concernsResult: Bool { severity <= .warning && !Self.withoutConsequence.contains(code) }
}

extension Sequence<Diagnostic> {
    /// One line per code: its first diagnostic, and the number of others.
    public var brief: [String] {
        var order: [String] = []
        var byCode: [String: [Diagnostic]] = [:]
        for diagnostic in self {
            if byCode[diagnostic.code] == nil { order.append(diagnostic.code) }
            byCode[diagnostic.code, default: []].append(diagnostic)
        }
        return order.compactMap { code in
            guard let all = byCode[code], let first = all.first else { return nil }
            return all.count == 1 ? "\(first)" : "\(first) (and \(all.count - 1) more of the kind)"
        }
    }
}
