import Avatarium
import AvatariumCore
import CXXHash
import Foundation
import Media

/// One line of a batch file: a request and its output.
public struct BatchJob: Sendable {
    /// One-based line number in the file.
    public var line: Int
    /// The line's `id`, or its number with six digits if it has none.
    public var id: String
    public var request: ClipRequest
    /// The output's name inside the batch's folder.
    let name: String
    /// The path of the output: the batch's folder as given, and the name.
    public let output: String
    /// The names, inside the batch's folder, of captions and the poster.
    let sideNames: [String]
    /// The pattern of the frames, which have a folder of their own; nil for a clip that is one file.
    let frames: FramePattern?
    /// XXH3-64 of the line's bytes; it identifies a clip across runs and machines.
    public let key: String
    /// XXH3-64 of the output's name: the process that holds the slot's lock makes the file of that name.
    let slot: String

    /// Reads one line.
    /// - Parameters:
    ///   - line: One-based line number.
    ///   - bytes: The line, without white space at its ends.
    ///   - folder: The batch's folder.
    ///   - base: The folder that relative paths of the line start from; nil for the working directory.
    /// - Throws: E093 with a JSON pointer in `context["field"]` for a line that is not a request; E071 for an output
    ///   outside the folder, or one that no file system can hold.
    package init(
        line: Int, bytes: some Collection<UInt8>, folder: String, relativeTo base: String? = nil
    ) throws {
        self.line = line
        let data = Data(bytes)
        key = Self.hash(data)
        do {
            let parsed = try ClipRequest.parse([UInt8](data), "the line", besides: ["id"])
            let given = try Self.id(parsed.json)
            id = given ?? line.zeroPadded(6)
            var request = base.map { parsed.request.resolvingPaths(in: $0) } ?? parsed.request
            sideNames = request.edit.sideNames
            for side in sideNames {
                let field = side == request.edit.poster ? "poster" : "captions"
                try Self.checkOutput(side, path: "\(folder)/\(side)", field: field)
            }
            request.edit.putSideFiles(in: folder)
            self.request = request
            name = request.output ?? "\(id).mp4"
            output = "\(folder)/\(name)"
            try Self.checkOutput(name, path: output)
            let format = try ClipFormat(path: name)
            guard format != .hls else {
                throw AvatariumError(
                    .invalidConfig,
                    "a batch cannot write HLS, because its files cannot be put in place atomically; use "
                        + ".mp4, or `avatarium render`", context: ["field": "output"])
            }
            frames = format == .pngSequence ? FramePattern(name) : nil
            if let frames { try Self.checkFrames(frames, name) }
            try request.inputs.check(output: output)
            slot = Self.hash(Data(name.utf8))
        } catch let error as AvatariumError {
            throw error.adding(context: ["line": "\(line)"])
        }
    }

    private static func id(_ json: JSON) throws -> String? {
        guard let id = json["id"] else { return nil }
        guard let text = id.string, !text.isEmpty else {
            throw AvatariumError(
                .validationError,
                "the line's id must be a non-empty string; give one, or omit id",
                context: ["field": "id"])
        }
        return text
    }

    /// Returns the id that a line gives, however wrong the rest of the line is; nil where none can be seen.
    static func id(in bytes: some Collection<UInt8>) -> String? {
        if let json = try? JSONParser.parse(Array(bytes)) {
            return json["id"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        }
        // The line is not JSON: the first member that looks like an id, where it is near the beginning.
        let text = String(decoding: bytes.prefix(4096), as: UTF8.self)
        guard let match = text.firstMatch(of: #/"id"[ \t]*:[ \t]*"([^"\\]{1,255})"/#) else { return nil }
        return String(match.1)
    }

    /// Bytes of a file's name, and of a whole path, on Linux (`NAME_MAX`, `PATH_MAX` less its terminating zero).
    private static let longestName = 255
    private static let longestPath = 4095

    private static func checkOutput(_ name: String, path: String, field: String = "output") throws {
        func refuse(_ fact: String) -> AvatariumError {
            AvatariumError(
                .invalidConfig, "the output '\(name.quotedForMessage())' \(fact)",
                context: ["field": field])
        }
        // Lengths come first, so that nothing below can take long.
        guard path.utf8.count <= longestPath else {
            throw refuse("makes a path of more than \(longestPath) bytes; choose a shorter name")
        }
        // Bytes, since an accent after a slash would be one character with it.
        let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.allSatisfy({ $0.count <= longestName }) else {
            throw refuse("has a component of more than \(longestName) bytes; choose a shorter name")
        }
        let reserved = ["", ".", "..", ".avatarium"]
        guard name != "-",
            !parts.contains(where: { part in reserved.contains { part.elementsEqual($0.utf8) } }),
            !name.unicodeScalars.contains(where: { $0.value < 0x20 })
        else { throw refuse("must be a name inside the batch's folder") }
    }

    private static func checkFrames(_ frames: FramePattern, _ name: String) throws {
        guard frames.folder != "." else {
            throw AvatariumError(
                .invalidConfig,
                "the frames '\(name.quotedForMessage())' need a folder of their own, as in hello/%05d.png",
                context: ["field": "output"])
        }
        guard frames.name(0).utf8.count <= longestName else {
            throw AvatariumError(
                .invalidConfig,
                "the frames' names have more than \(longestName) bytes; choose a shorter pattern",
                context: ["field": "output"])
        }
    }

    /// What appears when the clip is whole: the file, or the frames' folder.
    var target: String { frames == nil ? output : output.folder }

    /// Returns the XXH3-64 of some bytes in hexadecimal digits, the same on every machine.
    package static func hash(_ data: Data) -> String {
        String(data.withUnsafeBytes { XXH3_64bits($0.baseAddress, $0.count) }, radix: 16)
    }
}
