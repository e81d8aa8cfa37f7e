import AvatariumCore
import Files
import Foundation

/// Writes small files atomically: data is written beside the final name, then renamed.
package enum ResultFile {
    /// Writes a file; `-` is standard output.
    /// - Throws: E025 if the folder is missing or not writable, the disk is full, or the path is a device or a
    ///   folder.
    package static func write(_ bytes: [UInt8], to path: String) throws {
        if path != "-" { try requireFolder(of: path) }
        try AtomicFile.write(bytes, to: path)
    }

    /// Refuses the path of a file whose folder does not exist.
    /// - Throws: E025.
    static func requireFolder(of path: String) throws {
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: path.folder, isDirectory: &isFolder)
        guard exists, isFolder.boolValue else {
            let fact = exists ? "is not a folder; name another" : "does not exist; create it first"
            throw AvatariumError(
                .outputNotWritable,
                "the output's folder '\(path.folder.quotedForMessage(limit: 200))' \(fact)",
                context: ["path": path], systemError: Errno(rawValue: exists ? ENOTDIR : ENOENT))
        }
    }
}

extension String {
    /// The folder of a file's path; `.` for a plain name. (`NSString.deletingLastPathComponent` traps on names of
    /// one letter.)
    package var folder: String {
        // A byte, since an accent after a slash would be one character with it.
        guard let slash = utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == startIndex ? "/" : String(self[..<slash])
    }
}
