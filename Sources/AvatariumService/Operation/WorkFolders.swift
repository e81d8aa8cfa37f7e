import Avatarium
import AvatariumCore
import Foundation
import ServiceStore

/// Folders for work under way, on this machine and for its own user only.
struct WorkFolders: Sendable {
    let root: String

    /// Makes the root, and removes what an earlier process left in it.
    /// - Throws: E025 when it cannot be made.
    init(root: String) throws {
        self.root = root
        try? FileManager.default.removeItem(atPath: root)
        try Self.make(root)
    }

    private static func make(_ path: String) throws {
        try make(path) {
            AvatariumError(
                .outputNotWritable, "the work folder '\(path)' cannot be created; check its permissions",
                context: ["path": path], cause: $0)
        }
    }

    /// Makes a folder that this user alone may use, and those above it.
    /// - Parameter failure: Makes the error where it cannot be made.
    static func make(_ path: String, orThrow failure: (any Error) -> AvatariumError) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw failure(error)
        }
    }

    /// Gives a new folder to some work and removes it afterwards.
    func with<Value: Sendable>(_ work: (String) async throws -> Value) async throws -> Value {
        let path = "\(root)/\(Identifier<WorkFolder>.make().rawValue)"
        try Self.make(path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try await work(path)
    }
}

private enum WorkFolder: Identified {
    static let identifierPrefix = "work"
}
