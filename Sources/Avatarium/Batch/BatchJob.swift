import CXXHash
import Foundation

/// One line of a batch file: a request, and where its clip goes.
public struct BatchJob: Sendable {
    /// One-based line number in the file.
    public var line: Int
    /// The line's own `id`, else its number in six digits.
    public var id: String
    public var request: ClipRequest
    /// Where the clip goes, inside the batch's folder.
    public var output: String
    /// XXH3-64 of the line's text: the same line is the same clip, wherever and whenever it runs.
    public var key: String

    private struct Identity: Decodable {
        var id: String?
    }

    /// Reads one line.
    /// - Throws: E093 with `context["field"]` for JSON that is no request; E071 for an output outside the folder.
    init(line: Int, text: String, folder: String) throws {
        let data = Data(text.utf8)
        self.line = line
        do {
            id = try JSONDecoder().decode(Identity.self, from: data).id ?? Self.padded(line)
            request = try JSONDecoder().decode(ClipRequest.self, from: data)
        } catch let error as DecodingError {
            throw AvatariumError(
                .validationError, "line \(line) is no clip request: \(error.plainWords)",
                context: ["line": "\(line)", "field": error.field])
        }
        let name = request.output ?? "\(id).mp4"
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard name != "-", !name.hasPrefix("/"), !parts.contains(".."), !parts.contains("") else {
            throw AvatariumError(
                .invalidConfig, "line \(line): the output '\(name)' must be a name inside the batch's folder",
                context: ["line": "\(line)", "field": "output"])
        }
        output = "\(folder)/\(name)"
        key = Self.hash(text)
    }

    static func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }

    /// Stable on every machine, so that shards agree.
    static func hash(_ text: String) -> String {
        String(number(text), radix: 16)
    }

    static func number(_ text: String) -> UInt64 {
        let bytes = Array(text.utf8)
        return bytes.withUnsafeBytes { XXH3_64bits($0.baseAddress, $0.count) }
    }
}

extension DecodingError {
    /// The path of the value that is wrong, `/` between keys.
    var field: String {
        switch self {
        case .dataCorrupted(let context), .valueNotFound(_, let context), .typeMismatch(_, let context):
            context.codingPath.map(\.stringValue).joined(separator: "/")
        case .keyNotFound(let key, let context):
            (context.codingPath + [key]).map(\.stringValue).joined(separator: "/")
        @unknown default: ""
        }
    }

    var plainWords: String {
        switch self {
        case .dataCorrupted(let context), .valueNotFound(_, let context), .typeMismatch(_, let context):
            field.isEmpty ? context.debugDescription : "\(field): \(context.debugDescription)"
        case .keyNotFound: "\(field) is missing"
        @unknown default: "\(self)"
        }
    }
}
