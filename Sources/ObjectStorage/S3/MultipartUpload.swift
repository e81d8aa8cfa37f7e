import AvatariumCore
import Crypto
import Foundation

/// Sends a long file in parts (S3 API: CreateMultipartUpload, UploadPart, CompleteMultipartUpload).
struct MultipartUpload: Sendable {
    let client: S3Client
    /// Names the object; method and body are set here.
    let request: S3Client.Request

    private static let maximumParts = 10_000
    /// S3 refuses smaller ones, but for the last.
    private static let minimumPart = 5 << 20

    /// - Throws: E092 if the file's digest is another than the one given; the upload is aborted then, as on
    ///   every error.
    func run(_ source: OpenFile, _ file: LocalFile, _ contentType: String) async throws {
        let id = try await begin(contentType)
        do {
            let tags = try await parts(source, file, id)
            try await complete(id, tags, file)
        } catch {
            await abort(id)
            throw error
        }
    }

    /// Begins the upload and gives its id.
    func begin(_ contentType: String) async throws -> String {
        var create = request
        create.method = .POST
        create.query = [("uploads", "")]
        create.headers = [("content-type", contentType)]
        guard let id = XMLNode.parse(try await client.answer(create))?["UploadId"], !id.isEmpty else {
            throw AvatariumError(
                .networkError, "the S3 server started an upload without an id", context: ["provider": "s3"])
        }
        return id
    }

    private func parts(_ source: OpenFile, _ file: LocalFile, _ id: String) async throws -> [String] {
        let even = (file.length + Self.maximumParts - 1) / Self.maximumParts
        let size = max(even, client.configuration.multipartThreshold / 4, Self.minimumPart)
        var whole = SHA256()
        var tags: [String] = []
        for start in stride(from: 0, to: file.length, by: size) {
            let range = start..<min(start + size, file.length)
            let (digest, sum) = try await Self.hash(source, range, whole)
            whole = sum
            var part = request
            part.method = .PUT
            part.query = [("partNumber", "\(tags.count + 1)"), ("uploadId", id)]
            part.body = .file(FileChunks(file: source, range: range), sha256: digest)
            let response = try await client.send(part)
            for try await _ in response.body {}
            guard let tag = response.headers.first(name: "etag") else {
                throw AvatariumError(
                    .networkError, "the S3 server accepted a part without an entity tag",
                    context: ["provider": "s3"])
            }
            tags.append(tag)
        }
        guard Array(whole.finalize()) == file.sha256 else { throw StorageFailure.changed(file) }
        return tags
    }

    /// The digest of a part, and the digest of the whole file so far continued by it.
    private static func hash(
        _ source: OpenFile, _ range: Range<Int>, _ whole: SHA256
    ) async throws -> (String, SHA256) {
        var part = SHA256()
        var whole = whole
        for try await chunk in FileChunks(file: source, range: range) {
            chunk.withUnsafeReadableBytes { bytes in
                part.update(bufferPointer: bytes)
                whole.update(bufferPointer: bytes)
            }
        }
        return (part.finalize().hex, whole)
    }

    /// Completes the upload. S3 may answer 200 and an error in the body.
    private func complete(_ id: String, _ tags: [String], _ file: LocalFile) async throws {
        let parts = tags.enumerated().map { index, tag in
            "<Part><PartNumber>\(index + 1)</PartNumber><ETag>\(XML.escaped(tag))</ETag></Part>"
        }
        var message = request
        message.method = .POST
        message.query = [("uploadId", id)]
        message.headers = [("content-type", "application/xml")]
        message.body = .bytes(
            Array(
                """
                <CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\(parts.joined())\
                </CompleteMultipartUpload>
                """
                .utf8))
        let answer: [UInt8]
        do {
            answer = try await client.answer(message)
        } catch let error as AvatariumError where error.cause as? StorageProblem == .noSuchUpload {
            // An earlier try did complete it, but its answer was lost.
            var head = request
            head.method = .HEAD
            let length = try await client.send(head).headers.first(name: "content-length")
            guard length == "\(file.length)" else { throw error }
            return
        }
        let document = XMLNode.parse(answer)
        guard document?.name == "CompleteMultipartUploadResult" else {
            throw S3Failure.answer(
                status: 500, code: document?["Code"], requestID: document?["RequestId"],
                bucket: client.configuration.bucket, key: request.key)
        }
    }

    /// Frees the parts, also after cancellation. What fails here is left to `removePartialUploads`.
    private func abort(_ id: String) async {
        var message = request
        message.method = .DELETE
        message.query = [("uploadId", id)]
        let last = message
        _ = await Task { try? await client.answer(last) }.value
    }
}
