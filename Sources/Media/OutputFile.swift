import AvatariumCore
import CAV
import Glibc

/// A file on its way: bytes go to a `PartialPath`, which `commit()` renames. `-` is standard output.
package final class OutputFile {
    let path: String
    /// Where a symbolic link leads; else the path.
    private let target: String
    private let partialPath: String?
    private var descriptor: Int32
    private(set) var context: UnsafeMutablePointer<AVIOContext>?
    /// The first error of writing, an `errno`; 0 while all is well.
    private(set) var failure: Int32 = 0
    private(set) var byteCount = 0
    private var position = 0

    /// - Throws: E025 with `context["path"]` and `context["errno"]`.
    package init(path: String, standardOutput: Int32 = STDOUT_FILENO) throws {
        self.path = path
        target = Self.resolved(path)
        if path == "-" {
            partialPath = nil
            descriptor = dup(standardOutput)
            guard descriptor >= 0 else { throw Self.failure(path, errno) }
        } else {
            try Self.checkTarget(path)
            let partial = try PartialPath(beside: target, .file, reporting: path)
            partialPath = partial.path
            descriptor = partial.descriptor
            guard ftruncate(descriptor, 0) == 0 else {
                let number = errno
                discard()
                throw Self.failure(path, number)
            }
        }
        makeContext()
    }

    /// The name under which libav may open the file again, to move the index to its front.
    var url: String { partialPath.map { "file:" + $0 } ?? "pipe:1" }

    private static func resolved(_ path: String) -> String {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK, let real = realpath(path, nil)
        else {
            return path
        }
        defer { free(real) }
        return String(cString: real)
    }

    /// A rename would replace a device or a folder: refuse those.
    static func checkTarget(_ path: String) throws {
        var status = stat()
        guard stat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw AvatariumError(
                .outputNotWritable,
                "\(path) exists and is not a regular file. Name another file, or - for standard output.",
                context: ["path": path, "rule": "not-a-file"])
        }
        guard access(path, W_OK) == 0 else { throw failure(path, errno) }
    }

    static func failure(_ path: String, _ number: Int32) -> AvatariumError {
        let fact = path == "-" ? "Cannot write to standard output" : "Cannot write \(path)"
        let remedy =
            switch number {
            case ENOENT, ENOTDIR: "The folder does not exist: make it first."
            case EACCES, EPERM, EROFS: "Choose a folder that you may write to."
            case ENOSPC, EDQUOT: "Free some space, or choose another disk."
            case EFBIG: "The limit on the size of files is reached: raise it (ulimit -f)."
            case EPIPE: "The program that reads it has gone."
            default: "Choose another place."
            }
        return AvatariumError(
            .outputNotWritable, "\(fact): \(LibAV.systemWords(number)). \(remedy)",
            context: ["path": path, "rule": "output"], systemError: Errno(rawValue: number))
    }

    /// Throws if a write has failed since the file was opened.
    func check() throws {
        if failure != 0 { throw Self.failure(path, failure) }
    }

    private func makeContext() {
        let size: Int32 = 256 * 1024
        context = avio_alloc_context(
            av_malloc(Int(size))?.assumingMemoryBound(to: UInt8.self), size, 1,
            Unmanaged.passUnretained(self).toOpaque(), nil,
            { file, bytes, count in
                guard let file, let bytes else { return -1 }
                let me = Unmanaged<OutputFile>.fromOpaque(file).takeUnretainedValue()
                return me.write(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
            },
            { file, offset, whence in
                guard let file else { return -1 }
                return Unmanaged<OutputFile>.fromOpaque(file).takeUnretainedValue().seek(offset, whence)
            })
        context?.pointee.seekable = partialPath == nil ? 0 : AVIO_SEEKABLE_NORMAL
    }

    /// Writes all of it; libav's kind of error otherwise.
    @discardableResult
    package func write(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        guard failure == 0 else { return avatarium_averror(failure) }
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let got = BrokenPipe.ignored { Glibc.write(descriptor, rest.baseAddress, rest.count) }
            if got > 0 {
                done += got
            } else if errno != EINTR {
                failure = got == 0 ? ENOSPC : errno
                return avatarium_averror(failure)
            }
        }
        position += done
        byteCount = max(byteCount, position)
        return Int32(done)
    }

    private func seek(_ offset: Int64, _ whence: Int32) -> Int64 {
        if whence & AVSEEK_SIZE != 0 { return Int64(byteCount) }
        let place = lseek(descriptor, Int(offset), whence & 3)
        if place >= 0 { position = place }
        return Int64(place)
    }

    /// Closes the file and gives it its name.
    package func commit() throws {
        if let context { avio_flush(context) }
        try check()
        // Some file systems tell of a full disk only when a file is closed, and the name is ours only while the
        // lock lasts: close the file, keep its lock, rename.
        let lock = partialPath == nil ? -1 : dup(descriptor)
        defer { if lock >= 0 { close(lock) } }
        closeAll()
        guard failure == 0 else {
            if let partialPath { unlink(partialPath) }
            throw Self.failure(path, failure)
        }
        guard let partialPath else { return }
        guard rename(partialPath, target) == 0 else {
            let number = errno
            unlink(partialPath)
            throw Self.failure(path, number)
        }
    }

    /// Removes what was written. Does nothing after `commit()` or a second time.
    package func discard() {
        if let partialPath, descriptor >= 0 { unlink(partialPath) }
        closeAll()
    }

    private func closeAll() {
        if let context {
            av_free(context.pointee.buffer)
            var doomed: UnsafeMutablePointer<AVIOContext>? = context
            avio_context_free(&doomed)
            self.context = nil
        }
        if descriptor >= 0 {
            if close(descriptor) != 0, errno != EINTR, failure == 0 { failure = errno }
            descriptor = -1
        }
    }

    deinit { closeAll() }
}
