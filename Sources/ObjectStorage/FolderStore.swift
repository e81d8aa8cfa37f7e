import AvatariumCore
import Foundation

/// Objects as files below one folder of this machine.
///
/// New objects are written to `.tmp` beside them, synced and renamed, so that a crash leaves no half object;
/// what it leaves in `.tmp` goes with `removePartialUploads`. Keys cannot leave the folder, and symbolic
/// links are not followed.
public struct FolderStore: ObjectStore {
    private let root: String
    private var temporary: String { root + "/.tmp" }

    /// Opens the folder; makes it, readable by its owner only, if it is missing.
    /// - Throws: E025 if that fails; E071 for an empty path.
    public init(path: String) throws {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw AvatariumError(
                .invalidConfig, "the object store's folder is an empty path; give one",
                context: ["field": "storage"])
        }
        root = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        try FolderFiles.makeFolders(temporary)
    }

    public func put(_ file: LocalFile, at key: ObjectKey, contentType: String) async throws {
        let source = try await OpenFile.open(file.path)
        let target = path(key)
        let partial = "\(temporary)/\(UUID().uuidString)"
        try await BlockingIO.run {
            let copy = try FolderFiles.copy(source, to: partial)
            do {
                guard copy.length == file.length, copy.sha256 == file.sha256 else {
                    throw StorageFailure.changed(file)
                }
                try FolderFiles.move(partial, to: target)
            } catch {
                unlink(partial)
                throw error
            }
        }
    }

    public func get(_ key: ObjectKey, to path: String) async throws -> LocalFile {
        let source = try await open(key)
        return try await BlockingIO.run { try FolderFiles.copy(source, to: path) }
    }

    public func read(_ key: ObjectKey, range: Range<Int>?) async throws -> ObjectContent {
        let file = try await open(key)
        let range = range ?? 0..<file.length
        guard range.lowerBound >= 0, range.upperBound <= file.length else {
            throw StorageFailure.badRange(key, range, length: file.length)
        }
        return ObjectContent(
            info: ObjectInfo(key: key, length: file.length, modified: file.modified), range: range,
            chunks: ObjectChunks(source: .file(FileChunks(file: file, range: range))))
    }

    public func head(_ key: ObjectKey) async throws -> ObjectInfo? {
        let path = path(key)
        return try await BlockingIO.run {
            var status = stat()
            guard lstat(path, &status) == 0 else {
                guard errno == ENOENT || errno == ENOTDIR else {
                    throw StorageFailure.file(path, errno, "read")
                }
                return nil
            }
            guard status.st_mode & S_IFMT == S_IFREG else { return nil }
            return ObjectInfo(key: key, length: Int(status.st_size), modified: status.modified)
        }
    }

    public func delete(_ key: ObjectKey) async throws {
        let path = path(key)
        let root = root
        try await BlockingIO.run {
            guard unlink(path) == 0 else {
                // A key that is another object's folder names no object.
                guard [ENOENT, ENOTDIR, EISDIR].contains(errno) else {
                    throw StorageFailure.file(path, errno, "delete")
                }
                return
            }
            // Folders that are empty now; the first one that is not ends it.
            var folder = path.parent
            while folder.utf8.count > root.utf8.count, rmdir(folder) == 0 { folder = folder.parent }
        }
    }

    public func list(prefix: String, after: ObjectKey?, limit: Int) async throws -> [ObjectInfo] {
        let walk = FolderWalk(root: root, prefix: prefix, after: after?.description, limit: limit)
        return try await BlockingIO.run {
            var walk = walk
            try walk.visit("")
            return walk.found
        }
    }

    /// Always nil: the service serves a folder's objects itself.
    public func downloadURL(for key: ObjectKey, filename: String?, expires: Duration) async throws -> String?
    { nil }

    public func removePartialUploads(olderThan age: Duration) async throws -> Int {
        let folder = temporary
        let limit = Date(timeIntervalSinceNow: -(age / .seconds(1)))
        return try await BlockingIO.run {
            var count = 0
            for name in try FolderWalk.names(in: folder) {
                var status = stat()
                let path = "\(folder)/\(name)"
                guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.modified < limit
                else {
                    continue
                }
                if unlink(path) == 0 { count += 1 }
            }
            return count
        }
    }

    /// Writes and removes a file of one byte.
    public func check() async throws {
        let path = "\(temporary)/\(UUID().uuidString)"
        try await BlockingIO.run {
            let writer = try LocalFileWriter(path: path)
            try writer.append([0])
            writer.discard()
        }
    }

    private func path(_ key: ObjectKey) -> String { "\(root)/\(key)" }

    private func open(_ key: ObjectKey) async throws -> OpenFile {
        do {
            return try await OpenFile.open(path(key))
        } catch let error as AvatariumError {
            let missing: [Errno] = [
                .noSuchFileOrDirectory, .notDirectory, .isDirectory, .tooManySymbolicLinkLevels,
            ]
            guard let reason = error.systemError, missing.contains(reason) else { throw error }
            throw StorageFailure.noSuchObject(key)
        }
    }
}
