import AvatariumCore
import CAV
import Glibc

/// Bytes that libav reads through our own callbacks: one file or one buffer, and nothing that it names.
///
/// Opened this way, a playlist cannot make libav open other files or the network.
final class InputSource {
    enum Origin {
        case file(descriptor: Int32)
        case bytes([UInt8])
    }

    let origin: Origin
    private var position: Int64 = 0
    private(set) var context: UnsafeMutablePointer<AVIOContext>?

    /// - Throws: the error number of `open`.
    init(path: String) throws(Errno) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Errno(rawValue: errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
            close(descriptor)
            throw Errno.isDirectory
        }
        origin = .file(descriptor: descriptor)
        makeContext(seekable: lseek(descriptor, 0, SEEK_CUR) >= 0)
    }

    init(bytes: [UInt8]) {
        origin = .bytes(bytes)
        makeContext(seekable: true)
    }

    private func makeContext(seekable: Bool) {
        let size: Int32 = 32 * 1024
        context = avio_alloc_context(
            av_malloc(Int(size))?.assumingMemoryBound(to: UInt8.self), size, 0,
            Unmanaged.passUnretained(self).toOpaque(),
            { source, buffer, count in
                guard let source, let buffer else { return LibAV.invalidData }
                return Unmanaged<InputSource>.fromOpaque(source).takeUnretainedValue().read(buffer, count)
            },
            nil,
            { source, offset, whence in
                guard let source else { return -1 }
                return Unmanaged<InputSource>.fromOpaque(source).takeUnretainedValue().seek(offset, whence)
            })
        context?.pointee.seekable = seekable ? AVIO_SEEKABLE_NORMAL : 0
    }

    /// The share of a RIFF file (WAV) that its header promises and that is not there; libav takes what there is.
    ///
    /// Zero where the header was written before the length was known (sizes of 0 or near 2 or 4 GB).
    var missingShareOfRIFF: Double {
        let size = seek(0, AVSEEK_SIZE)
        var head = [UInt8](repeating: 0, count: 8)
        switch origin {
        case .file(let descriptor): guard pread(descriptor, &head, 8, 0) == 8 else { return 0 }
        case .bytes(let bytes):
            guard bytes.count >= 8 else { return 0 }
            head = Array(bytes[..<8])
        }
        guard head.starts(with: "RIFF".utf8), size > 0 else { return 0 }
        let promised = head[4..<8].reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) } + 8
        guard promised > size, promised < 0x7ff0_0000 else { return 0 }
        return Double(promised - size) / Double(promised)
    }

    private func read(_ buffer: UnsafeMutablePointer<UInt8>, _ count: Int32) -> Int32 {
        switch origin {
        case .file(let descriptor):
            while true {
                let got = Glibc.read(descriptor, buffer, Int(count))
                if got > 0 { return Int32(got) }
                if got == 0 { return LibAV.endOfFile }
                if errno != EINTR { return avatarium_averror(errno) }
            }
        case .bytes(let bytes):
            let got = min(Int(count), bytes.count - Int(position))
            guard got > 0 else { return LibAV.endOfFile }
            bytes.withUnsafeBufferPointer { source in
                if let base = source.baseAddress { buffer.update(from: base + Int(position), count: got) }
            }
            position += Int64(got)
            return Int32(got)
        }
    }

    private func seek(_ offset: Int64, _ whence: Int32) -> Int64 {
        switch origin {
        case .file(let descriptor):
            if whence & AVSEEK_SIZE != 0 {
                var status = stat()
                return fstat(descriptor, &status) == 0 ? Int64(status.st_size) : -1
            }
            return Int64(lseek(descriptor, Int(offset), whence & 3))
        case .bytes(let bytes):
            let size = Int64(bytes.count)
            if whence & AVSEEK_SIZE != 0 { return size }
            let base: Int64 = whence & 3 == SEEK_CUR ? position : whence & 3 == SEEK_END ? size : 0
            let (target, overflow) = base.addingReportingOverflow(offset)
            guard !overflow, target >= 0, target <= size else { return -1 }
            position = target
            return target
        }
    }

    deinit {
        if let context {
            av_free(context.pointee.buffer)
            var doomed: UnsafeMutablePointer<AVIOContext>? = context
            avio_context_free(&doomed)
        }
        if case .file(let descriptor) = origin { close(descriptor) }
    }
}
