import AvatariumCore
import Media
import Synchronization

/// The bytes of a fragmented MP4 (H.264 and AAC), produced while its clip is being rendered, for a network or a media
/// source.
///
/// ```swift
/// for try await chunk in pipeline.fragmentedMP4(.text("Hello!")) { try await response.write(chunk) }
/// ```
///
/// A chunk is produced when the previous one has been consumed. Leaving the loop cancels the work.
public struct ByteStream: AsyncSequence, Sendable {
    public typealias Element = [UInt8]
    public typealias Failure = any Error

    private let chunks: ProducedSequence<[UInt8]>

    init(_ clip: Clip, _ pipeline: ClipPipeline) {
        chunks = ProducedSequence { channel in
            try await pipeline.render(clip, to: FragmentSink(channel))
        }
    }

    public func makeAsyncIterator() -> Iterator { Iterator(chunks: chunks.makeAsyncIterator()) }

    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let chunks: ProducedSequence<[UInt8]>.Iterator

        public func next() async throws -> [UInt8]? { try await chunks.next() }

        public func next(isolation actor: isolated (any Actor)?) async throws(any Error) -> [UInt8]? {
            try await chunks.next(isolation: actor)
        }
    }
}

/// Encodes frames and sends the bytes that come of them.
private actor FragmentSink: FrameSink {
    /// Bytes that the muxer has written and nobody has taken.
    private final class Pending: Sendable {
        private let bytes = Mutex<[UInt8]>([])
        func append(_ more: UnsafeRawBufferPointer) { bytes.withLock { $0.append(contentsOf: more) } }
        func take() -> [UInt8] {
            bytes.withLock { bytes in
                defer { bytes = [] }; return bytes
            }
        }
    }

    private let channel: ProducedSequence<[UInt8]>.Channel
    private let pending = Pending()
    private var writer: ClipWriter?

    init(_ channel: ProducedSequence<[UInt8]>.Channel) { self.channel = channel }

    func begin(_ format: FrameFormat) throws {
        var options = FileSink.options(path: "-", format: .fragmentedMP4, format)
        options.receiver = { [pending] in pending.append($0) }
        writer = try ClipWriter(options)
    }

    func write(frame: PixelBuffer) async throws {
        try writer?.write(frame: frame)
        try await send()
    }

    func write(audio samples: [Float]) throws { try writer?.write(audio: samples) }

    func finish() async throws -> Int? {
        let count = try writer?.finish().byteCount
        try await send()
        return count
    }

    func cancel() { writer?.cancel() }

    private func send() async throws {
        let bytes = pending.take()
        if !bytes.isEmpty { await channel.send(bytes) }
        try Task.checkCancellation()
    }
}

extension ClipPipeline {
    /// Renders a clip to fragmented MP4 that can be played while it is being rendered.
    public nonisolated func fragmentedMP4(_ clip: Clip) -> ByteStream { ByteStream(clip, self) }
}
