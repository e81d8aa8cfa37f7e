import AvatariumCore
import Foundation

/// Visits the files below a folder in the order of their keys' bytes, and skips folders that hold nothing
/// wanted.
struct FolderWalk: Sendable {
    let root: String
    let prefix: [UInt8]
    let after: [UInt8]
    let limit: Int
    private(set) var found: [ObjectInfo] = []

    init(root: String, prefix: String, after: String?, limit: Int) {
        self.root = root
        self.prefix = Array(prefix.utf8)
        self.after = Array((after ?? "").utf8)
        self.limit = limit
    }

    /// Visits one folder. Blocks.
    /// - Parameter folder: Empty, or a key with a slash at its end.
    mutating func visit(_ folder: String) throws {
        var entries: [(key: [UInt8], text: String, status: stat)] = []
        for name in try Self.names(in: "\(root)/\(folder)") where !name.hasPrefix(".") {
            var status = stat()
            guard lstat("\(root)/\(folder)\(name)", &status) == 0 else { continue }
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            guard isFolder || status.st_mode & S_IFMT == S_IFREG else { continue }
            // A slash is part of the key of everything inside, so it counts in the order.
            let text = folder + name + (isFolder ? "/" : "")
            entries.append((Array(text.utf8), text, status))
        }
        entries.sort { $0.key.lexicographicallyPrecedes($1.key) }
        for (key, text, status) in entries {
            guard found.count < limit else { return }
            if status.st_mode & S_IFMT == S_IFDIR {
                let isWanted = key.starts(with: prefix) || prefix.starts(with: key)
                let isAhead = after.lexicographicallyPrecedes(key) || after.starts(with: key)
                if isWanted, isAhead { try visit(text) }
            } else if key.starts(with: prefix), after.lexicographicallyPrecedes(key),
                let valid = try? ObjectKey(text)
            {
                found.append(ObjectInfo(key: valid, length: Int(status.st_size), modified: status.modified))
            }
        }
    }

    /// The names in a folder, in no order; none if it is gone. Names that are not UTF-8 are left out.
    static func names(in folder: String) throws -> [String] {
        guard let stream = opendir(folder) else {
            guard errno == ENOENT else { throw StorageFailure.file(folder, errno, "list") }
            return []
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) {
                    String(validatingCString: $0)
                }
            }
            if let name, name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
