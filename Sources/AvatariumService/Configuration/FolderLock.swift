import Avatarium
import AvatariumCore
import Foundation
import SystemPackage

/// A data folder that one process uses at a time: its work files are removed when the next one starts.
///
/// The lock (flock(2)) ends with the process, however it ends.
public final class FolderLock: Sendable {
    private let file: FileDescriptor

    /// - Throws: E071 when another process has the folder, or it cannot be made.
    public init(_ folder: String) throws {
        let path = folder + "/process.lock"
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            file = try FileDescriptor.open(
                FilePath(path), .readWrite, options: [.create, .closeOnExec], permissions: [.ownerReadWrite])
        } catch {
            throw AvatariumError(
                .invalidConfig, "the data folder '\(folder)' cannot be used; choose another with --data",
                context: ["field": "data", "path": folder], cause: error)
        }
        guard flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 else {
            try? file.close()
            throw AvatariumError(
                .invalidConfig,
                "another process uses the data folder '\(folder)'; give each its own with --data",
                context: ["field": "data", "path": folder])
        }
    }

    deinit { try? file.close() }
}
