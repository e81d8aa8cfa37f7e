import AvatariumCore
import CAV
import Glibc

/// Bytes that libav reads through our own callbacks: one file or one buffer or a part of these, and nothing that it
/// names.
///
/// Opened this way, a playlist cannot make libav open other files or the network.
final class InputSource {
    /// Where bytes come from, shared by the parts of one file.
    final class Origin {
        enum Kind {
            case file(descriptor: Int32)
            case bytes([UInt8])
        }
        let kind: Kind
        /// Bytes in all.
        let size: Int64

        /// - Throws: why there is no file to read; pipes and devices are refused.
        init(path: String) throws(RegularFile.Failure) {
            let file = try RegularFile(path)
            size = Int64(file.size)
            kind = .file(descriptor: file.takeDescriptor().rawValue)
        }

        init(bytes: [UInt8]) {
            kind = .bytes(bytes)
            size = Int64(bytes.count)
        }

        /// Reads at a place; returns the bytes read, 0 past the end, or a negative `errno`.
        func read(_ buffer: UnsafeMutableRawPointer, _ count: Int, at offset: Int64) -> Int {
            switch kind {
            case .file(let descriptor):
                while true {
                    let got = pread(descriptor, buffer, count, off_t(offset))
                    if got >= 0 { return got }
                    if errno != EINTR { return -Int(errno) }
                }
            case .bytes(let bytes):
                let got = max(0, min(count, bytes.count - Int(offset)))
                bytes.withUnsafeBytes { source in
                    if got > 0, let base = source.baseAddress {
                        buffer.copyMemory(from: base + Int(offset), byteCount: got)
                    }
                }
                return got
            }
        }

        /// The bytes of a range, fewer at the end.
        func bytes(_ range: Range<Int64>) -> [UInt8] {
            [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
                while count < range.count, let base = buffer.baseAddress {
                    let got = read(base + count, range.count - count, at: range.lowerBound + Int64(count))
                    if got <= 0 { break }
                    count += got
                }
            }
        }

        deinit { if case .file(let descriptor) = kind { close(descriptor) } }
    }

    private let origin: Origin
    /// The part of the origin that is the file for libav.
    private let range: Range<Int64>
    private var position: Int64 = 0
    private(set) var context: UnsafeMutablePointer<AVIOContext>?

    /// - Parameter range: A part of the origin's bytes; nil is all of them.
    init(_ origin: Origin, range: Range<Int64>? = nil) {
        self.origin = origin
        self.range = range ?? 0..<origin.size
        makeContext()
    }

    /// - Throws: as `Origin(path:)`.
    convenience init(path: String) throws(RegularFile.Failure) { self.init(try Origin(path: path)) }

    private func makeContext() {
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
        context?.pointee.seekable = AVIO_SEEKABLE_NORMAL
    }

    private func read(_ buffer: UnsafeMutablePointer<UInt8>, _ count: Int32) -> Int32 {
        let wanted = min(Int64(count), Int64(range.count) - position)
        guard wanted > 0 else { return LibAV.endOfFile }
        let got = origin.read(buffer, Int(wanted), at: range.lowerBound + position)
        guard got > 0 else { return got == 0 ? LibAV.endOfFile : avatarium_averror(Int32(-got)) }
        position += Int64(got)
        return Int32(got)
    }

    private func seek(_ offset: Int64, _ whence: Int32) -> Int64 {
        let size = Int64(range.count)
        if whence & AVSEEK_SIZE != 0 { return size }
        let base: Int64 = whence & 3 == SEEK_CUR ? position : whence & 3 == SEEK_END ? size : 0
        let (target, overflow) = base.addingReportingOverflow(offset)
        guard !overflow, target >= 0, target <= size else { return -1 }
        position = target
        return target
    }

    deinit {
        if let context {
            av_free(context.pointee.buffer)
            var doomed: UnsafeMutablePointer<AVIOContext>? = context
            avio_context_free(&doomed)
        }
    }
}
