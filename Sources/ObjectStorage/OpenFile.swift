import AvatariumCore
import Foundation
import NIOCore
import NIOPosix

/// Runs calls that wait for a disk on NIO's thread pool, so that Swift's cooperative pool never blocks.
package enum BlockingIO {
    package static func run<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await NIOThreadPool.singleton.runIfActive(body)
    }
}

/// A regular file that is open for reading; closed when the last reference goes.
final class OpenFile: Sendable {
    static let chunkSize = 256 * 1024

    let path: String
    let length: Int
    let modified: Date
    private let descriptor: Int32

    static func open(_ path: String) async throws -> OpenFile {
        try await BlockingIO.run { try OpenFile(path: path) }
    }

    /// Symbolic links, folders and devices are refused.
    init(path: String) throws {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { throw StorageFailure.file(path, errno, "read") }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw StorageFailure.file(path, EISDIR, "read")
        }
        self.path = path
        self.descriptor = descriptor
        length = Int(status.st_size)
        modified = status.modified
    }

    deinit { close(descriptor) }

    /// At most `count` bytes from an offset; empty at the end of the file. Blocks.
    func read(at offset: Int, count: Int) throws -> [UInt8] {
        guard count > 0 else { return [] }
        while true {
            var failure: Int32 = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, size in
                let got = pread(descriptor, buffer.baseAddress, count, offset)
                if got < 0 { failure = errno }
                size = max(0, got)
            }
            if failure == 0 { return bytes }
            guard failure == EINTR else { throw StorageFailure.file(path, failure, "read") }
        }
    }
}

extension stat {
    var modified: Date {
        Date(timeIntervalSince1970: Double(st_mtim.tv_sec) + Double(st_mtim.tv_nsec) / 1e9)
    }
}

/// A range of a file's bytes, read piece by piece on demand. Can be iterated many times.
struct FileChunks: AsyncSequence, Sendable {
    var file: OpenFile
    var range: Range<Int>

    struct AsyncIterator: AsyncIteratorProtocol {
        let file: OpenFile
        var rest: Range<Int>

        /// - Throws: E025 if the file ends before the range does.
        mutating func next() async throws -> ByteBuffer? {
            guard !rest.isEmpty else { return nil }
            let (file, offset, count) = (file, rest.lowerBound, Swift.min(OpenFile.chunkSize, rest.count))
            let bytes = try await BlockingIO.run { try file.read(at: offset, count: count) }
            guard !bytes.isEmpty else { throw StorageFailure.file(file.path, EIO, "read") }
            rest = offset + bytes.count..<rest.upperBound
            return ByteBuffer(bytes: bytes)
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(file: file, rest: range) }
}
