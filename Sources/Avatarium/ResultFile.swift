import Foundation
import Media

/// Small results: written beside their final name, then renamed, so that no half file is ever seen.
enum ResultFile {
    /// - Throws: E025 when the folder is missing or not writable, the disk is full, or the name is a device's or a
    ///   folder's.
    static func write(_ bytes: [UInt8], to path: String) throws {
        if path == "-" {
            return try StandardOutput.write(bytes)
        }
        try requireFolder(of: path)
        let file = try OutputFile(path: path)
        do {
            bytes.withUnsafeBytes { _ = file.write($0) }
            try file.commit()
        } catch {
            file.discard()
            throw error
        }
    }

    /// - Throws: E025 when there is no folder to write the file into.
    static func requireFolder(of path: String) throws {
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: path.folder, isDirectory: &isFolder)
        guard exists, isFolder.boolValue else {
            throw AvatariumError(
                .outputNotWritable, "the output's folder '\(path.folder)' does not exist: make it first",
                context: ["path": path], systemError: Errno(rawValue: exists ? ENOTDIR : ENOENT))
        }
    }
}

extension String {
    /// The folder of a file's path; `.` for a plain name. (`NSString.deletingLastPathComponent` traps on names of
    /// one letter.)
    var folder: String {
        // A byte, since an accent after a slash would be one character with it.
        guard let slash = utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == startIndex ? "/" : String(self[..<slash])
    }
}
