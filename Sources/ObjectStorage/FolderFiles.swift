import AvatariumCore
import Foundation

/// Steps on files and folders that survive a crash. All of them block.
enum FolderFiles {
    private static let maximumTries = 100

    /// Copies a file and measures the copy.
    static func copy(_ source: OpenFile, to path: String) throws -> LocalFile {
        let writer = try LocalFileWriter(path: path)
        var offset = 0
        while true {
            let chunk = try source.read(at: offset, count: OpenFile.chunkSize)
            guard !chunk.isEmpty else { return try writer.close() }
            offset = try writer.append(chunk)
        }
    }

    /// Renames a file and makes the new name durable.
    static func move(_ partial: String, to target: String) throws {
        // `delete` may remove an empty folder between its making and the rename: make it again.
        for attempt in 1... {
            try makeFolders(target.parent)
            if rename(partial, target) == 0 { break }
            guard errno == ENOENT, attempt < maximumTries else {
                throw StorageFailure.file(target, errno, "write")
            }
        }
        try sync(target.parent)
    }

    /// Makes a folder and those above it, and makes new ones durable.
    static func makeFolders(_ path: String) throws {
        // Another task may remove a folder that is still empty, so the one above may be missing again.
        for _ in 0..<maximumTries {
            if mkdir(path, 0o700) == 0 { return try sync(path.parent) }
            switch errno {
            case EEXIST: return
            case ENOENT where path.parent != path: try makeFolders(path.parent)
            default: throw StorageFailure.file(path, errno, "create")
            }
        }
        throw StorageFailure.file(path, ENOENT, "create")
    }

    private static func sync(_ folder: String) throws {
        let descriptor = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            // Somebody removed the folder since, with everything in it.
            guard errno == ENOENT else { throw StorageFailure.file(folder, errno, "sync") }
            return
        }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 || errno == EINVAL else {
            throw StorageFailure.file(folder, errno, "sync")
        }
    }
}

extension String {
    /// The folder of a path.
    var parent: String {
        guard let slash = utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == startIndex ? "/" : String(self[..<slash])
    }
}
