import AvatariumCore
import Foundation

extension FaceMapping {
    /// The largest mapping file that is read, bytes.
    private static let byteLimit = 4 << 20

    /// Reads a mapping file.
    /// - Throws: `AvatariumError` E093 when it cannot be read or breaks the form, with `path` and `field`.
    public init(path: String) throws {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw AvatariumError(
                .validationError, "the face mapping file cannot be read; check the path",
                context: ["path": path, "field": "mapping"])
        }
        defer { try? handle.close() }
        let data = try? handle.read(upToCount: FaceMapping.byteLimit + 1)
        guard let data, data.count <= FaceMapping.byteLimit else {
            throw AvatariumError(
                .validationError, "the face mapping file is no file of at most 4 MB",
                context: ["path": path, "field": "mapping"])
        }
        do {
            try self.init(json: [UInt8](data))
        } catch let error as AvatariumError {
            throw error.adding(context: ["path": path])
        }
    }
}
