import AvatariumCore
import Foundation
import GLTF
import Rendering
import TimingFormats

/// Bounds on what a request may bring along, beside those of models (`LoadLimits`) and of drawing (`RenderLimits`).
package enum InputLimits {
    /// Bytes of a text.
    package static let textBytes = 4 << 20
    /// Bytes of a timing file.
    package static let timingsBytes = TimingFile.maximumSize
    /// Bytes of a performance track.
    package static let performanceBytes = 64 << 20

    /// Every limit in words, for the help of commands.
    package static var summary: String {
        """
        A text has at most \(textBytes >> 20) MiB, timings \(timingsBytes >> 20) MiB, a performance track \
        \(performanceBytes >> 20) MiB, a clip \(Int(Clip.maximumDurationSeconds / 3600)) hours, and a picture \
        \(ImageSize.range.lowerBound) to \(ImageSize.range.upperBound) pixels each way. \(RenderLimits().summary) \
        \(LoadLimits().summary)
        """
    }
}

/// Small files that are read whole: a text, timings, a mapping, a batch.
package enum InputData {
    /// Reads a file. Pipes that the program was given (`/dev/stdin`, a shell's `<(...)`) are read to their end.
    /// - Parameters:
    ///   - what: What the file should be, for messages.
    ///   - field: The field or option that names it.
    ///   - code: The error's code where it cannot be read.
    ///   - limit: Bytes.
    /// - Throws: `code` with the system's reason where it cannot be read, E093 where it is larger than the limit.
    package static func read(
        _ path: String, _ what: String, field: String, code: ErrorCode = .validationError, limit: Int
    ) throws -> Data {
        let file = try open(path, what, field: field, code: code)
        defer { try? file.close() }
        let data: Data
        do {
            data = try file.read(upToCount: limit + 1) ?? Data()
        } catch {
            throw refusal(path, what, field, code, Errno(rawValue: errno))
        }
        guard data.count <= limit else {
            throw AvatariumError(
                .validationError,
                "the \(what) '\(path.quotedForMessage(limit: 200))' is larger than \(limit >> 20) MB; split it",
                context: ["field": field, "path": path])
        }
        return data
    }

    /// Checks that a file can be opened.
    /// - Throws: As `read` does.
    package static func require(_ path: String, _ what: String, field: String, code: ErrorCode) throws {
        try open(path, what, field: field, code: code).close()
    }

    /// Opens a file or a pipe that the program was given; a named pipe without a writer would never be open, and a
    /// device never at its end.
    private static func open(_ path: String, _ what: String, field: String, code: ErrorCode) throws
        -> FileHandle
    {
        // Without waiting for the writer of a named pipe.
        let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw refusal(path, what, field, code, Errno(rawValue: errno)) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            defer { close(descriptor) }
            throw refusal(path, what, field, code, Errno(rawValue: errno))
        }
        let kind = status.st_mode & S_IFMT
        let isGiven = path.hasPrefix("/dev/") || path.hasPrefix("/proc/")
        guard kind == S_IFREG || (kind == S_IFIFO && isGiven) else {
            close(descriptor)
            if kind == S_IFDIR { throw refusal(path, what, field, code, .isDirectory) }
            throw AvatariumError(
                code,
                "the \(what) '\(path.quotedForMessage(limit: 200))' is not a file; give a file, or a pipe as /dev/stdin",
                context: ["field": field, "path": path], systemError: .invalidArgument)
        }
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    private static func refusal(
        _ path: String, _ what: String, _ field: String, _ code: ErrorCode, _ reason: Errno
    ) -> AvatariumError {
        let fact =
            switch reason {
            case .noSuchFileOrDirectory, .notDirectory: "does not exist; check its name"
            case .isDirectory: "is a folder; name the file in it"
            case .permissionDenied: "cannot be read; check its permissions"
            default: "cannot be read (\(reason)); check the file"
            }
        return AvatariumError(
            code, "the \(what) '\(path.quotedForMessage(limit: 200))' \(fact)",
            context: ["field": field, "path": path], systemError: reason)
    }
}
