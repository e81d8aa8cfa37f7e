import AvatariumCore
import Foundation
import Media

/// The files that a result is made from, which it must not replace.
package struct SourceFiles {
    /// Paths with the field or option that names each.
    package let files: [(field: String, path: String)]

    /// Leaves out what is not given.
    package init(_ files: [(field: String, path: String?)]) {
        self.files = files.compactMap { field, path in
            path.flatMap { InlineData.isInline($0) ? nil : (field, $0) }
        }
    }

    /// Refuses an output that is the same file as one of them, whatever the two are called.
    /// - Throws: E071.
    package func check(output: String) throws {
        for (field, path) in files where Self.replaces(output, path) {
            throw AvatariumError(
                .invalidConfig,
                "the output '\(output.quotedForMessage(limit: 200))' would replace the \(field) file "
                    + "'\(path.quotedForMessage(limit: 200))' that it is made from; give it "
                    + "another name",
                context: ["field": "output", "path": output])
        }
    }

    private static func replaces(_ output: String, _ input: String) -> Bool {
        guard let file = FileIdentity(path: input), file.isFile else { return false }
        if FileIdentity(path: output) == file { return true }
        guard let pattern = FramePattern(output), let found = realpath(input, nil) else { return false }
        defer { free(found) }
        let place = String(cString: found)
        let name = place.utf8.lastIndex(of: UInt8(ascii: "/")).map {
            String(place[place.utf8.index(after: $0)...])
        }
        return FileIdentity(path: place.folder) == FileIdentity(path: pattern.folder)
            && name.map(pattern.owns) == true
    }
}

/// The file that a path leads to, by device and inode; nil where there is none.
private struct FileIdentity: Equatable {
    let isFile: Bool
    private let device: UInt64
    private let inode: UInt64

    init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        isFile = status.st_mode & S_IFMT == S_IFREG
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }
}
