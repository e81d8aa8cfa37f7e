import AsyncHTTPClient
import AvatariumCore
import Foundation
import NIOCore
import ObjectStorage
import Testing

private let serverURL = ProcessInfo.processInfo.environment["AVATARIUM_S3_URL"]

/// A real S3 server that checks signatures; `scripts/test-s3` starts it and sets AVATARIUM_S3_URL and the AWS
/// variables.
@Suite(
    .enabled(if: serverURL != nil, "needs an S3 server: run scripts/test-s3, or set AVATARIUM_S3_URL"),
    .serialized)
struct S3ServerTests {
    private let scratch: StoreContract.Scratch
    private let configuration: S3Configuration
    private var store: S3Store { S3Store(configuration) }
    private var contract: StoreContract { StoreContract(store: store, scratch: scratch) }

    init() throws {
        scratch = try StoreContract.Scratch()
        configuration = try S3Configuration(
            url: serverURL! + "/\(UUID().uuidString)", environment: ProcessInfo.processInfo.environment)
    }

    @Test func `what is put comes back whole, in ranges and measured`() async throws {
        try await contract.`what is put comes back whole, in ranges and measured`()
    }
    @Test func `a second put replaces the first`() async throws {
        try await contract.`a second put replaces the first`()
    }
    @Test func `an object that is not there is nil, an error, or nothing to delete`() async throws {
        try await contract.`an object that is not there is nil, an error, or nothing to delete`()
    }
    @Test func `keys of every allowed kind are kept apart`() async throws {
        try await contract.`keys of every allowed kind are kept apart`()
    }
    @Test func `a list has the order of the keys' bytes and goes on after any key`() async throws {
        try await contract.`a list has the order of the keys' bytes and goes on after any key`()
    }
    @Test func `a file that changed since it was measured is refused`() async throws {
        try await contract.`a file that changed since it was measured is refused`()
    }

    private func fetch(_ url: String, range: String? = nil) async throws -> (Int, String?, [UInt8]) {
        var request = HTTPClientRequest(url: url)
        if let range { request.headers.add(name: "range", value: range) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let body = try await response.body.collect(upTo: 1 << 20)
        return (
            Int(response.status.code), response.headers.first(name: "content-disposition"),
            Array(body.readableBytesView)
        )
    }

    @Test func `anyone can download by a presigned URL, and nobody by a changed one`() async throws {
        let key = try ObjectKey("renders/ü b+c~d.mp4")
        try await store.put(try await scratch.file([1, 2, 3, 4]), at: key, contentType: "video/mp4")
        let url = try #require(
            try await store.downloadURL(for: key, filename: "Grüße \"1\".mp4", expires: .seconds(600)))
        let (status, disposition, body) = try await fetch(url)
        #expect(status == 200 && body == [1, 2, 3, 4])
        #expect(
            disposition
                == "attachment; filename=\"Gr__e _1_.mp4\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20_1_.mp4")
        #expect(try await fetch(url, range: "bytes=-2").2 == [3, 4])
        for (old, new) in [("b%2Bc", "b%2Bd"), ("Expires=600", "Expires=6000"), ("filename", "filenome")] {
            let changed = url.replacing(old, with: new)
            #expect(changed != url)
            #expect(try await fetch(changed).0 == 403, "\(new)")
        }
    }

    @Test func `a wrong secret is refused as a setting, without showing it`() async throws {
        var wrong = configuration
        wrong.credentials = S3Credentials(accessKey: wrong.credentials.accessKey, secretKey: "hush-wrong")
        let store = S3Store(wrong)
        let error = await #expect(throws: AvatariumError.self) { try await store.check() }
        #expect(error?.code == .invalidConfig && error?.context["s3Code"] == "SignatureDoesNotMatch")
        #expect(!"\(error as Any)".contains("hush"))
        try await self.store.check()
    }

    @Test func `a missing bucket is refused as a setting`() async throws {
        var wrong = configuration
        wrong.bucket = "no-such-bucket-\(UUID().uuidString.lowercased())"
        let store = S3Store(wrong)
        let error = await #expect(throws: AvatariumError.self) { try await store.check() }
        #expect(error?.code == .invalidConfig && error?.context["s3Code"] == "NoSuchBucket")
    }

    @Test func `a long file goes in parts and comes back`() async throws {
        var small = configuration
        small.multipartThreshold = 6 << 20
        let store = S3Store(small)
        let content = StoreContract.noise(12_000_001)
        let key = try ObjectKey("long file.mp4")
        try await store.put(try await scratch.file(content), at: key, contentType: "video/mp4")
        let copy = try await store.get(key, to: scratch.path + "/copy")
        #expect(copy.length == content.count)
        #expect(try Array(Data(contentsOf: URL(fileURLWithPath: copy.path))) == content)
        var wrong = try await scratch.file(content)
        wrong.sha256[5] ^= 1
        let changed = wrong
        let other = try ObjectKey("changed.mp4")
        await #expect(throws: AvatariumError.self) {
            try await store.put(changed, at: other, contentType: "video/mp4")
        }
        #expect(try await store.head(other) == nil)
        #expect(try await store.removePartialUploads(olderThan: .seconds(-3600)) == 0)
    }

    @Test func `an upload in parts that was left behind is removed`() async throws {
        // A file that shrinks behind the client's back, and a client that cannot clean up: its requests stop.
        let key = try ObjectKey("left.mp4")
        try await store.beginMultipartUpload(key)
        #expect(try await store.removePartialUploads(olderThan: .seconds(3600)) == 0)
        #expect(try await store.removePartialUploads(olderThan: .seconds(-3600)) == 1)
        #expect(try await store.removePartialUploads(olderThan: .seconds(-3600)) == 0)
    }
}
