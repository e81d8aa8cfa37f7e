import Avatarium
import AvatariumCore
import Foundation
import Images

/// A folder of expected pictures: `RENDERER/NAME.png` first, then `NAME.png` for every renderer.
public struct ExpectedImages: Sendable {
    public var folder: String
    /// The renderer's name, as `RendererName.normalized` gives it.
    public var renderer: String
    /// Whether to record for all renderers instead of only this one.
    public var recordsForAll = false

    public init(folder: String, renderer: String) {
        self.folder = folder
        self.renderer = renderer
    }

    /// Returns the path of the expected picture, or nil if there is none.
    public func path(of name: String) -> String? {
        ["\(folder)/\(renderer)/\(name).png", "\(folder)/\(name).png"]
            .first { FileManager.default.fileExists(atPath: $0) }
    }

    /// Reads an expected picture.
    /// - Throws: E093 for a file that is not an image.
    public func image(at path: String) throws -> PixelBuffer {
        do {
            return try ImageFile.decode([UInt8](Data(contentsOf: URL(fileURLWithPath: path))))
        } catch {
            throw AvatariumError(
                .validationError, "the expected picture '\(path)' cannot be read: record it again",
                context: ["path": path], cause: error)
        }
    }

    /// Records a picture as the expected one. When recording for all renderers, the picture of this renderer is
    /// removed, because it would take precedence.
    /// - Returns: The path of the file.
    /// - Throws: E025 when it cannot be written.
    public func record(_ png: [UInt8], as name: String) throws -> String {
        let own = "\(folder)/\(renderer)/\(name).png"
        let path = recordsForAll ? "\(folder)/\(name).png" : own
        try ImageFile.write(png, to: path)
        if recordsForAll { try? FileManager.default.removeItem(atPath: own) }
        return path
    }

    /// Returns the pictures in the folder, for this renderer or for all, that belong to none of the names.
    public func strays(besides names: [String]) -> [String] {
        let known = Set(names.map { $0 + ".png" })
        return [folder, "\(folder)/\(renderer)"].flatMap { place in
            ((try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []).sorted()
                .filter { $0.hasSuffix(".png") && !known.contains($0) }.map { "\(place)/\($0)" }
        }
    }
}

/// PNG files of goldens and reports.
enum ImageFile {
    static func decode(_ bytes: [UInt8]) throws -> PixelBuffer {
        try ImageDecoder.decode(bytes, maximumPixels: 1 << 26)
    }

    /// Writes a file, with the folders that it needs.
    /// - Throws: E025.
    static func write(_ bytes: [UInt8], to path: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: path.folder, withIntermediateDirectories: true)
        } catch {
            throw AvatariumError(
                .outputNotWritable,
                "'\(path)' cannot be written: check the folder's permissions and the disk's free space",
                context: ["path": path], systemError: Errno(rawValue: errno), cause: error)
        }
        try ResultFile.write(bytes, to: path)
    }
}
