import AvatariumCore
import CAV
import Files
import Glibc

/// An `AtomicFile` that libav writes to through our own callbacks.
final class OutputFile {
    private let file: AtomicFile
    private(set) var context: UnsafeMutablePointer<AVIOContext>?

    /// - Throws: E025 as `AtomicFile`.
    init(
        path: String, standardOutput: Int32 = STDOUT_FILENO,
        receiver: (@Sendable (UnsafeRawBufferPointer) -> Void)? = nil
    ) throws {
        file = try AtomicFile(path: path, standardOutput: standardOutput, receiver: receiver)
        let size: Int32 = 256 * 1024
        context = avio_alloc_context(
            av_malloc(Int(size))?.assumingMemoryBound(to: UInt8.self), size, 1,
            Unmanaged.passUnretained(file).toOpaque(), nil,
            { file, bytes, count in
                guard let file, let bytes else { return -1 }
                let me = Unmanaged<AtomicFile>.fromOpaque(file).takeUnretainedValue()
                me.write(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
                return me.failure.map { avatarium_averror($0.rawValue) } ?? count
            },
            { file, offset, whence in
                guard let file else { return -1 }
                let me = Unmanaged<AtomicFile>.fromOpaque(file).takeUnretainedValue()
                if whence & AVSEEK_SIZE != 0 { return Int64(me.byteCount) }
                return Int64(me.seek(Int(offset), whence & 3))
            })
        context?.pointee.seekable = file.partialPath == nil ? 0 : AVIO_SEEKABLE_NORMAL
    }

    var path: String { file.path }
    var byteCount: Int { file.byteCount }
    /// The first error of writing, an `errno`; 0 while all is well.
    var failure: Int32 { file.failure?.rawValue ?? 0 }

    /// The name under which libav may open the file again, to move the index to its front.
    var url: String { file.partialPath.map { "file:" + $0 } ?? "pipe:1" }

    /// - Throws: E025 if a write has failed since the file was opened.
    func check() throws { try file.check() }

    /// Writes what libav still holds, closes the file and gives it its name.
    /// - Throws: E025; nothing stays behind then.
    func commit() throws {
        if let context { avio_flush(context) }
        freeContext()
        try file.commit()
    }

    /// Removes what was written. Does nothing after `commit()` or a second time.
    func discard() {
        freeContext()
        file.discard()
    }

    private func freeContext() {
        guard let context else { return }
        av_free(context.pointee.buffer)
        var doomed: UnsafeMutablePointer<AVIOContext>? = context
        avio_context_free(&doomed)
        self.context = nil
    }

    deinit { freeContext() }
}
