import AsyncHTTPClient
import AvatariumCore
import Foundation
import NIOCore
import NIOHTTP1
import ServiceHTTP

/// Objects in a bucket of Amazon S3 or of any server that speaks its protocol.
public struct S3Store: ObjectStore {
    let client: S3Client
    private let configuration: S3Configuration

    public init(_ configuration: S3Configuration) {
        self.configuration = configuration
        client = S3Client(configuration)
    }

    public func put(_ file: LocalFile, at key: ObjectKey, contentType: String) async throws {
        let source = try await OpenFile.open(file.path)
        guard source.length == file.length else { throw StorageFailure.changed(file) }
        if file.length > configuration.multipartThreshold {
            try await MultipartUpload(client: client, request: request(.PUT, key)).run(
                source, file, contentType)
        } else {
            var request = request(.PUT, key)
            request.headers = [("content-type", contentType)]
            request.body = .file(FileChunks(file: source, range: 0..<file.length), sha256: file.sha256Hex)
            _ = try await client.answer(request)
        }
    }

    public func get(_ key: ObjectKey, to path: String) async throws -> LocalFile {
        var attempt = 1
        while true {
            do {
                let content = try await read(key, range: nil)
                let writer = try LocalFileWriter(path: path)
                for try await chunk in content.chunks { try await writer.write(chunk) }
                return try await writer.finish()
            } catch let error as AvatariumError where error.code == .networkError || error.code == .timeout {
                // The connection broke inside the object: `read` tries again only until it begins.
                guard attempt < configuration.attempts else { throw error }
                attempt += 1
            }
        }
    }

    public func read(_ key: ObjectKey, range: Range<Int>?) async throws -> ObjectContent {
        var request = request(.GET, key)
        if let range {
            guard range.lowerBound >= 0, !range.isEmpty else {
                throw StorageFailure.badRange(key, range, length: 0)
            }
            request.headers = [("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")]
        }
        let response = try await client.send(request)
        let (covered, length) = try S3Answer.measures(of: response, key)
        guard range == nil || covered == range else {
            throw StorageFailure.badRange(key, range ?? covered, length: length)
        }
        return ObjectContent(
            info: ObjectInfo(key: key, length: length, modified: S3Answer.modified(response)), range: covered,
            chunks: ObjectChunks(source: .response(response.body, key: key)))
    }

    public func head(_ key: ObjectKey) async throws -> ObjectInfo? {
        do {
            let response = try await client.send(request(.HEAD, key))
            guard let length = response.headers.first(name: "content-length").flatMap({ Int($0) }),
                length >= 0
            else {
                throw S3Answer.unreadable(key)
            }
            return ObjectInfo(key: key, length: length, modified: S3Answer.modified(response))
        } catch let error as AvatariumError where error.isNoSuchObject {
            return nil
        }
    }

    public func delete(_ key: ObjectKey) async throws {
        do {
            _ = try await client.answer(request(.DELETE, key))
        } catch let error as AvatariumError where error.isNoSuchObject {
            // Amazon answers 204 here too; others 404.
        }
    }

    public func list(prefix: String, after: ObjectKey?, limit: Int) async throws -> [ObjectInfo] {
        var found: [ObjectInfo] = []
        var last = after?.description
        while found.count < limit {
            var request = S3Client.Request(method: .GET)
            request.query = [
                ("list-type", "2"), ("prefix", configuration.prefix + prefix),
                ("max-keys", "\(min(limit - found.count, 1000))"),
            ]
            if let last { request.query.append(("start-after", configuration.prefix + last)) }
            guard let page = XMLNode.parse(try await client.answer(request)), page.name == "ListBucketResult"
            else {
                throw S3Answer.unreadable(nil)
            }
            let names = page.all("Contents").compactMap { $0["Key"] }
            found += page.all("Contents").compactMap { entry(of: $0) }
            guard page["IsTruncated"] == "true", let name = names.last,
                let next = name.withoutPrefix(configuration.prefix), next != last
            else { break }
            last = next
        }
        return Array(found.prefix(limit))
    }

    public func downloadURL(for key: ObjectKey, filename: String?, expires: Duration) async throws -> String?
    {
        // The client's view, since it knows the region better than the settings do.
        let place = client.configuration.place(of: configuration.prefix + "\(key)", public: true)
        let query = filename.map {
            [("response-content-disposition", ContentDisposition.attachment(filename: $0))]
        }
        let signed = client.signer.presignedQuery(
            method: "GET", host: place.endpoint.authority, path: place.path, query: query ?? [],
            expires: Int(expires.components.seconds))
        return "\(place.url)?\(signed)"
    }

    public func removePartialUploads(olderThan age: Duration) async throws -> Int {
        let limit = Date(timeIntervalSinceNow: -(age / .seconds(1)))
        var request = S3Client.Request(method: .GET)
        request.query = [("uploads", ""), ("prefix", configuration.prefix), ("max-uploads", "1000")]
        guard let page = XMLNode.parse(try await client.answer(request)) else {
            throw S3Answer.unreadable(nil)
        }
        var count = 0
        for upload in page.all("Upload") {
            guard let name = upload["Key"], name.withoutPrefix(configuration.prefix) != nil,
                let id = upload["UploadId"],
                let begun = upload["Initiated"].flatMap({ S3Answer.time($0) }), begun < limit
            else { continue }
            let abort = S3Client.Request(method: .DELETE, name: name, query: [("uploadId", id)])
            _ = try await client.answer(abort)
            count += 1
        }
        return count
    }

    /// Lists at most one key: right only if the server, the bucket and the credentials are.
    public func check() async throws { _ = try await list(prefix: "", after: nil, limit: 1) }

    /// Begins an upload in parts and leaves it, as a process does that dies: for tests of
    /// `removePartialUploads`.
    package func beginMultipartUpload(_ key: ObjectKey) async throws {
        _ = try await MultipartUpload(client: client, request: request(.PUT, key)).begin("video/mp4")
    }

    private func request(_ method: HTTPMethod, _ key: ObjectKey) -> S3Client.Request {
        S3Client.Request(method: method, name: configuration.prefix + "\(key)", key: key)
    }

    private func entry(of contents: XMLNode) -> ObjectInfo? {
        guard let name = contents["Key"]?.withoutPrefix(configuration.prefix), let key = try? ObjectKey(name),
            let length = contents["Size"].flatMap({ Int($0) }), length >= 0,
            let modified = contents["LastModified"].flatMap({ S3Answer.time($0) })
        else { return nil }
        return ObjectInfo(key: key, length: length, modified: modified)
    }

}

extension String {
    /// The rest after a prefix; nil if the text does not begin with it.
    fileprivate func withoutPrefix(_ prefix: String) -> String? {
        utf8.starts(with: prefix.utf8)
            ? String(self[utf8.index(startIndex, offsetBy: prefix.utf8.count)...]) : nil
    }
}
