import Foundation

/// Small results: written beside their final name, then renamed, so that no half file is ever seen.
enum OutputFile {
    /// - Throws: E025 when the folder is missing, not writable, or the disk is full.
    static func write(_ bytes: [UInt8], to path: String) throws {
        if path == "-" {
            return try StandardOutput.write(bytes)
        }
        try requireFolder(of: path)
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw AvatariumError(
                .containerNotFound,
                "'\(path)' cannot be written: check the folder's permissions and the disk's free space",
                context: ["path": path, "errno": "\(errno)"], cause: error)
        }
    }

    /// - Throws: E025 when there is no folder to write the file into.
    static func requireFolder(of path: String) throws {
        let folder = (path as NSString).deletingLastPathComponent
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(
            atPath: folder.isEmpty ? "." : folder, isDirectory: &isFolder)
        guard exists, isFolder.boolValue else {
            throw AvatariumError(
                .containerNotFound, "the output's folder '\(folder)' does not exist: make it first",
                context: ["path": path])
        }
    }
}
