import AvatariumCore
import Crypto
import Foundation
import NIOCore
import Synchronization

/// Writes a new file and measures it on the way. A writer that goes without `finish()` removes its file, so
/// that errors and cancellation leave nothing behind.
public final class LocalFileWriter: Sendable {
    public let path: String
    private let state: Mutex<State>

    private struct State {
        /// -1 once the file is closed.
        var descriptor: Int32
        var hash = SHA256()
        var length = 0
    }

    /// Creates the file, readable by its owner only. A file that is there already is replaced.
    /// - Throws: E025 if it cannot be created.
    public init(path: String) throws {
        // A new file, not the old one truncated: somebody may be reading that, or it may be a link.
        guard unlink(path) == 0 || errno == ENOENT else { throw StorageFailure.file(path, errno, "replace") }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw StorageFailure.file(path, errno, "create") }
        self.path = path
        state = Mutex(State(descriptor: descriptor))
    }

    deinit { discard() }

    /// Appends bytes and gives the length of the file with them.
    /// - Throws: E025, with `rule` "storage-full" when there is no space.
    @discardableResult
    public func write(_ buffer: ByteBuffer) async throws -> Int {
        try await BlockingIO.run { try buffer.withUnsafeReadableBytes { try self.append($0) } }
    }

    /// Makes the content durable (fsync), closes the file and gives its measures.
    /// - Throws: E025 if the disk refuses; the file is removed then.
    public func finish() async throws -> LocalFile {
        try await BlockingIO.run { try self.close() }
    }

    /// Removes the file unless it is finished.
    public func discard() {
        state.withLock { state in
            guard state.descriptor >= 0 else { return }
            Glibc.close(state.descriptor)
            state.descriptor = -1
            unlink(path)
        }
    }

    /// `write` for callers that may block.
    @discardableResult
    func append(_ bytes: [UInt8]) throws -> Int { try bytes.withUnsafeBytes { try append($0) } }

    private func append(_ bytes: UnsafeRawBufferPointer) throws -> Int {
        try state.withLock { state in
            guard state.descriptor >= 0 else { throw StorageFailure.file(path, EBADF, "write") }
            state.hash.update(bufferPointer: bytes)
            var rest = bytes[...]
            while !rest.isEmpty {
                let piece = UnsafeRawBufferPointer(rebasing: rest)
                let count = Glibc.write(state.descriptor, piece.baseAddress, piece.count)
                if count > 0 {
                    rest = rest.dropFirst(count)
                } else if count == 0 || errno != EINTR {
                    throw StorageFailure.file(path, count == 0 ? ENOSPC : errno, "write")
                }
            }
            state.length += bytes.count
            return state.length
        }
    }

    /// `finish` for callers that may block.
    func close() throws -> LocalFile {
        let (result, failure) = state.withLock { state -> (LocalFile?, Int32) in
            guard state.descriptor >= 0 else { return (nil, EBADF) }
            let synced = fsync(state.descriptor) == 0 ? 0 : errno
            // Some file systems report a full disk only here.
            let closed = Glibc.close(state.descriptor) == 0 ? 0 : errno
            state.descriptor = -1
            let failure = synced != 0 ? synced : closed
            if failure != 0 { unlink(path) }
            let file = LocalFile(path: path, length: state.length, sha256: Array(state.hash.finalize()))
            return (failure == 0 ? file : nil, failure)
        }
        guard let result else { throw StorageFailure.file(path, failure, "write") }
        return result
    }
}
