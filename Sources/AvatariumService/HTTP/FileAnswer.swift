import Avatarium
import AvatariumCore
import Hummingbird
import NIOCore
import ObjectStorage
import ServiceHTTP

/// Answers with an object: whole, a range of it (RFC 9110 section 14), or not at all (section 13).
struct FileAnswer {
    let backend: Backend
    /// How long URLs of the object store's own server are valid.
    private static let redirectTime = Duration.seconds(600)

    /// - Parameters:
    ///   - filename: the name under which a browser saves the file; nil to show it in place.
    ///   - redirects: whether an object store with a server of its own may serve the bytes.
    func response(
        _ request: Request, key: String, contentType: String, etag: EntityTag, filename: String?,
        redirects: Bool = true
    ) async throws -> Response {
        let key = try ObjectKey(key)
        var headers: HTTPFields = [
            .eTag: "\(etag)", .cacheControl: "private, max-age=31536000, immutable", .acceptRanges: "bytes",
        ]
        if try Conditions.isKnown(request, etag) { return Response(status: .notModified, headers: headers) }
        if redirects,
            let url = try await backend.objects.downloadURL(
                for: key, filename: filename, expires: Self.redirectTime)
        {
            return Response(status: .found, headers: [.location: url, .cacheControl: "no-store"])
        }
        guard let info = try await backend.objects.head(key) else {
            throw APIError(.notFound, "the file no longer exists; it was deleted or has expired")
        }
        headers[.contentType] = contentType
        if let filename { headers[.contentDisposition] = "inline; filename=\"\(filename)\"" }
        let range = ByteRange.resolve(
            method: request.method.rawValue, header: request.headers[.range], length: info.length, etag: etag,
            ifRange: request.headers[.ifRange])
        if let value = range.contentRange(length: info.length) { headers[.contentRange] = value }
        switch range {
        case .whole:
            guard request.method != .head else {
                headers[.contentLength] = "\(info.length)"
                return Response(status: .ok, headers: headers)
            }
            return try await Response(
                status: .ok, headers: headers, body: body(key, nil, length: info.length))
        case .part(let bytes):
            return try await Response(
                status: .partialContent, headers: headers, body: body(key, bytes, length: bytes.count))
        case .unsatisfiable:
            var refusal = APIError(
                .invalidRequest, "the range lies outside the file's \(info.length) bytes; request less",
                status: .rangeNotSatisfiable, field: "Range")
            refusal.headers[.contentRange] = headers[.contentRange]
            throw refusal
        }
    }

    private func body(_ key: ObjectKey, _ range: Range<Int>?, length: Int) async throws -> ResponseBody {
        let content = try await backend.objects.read(key, range: range)
        return ResponseBody(contentLength: length) { writer in
            for try await chunk in content.chunks { try await writer.write(chunk) }
            try await writer.finish(nil)
        }
    }
}
