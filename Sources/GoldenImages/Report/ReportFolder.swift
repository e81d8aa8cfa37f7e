import AvatariumCore
import Foundation
import Images

/// A folder with an HTML page and, by case, the actual picture, the expected one and the difference.
public struct ReportFolder: Sendable {
    public var path: String
    /// Whether to keep the pictures of passed cases too.
    public var keepsPassed: Bool

    public init(path: String, keepsPassed: Bool = false) {
        self.path = path
        self.keepsPassed = keepsPassed
    }

    static let kinds = ["expected", "actual", "difference"]

    /// Removes what an earlier run left of a case.
    func clear(_ name: String) throws {
        let folder = "\(path)/\(name)"
        for kind in ReportFolder.kinds where FileManager.default.fileExists(atPath: "\(folder)/\(kind).png") {
            do {
                try FileManager.default.removeItem(atPath: "\(folder)/\(kind).png")
            } catch {
                throw AvatariumError(
                    .outputNotWritable, "'\(folder)/\(kind).png' of an earlier run cannot be removed",
                    context: ["path": "\(folder)/\(kind).png"], cause: error)
            }
        }
        if let rest = try? FileManager.default.contentsOfDirectory(atPath: folder), rest.isEmpty {
            try? FileManager.default.removeItem(atPath: folder)
        }
    }

    /// Writes a case's pictures.
    /// - Returns: their paths, relative to the folder, by kind.
    /// - Throws: E025.
    func keep(
        _ name: String, actual: [UInt8], expected: PixelBuffer? = nil, difference: PixelBuffer? = nil
    ) throws -> [String: String] {
        var files: [String: String] = [:]
        func write(_ kind: String, _ png: [UInt8]) throws {
            let file = "\(name)/\(kind).png"
            try ImageFile.write(png, to: "\(path)/\(file)")
            files[kind] = file
        }
        try write("actual", actual)
        if let expected { try write("expected", PNGWriter.encode(expected, compressionLevel: 6)) }
        if let difference { try write("difference", PNGWriter.encode(difference, compressionLevel: 6)) }
        return files
    }

    /// Writes the HTML page and a JSON file with the same content.
    /// - Returns: the page's path.
    /// - Throws: E025.
    public func write(_ report: GoldenReport) throws -> String {
        let page = "\(path)/index.html"
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try ImageFile.write([UInt8](try encoder.encode(report)), to: "\(path)/report.json")
        try ImageFile.write(Array(ReportPage(report: report).html.utf8), to: page)
        return page
    }
}
