import CXXHash
import Foundation
import Media

/// One line of a batch file: a request, and where its clip goes.
public struct BatchJob: Sendable {
    /// One-based line number in the file.
    public var line: Int
    /// The line's own `id`, else its number in six digits.
    public var id: String
    public var request: ClipRequest
    /// The output's name inside the batch's folder.
    var name: String
    /// Where the clip goes: the folder as it was given, and the name.
    public var output: String
    /// Frames live in a folder of their own, which takes its place as one; nil for a file.
    let frames: FramePattern?
    /// XXH3-64 of the line's bytes: the same line is the same clip, wherever and whenever it runs.
    public var key: String
    /// XXH3-64 of the output's name: who holds the slot makes the file of that name.
    var slot: String

    private struct Identity: Decodable {
        var id: String?
    }

    /// Reads one line.
    /// - Throws: E093 with `context["field"]` for JSON that is no request; E071 for an output outside the folder.
    package init(line: Int, bytes: some Collection<UInt8>, folder: String) throws {
        let data = Data(bytes)
        self.line = line
        key = Self.hash(data)
        try Self.checkFields(data, line: line)
        do {
            id = try JSONDecoder().decode(Identity.self, from: data).id ?? line.zeroPadded(6)
            request = try JSONDecoder().decode(ClipRequest.self, from: data)
        } catch let error as DecodingError {
            throw error.validationError(
                "line \(line) is not a clip request", context: ["line": "\(line)"])
        }
        guard !id.isEmpty else {
            throw AvatariumError(
                .validationError, "line \(line) has an empty id: give it a name, or leave `id` out",
                context: ["line": "\(line)", "field": "id"])
        }
        name = request.output ?? "\(id).mp4"
        output = "\(folder)/\(name)"
        do {
            try Self.checkOutput(name, line: line)
            frames = try ClipFormat(path: name) == .pngSequence ? FramePattern(name) : nil
            guard frames?.folder != "." else { throw Self.framesNeedAFolder(name) }
            try request.inputs.check(output: output)
        } catch let error as AvatariumError {
            throw error.adding(context: ["line": "\(line)"])
        }
        slot = Self.hash(Data(name.utf8))
    }

    /// The id that a line gives, however wrong the rest of it is.
    static func id(in bytes: some Collection<UInt8>) -> String? {
        (try? JSONParser.parse(Array(bytes)))?["id"]?.string.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Fields that a line may have: the request's own, and `id`.
    private static let fields = Set(Mirror(reflecting: ClipRequest()).children.compactMap(\.label) + ["id"])

    /// A misspelt field would silently leave thousands of clips with a default.
    private static func checkFields(_ data: Data, line: Int) throws {
        let value: JSON
        do {
            value = try JSONParser.parse([UInt8](data))
        } catch {
            throw AvatariumError(
                .validationError,
                "line \(line) is not JSON: \(error.message) at column \(error.column)",
                context: ["line": "\(line)", "field": ""])
        }
        guard let object = value.object else {
            throw AvatariumError(
                .validationError, "line \(line) is no JSON object: write {\"text\": \"...\"}",
                context: ["line": "\(line)", "field": ""])
        }
        if let unknown = object.keys.first(where: { !fields.contains($0) }) {
            throw AvatariumError(
                .validationError,
                "line \(line) has a field '\(unknown)' that no request has: the fields are "
                    + fields.sorted().joined(separator: ", "),
                context: ["line": "\(line)", "field": unknown])
        }
        try checkNumbers(object, line: line)
        if let twice = object.duplicateKeys.first {
            throw AvatariumError(
                .validationError, "line \(line) gives '\(twice)' twice: leave one out",
                context: ["line": "\(line)", "field": twice])
        }
    }

    /// Foundation says of a number that is out of range only that the data are not valid JSON.
    private static func checkNumbers(_ object: JSONObject, line: Int) throws {
        for (field, range, words) in [
            ("seed", 0...0x1p64, "0 to 18446744073709551615"), ("samples", -0x1p62...0x1p62, "1 to 16"),
        ] {
            guard let value = object[field]?.double,
                value.rounded() != value || !range.contains(value) || value == 0x1p64
            else { continue }
            throw AvatariumError(
                .validationError, "line \(line): \(field) must be a whole number, \(words)",
                context: ["line": "\(line)", "field": field])
        }
        for field in object.keys {
            guard let value = object[field]?.double, abs(value) > 1e30 else { continue }
            throw AvatariumError(
                .validationError, "line \(line): \(field) is out of range",
                context: ["line": "\(line)", "field": field])
        }
    }

    private static func checkOutput(_ name: String, line: Int) throws {
        // Bytes, since an accent after a slash would be one character with it.
        let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let reserved = ["", ".", "..", ".avatarium"]
        guard name != "-",
            !parts.contains(where: { part in reserved.contains { part.elementsEqual($0.utf8) } }),
            !name.unicodeScalars.contains(where: { $0.value < 0x20 })
        else {
            throw AvatariumError(
                .invalidConfig, "line \(line): the output '\(name)' must be a name inside the batch's folder",
                context: ["line": "\(line)", "field": "output"])
        }
    }

    private static func framesNeedAFolder(_ name: String) -> AvatariumError {
        AvatariumError(
            .invalidConfig, "the frames '\(name)' need a folder of their own, as in hello/%05d.png",
            context: ["field": "output"])
    }

    /// What appears when the clip is whole: the file, or the frames' folder.
    var target: String { frames == nil ? output : output.folder }

    /// Stable on every machine, so that shards agree.
    package static func hash(_ data: Data) -> String {
        String(data.withUnsafeBytes { XXH3_64bits($0.baseAddress, $0.count) }, radix: 16)
    }
}
