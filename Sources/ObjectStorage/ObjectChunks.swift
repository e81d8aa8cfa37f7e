import AsyncHTTPClient
import NIOCore

/// The bytes of an object, or of a range of it, in pieces. Read it once; the next piece is fetched when it is
/// asked for.
public struct ObjectChunks: AsyncSequence, Sendable {
    enum Source: Sendable {
        case file(FileChunks)
        case response(HTTPClientResponse.Body, key: ObjectKey)
    }

    let source: Source

    public struct AsyncIterator: AsyncIteratorProtocol {
        enum Source {
            case file(FileChunks.AsyncIterator)
            case response(HTTPClientResponse.Body.AsyncIterator, key: ObjectKey)
        }

        var source: Source

        /// - Throws: E025 if a file cannot be read; E004 if a connection breaks.
        public mutating func next() async throws -> ByteBuffer? {
            switch source {
            case .file(var iterator):
                defer { source = .file(iterator) }
                return try await iterator.next()
            case .response(var iterator, let key):
                defer { source = .response(iterator, key: key) }
                do {
                    return try await iterator.next()
                } catch {
                    throw S3Failure.transport(error, key: key)
                }
            }
        }
    }

    public func makeAsyncIterator() -> AsyncIterator {
        switch source {
        case .file(let chunks): AsyncIterator(source: .file(chunks.makeAsyncIterator()))
        case .response(let body, let key):
            AsyncIterator(source: .response(body.makeAsyncIterator(), key: key))
        }
    }
}
