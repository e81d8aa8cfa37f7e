import Avatarium
import AvatariumCore
import Hummingbird
import NIOCore
import ObjectStorage
import ServiceHTTP

/// Reading bodies within bounds of size and time.
extension Request {
    /// Collects a body.
    /// - Parameters:
    ///   - what: what the body is, for the error.
    ///   - limit: bytes.
    ///   - seconds: how long its arrival may take.
    /// - Throws: 413 beyond the limit, 408 beyond the time.
    func bytes(_ what: String, limit: Int, seconds: Int = 30) async throws -> [UInt8] {
        try checkBody(what, limit: limit)
        let body = body
        return try await Deadline.run(seconds: seconds) {
            var bytes: [UInt8] = []
            for try await chunk in body {
                guard bytes.count + chunk.readableBytes <= limit else {
                    throw APIError.tooLarge(what, limit: limit)
                }
                bytes += chunk.readableBytesView
            }
            return bytes
        }
    }

    /// Reads a JSON object.
    /// - Throws: INVALID_REQUEST for another content type or text that is not a JSON object.
    func fields(limit: Int = 2 << 20) async throws -> RequestFields {
        try RequestFields(try await json(limit: limit))
    }

    /// Reads the bytes of a JSON body, whatever they are.
    /// - Throws: INVALID_REQUEST for another content type.
    func json(limit: Int) async throws -> [UInt8] {
        try checkContentType(\.isJSON, orSay: "application/json")
        return try await bytes("the body", limit: limit)
    }

    /// Reads the fields of a body that may be absent.
    func optionalFields(limit: Int = 64 << 10) async throws -> RequestFields {
        if headers[.contentType] != nil { try checkContentType({ $0.isJSON }, orSay: "application/json") }
        let bytes = try await bytes("the body", limit: limit)
        return bytes.isEmpty ? RequestFields.empty : try RequestFields(bytes)
    }

    func checkContentType(_ accepts: (ServiceHTTP.MediaType) -> Bool, orSay wanted: String) throws {
        guard let text = headers[.contentType], let type = ServiceHTTP.MediaType(text), accepts(type) else {
            let given = headers[.contentType].map { "'\($0.quotedForMessage())'" } ?? "missing"
            throw APIError(
                .invalidRequest, "the content type is \(given); send \(wanted)",
                status: .unsupportedMediaType,
                field: "Content-Type")
        }
    }

    private func checkBody(_ what: String, limit: Int) throws {
        if let coding = headers[.contentEncoding], coding.lowercased() != "identity" {
            throw APIError(
                .invalidRequest,
                "\(what) is encoded as '\(coding.quotedForMessage())'; send it without encoding",
                status: .unsupportedMediaType, field: "Content-Encoding")
        }
        if let text = headers[.contentLength], let length = Int(text), length > limit {
            throw APIError.tooLarge(what, limit: limit)
        }
    }

    /// Streams a body into a new file, counting and hashing on the way; the file is removed on failure.
    func save(_ what: String, to path: String, limit: Int, seconds: Int = 600) async throws -> LocalFile {
        try checkBody(what, limit: limit)
        let body = body
        let writer = try LocalFileWriter(path: path)
        do {
            return try await Deadline.run(seconds: seconds) {
                var count = 0
                for try await chunk in body {
                    count = try await writer.write(chunk)
                    guard count <= limit else { throw APIError.tooLarge(what, limit: limit) }
                }
                guard count > 0 else {
                    throw APIError(.invalidRequest, "\(what) is empty; send its bytes as the body")
                }
                return try await writer.finish()
            }
        } catch {
            writer.discard()
            throw error
        }
    }
}

/// A body that must arrive in time.
enum Deadline {
    /// - Throws: 408 INVALID_REQUEST when the time is over; INVALID_REQUEST where the connection breaks, which no one reads but
    ///   the log; what the work throws.
    static func run<Value: Sendable>(
        seconds: Int, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                do {
                    return try await work()
                } catch let error as IOError {
                    throw APIError(
                        .invalidRequest, "the connection broke before the body had arrived; send it again",
                        cause: error)
                }
            }
            group.addTask {
                try await Task.sleep(for: .seconds(seconds))
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let value = first else {
                throw APIError(
                    .invalidRequest, "the body did not arrive within \(seconds) s; send it faster",
                    status: .requestTimeout)
            }
            return value
        }
    }
}
