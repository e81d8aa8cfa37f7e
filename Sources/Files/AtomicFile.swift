import AvatariumCore
import Glibc

/// A file that appears under its name only when it is whole: bytes go to a `PartialPath` beside it, which `commit()` renames.
///
/// The path `-` is standard output, where bytes appear as they are written.
package final class AtomicFile {
    package let path: String
    /// Where a symbolic link leads; else the path.
    private let target: String
    /// The name under which the bytes grow; nil for standard output.
    package let partialPath: String?
    private let receiver: (@Sendable (UnsafeRawBufferPointer) -> Void)?
    private var descriptor: Int32
    /// The first error of writing; nil while all is well.
    package private(set) var failure: Errno?
    /// Bytes from the start to the furthest that was written.
    package private(set) var byteCount = 0
    private var position = 0

    /// Opens a file for writing.
    /// - Parameter receiver: Gets the bytes of standard output in its place.
    /// - Throws: E025 with `context["path"]` and `systemError`; for a path that is a folder or a device, with the rule
    ///   `not-a-file`.
    package init(
        path: String, standardOutput: Int32 = STDOUT_FILENO,
        receiver: (@Sendable (UnsafeRawBufferPointer) -> Void)? = nil
    ) throws {
        self.path = path
        self.receiver = receiver
        target = try Self.resolved(path)
        if path == "-" {
            partialPath = nil
            descriptor = dup(standardOutput)
            guard descriptor >= 0 else { throw Self.error(path, Errno(rawValue: errno)) }
        } else {
            try Self.checkTarget(path)
            let partial = try PartialPath(beside: target, .file, reporting: path)
            partialPath = partial.path
            descriptor = partial.descriptor
            guard ftruncate(descriptor, 0) == 0 else {
                let number = errno
                discard()
                throw Self.error(path, Errno(rawValue: number))
            }
        }
    }

    /// Writes bytes to a path in one step.
    /// - Throws: As `init` and `commit`.
    package static func write(_ bytes: [UInt8], to path: String) throws {
        let file = try AtomicFile(path: path)
        do {
            bytes.withUnsafeBytes { _ = file.write($0) }
            try file.commit()
        } catch {
            file.discard()
            throw error
        }
    }

    /// Where a path's symbolic links lead, though there may be nothing yet.
    /// - Throws: E025 for links that lead in a circle.
    private static func resolved(_ path: String) throws -> String {
        var place = path
        for _ in 0..<mostLinks {
            var status = stat()
            guard lstat(place, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return place }
            if let real = realpath(place, nil) {
                defer { free(real) }
                return String(cString: real)
            }
            let next = try linkTarget(place, reporting: path)
            let folder = place.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(place[...$0]) } ?? ""
            place = next.hasPrefix("/") ? next : folder + next
        }
        throw error(path, .tooManySymbolicLinkLevels)
    }

    /// As many links as the system follows.
    private static let mostLinks = 40

    private static func linkTarget(_ place: String, reporting path: String) throws -> String {
        let limit = Int(PATH_MAX)
        var bytes = [CChar](repeating: 0, count: limit)
        let count = readlink(place, &bytes, limit)
        guard count > 0 else { throw error(path, Errno(rawValue: errno)) }
        return String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// A rename would replace a device or a folder: refuse those.
    private static func checkTarget(_ path: String) throws {
        var status = stat()
        guard stat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw AvatariumError(
                .outputNotWritable,
                "'\(path)' exists and is not a regular file; name another file, or - for standard output",
                context: ["path": path, "rule": "not-a-file"])
        }
        guard access(path, W_OK) == 0 else { throw error(path, Errno(rawValue: errno)) }
    }

    /// The E025 of a path that cannot be written, with the remedy for its reason.
    package static func error(_ path: String, _ reason: Errno) -> AvatariumError {
        let fact = path == "-" ? "cannot write to standard output" : "cannot write '\(path)'"
        let remedy =
            switch reason {
            case .noSuchFileOrDirectory: "the folder does not exist: create it first"
            case .notDirectory: "its parent is not a folder: choose another"
            case .tooManySymbolicLinkLevels: "its symbolic links form a loop: name the file itself"
            case .fileNameTooLong: "choose a shorter name"
            case .permissionDenied, .notPermitted, .readOnlyFileSystem:
                "choose a folder that you may write to"
            case .noSpace, .diskQuotaExceeded: "free some space, or choose another disk"
            case .fileTooLarge: "the limit on file sizes is reached: raise it (ulimit -f)"
            case .brokenPipe: "the program that reads it has exited"
            default: "choose another place"
            }
        return AvatariumError(
            .outputNotWritable, "\(fact): \(reason); \(remedy)", context: ["path": path, "rule": "output"],
            systemError: reason)
    }

    /// - Throws: E025 if a write has failed since the file was opened.
    package func check() throws {
        if let failure { throw Self.error(path, failure) }
    }

    /// Writes all of it at the current position.
    /// - Returns: Bytes written; fewer than asked for after an error, which `failure` holds.
    @discardableResult
    package func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard failure == nil else { return 0 }
        var done = 0
        if let receiver {
            receiver(bytes)
            done = bytes.count
        }
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let got = BrokenPipe.ignored { Glibc.write(descriptor, rest.baseAddress, rest.count) }
            if got > 0 {
                done += got
            } else if got == 0 || errno != EINTR {
                failure = got == 0 ? .noSpace : Errno(rawValue: errno)
                break
            }
        }
        position += done
        byteCount = max(byteCount, position)
        return done
    }

    /// Moves the position, as lseek(2).
    /// - Returns: The new position, or a negative number.
    package func seek(_ offset: Int, _ whence: Int32) -> Int {
        let place = lseek(descriptor, offset, whence)
        if place >= 0 { position = place }
        return place
    }

    /// Closes the file and gives it its name.
    /// - Throws: E025; nothing stays behind then.
    package func commit() throws {
        try check()
        // Some file systems report a full disk only when a file is closed, and the name is ours only while the
        // lock lasts: close the file, keep its lock, rename.
        let lock = partialPath == nil ? -1 : dup(descriptor)
        defer { if lock >= 0 { close(lock) } }
        closeDescriptor()
        if let failure {
            if let partialPath { unlink(partialPath) }
            throw Self.error(path, failure)
        }
        guard let partialPath else { return }
        guard rename(partialPath, target) == 0 else {
            let number = errno
            unlink(partialPath)
            throw Self.error(path, Errno(rawValue: number))
        }
    }

    /// Removes what was written. Does nothing after `commit()` or a second time.
    package func discard() {
        if let partialPath, descriptor >= 0 { unlink(partialPath) }
        closeDescriptor()
    }

    private func closeDescriptor() {
        guard descriptor >= 0 else { return }
        if close(descriptor) != 0, errno != EINTR, failure == nil { failure = Errno(rawValue: errno) }
        descriptor = -1
    }

    deinit { closeDescriptor() }
}
