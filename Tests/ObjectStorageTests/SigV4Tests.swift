import AvatariumCore
import Foundation
import ObjectStorage
import Testing

/// Amazon's published examples, and those that botocore computes in `scripts/test-wire-formats`.
struct SigV4Tests {
    /// "Authenticating Requests: Using the Authorization Header / Query Parameters", Amazon S3 API reference.
    private let signer = SigV4(
        credentials: S3Credentials(
            accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        region: "us-east-1", date: Date(timeIntervalSince1970: 1_369_353_600))
    private let host = "examplebucket.s3.amazonaws.com"

    private func signature(
        _ method: String, _ path: String, query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [], payload: String = SigV4.emptyPayload
    ) -> Substring? {
        signer.authorized(
            method: method, path: path, query: query, headers: [("Host", host)] + headers, payload: payload
        ).last?.value.split(separator: "Signature=").last
    }

    @Test func `Amazon's example of a GET with a range has Amazon's signature`() {
        #expect(
            signature("GET", "/test.txt", headers: [("Range", "bytes=0-9")])
                == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
    }

    @Test func `Amazon's example of a PUT has Amazon's signature`() {
        #expect(
            signature(
                "PUT", "/test$file.text",
                headers: [
                    ("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
                ], payload: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072")
                == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
    }

    @Test func `Amazon's examples of bucket requests have Amazon's signatures`() {
        #expect(
            signature("GET", "/", query: [("lifecycle", "")])
                == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")
        #expect(
            signature("GET", "/", query: [("prefix", "J"), ("max-keys", "2")])
                == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
    }

    @Test func `Amazon's example of a presigned URL has Amazon's signature`() {
        let query = signer.presignedQuery(
            method: "GET", host: host, path: "/test.txt", query: [], expires: 86_400)
        #expect(
            query.hasSuffix(
                "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"))
        #expect(
            query.contains("X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request")
        )
    }

    @Test func `a presigned URL lives at most seven days`() {
        for (asked, given) in [(0, 1), (Int.max, 604_800), (-5, 1)] {
            let query = signer.presignedQuery(
                method: "GET", host: host, path: "/a", query: [], expires: asked)
            #expect(query.contains("X-Amz-Expires=\(given)&"))
        }
    }

    @Test func `credentials are in no description`() {
        let credentials = S3Credentials(accessKey: "AK", secretKey: "hush-secret", sessionToken: "hush-token")
        var text = "\(credentials) \(String(reflecting: credentials))"
        dump(credentials, to: &text)
        let store = S3Store(
            S3Configuration(
                bucket: "b", endpoint: try! S3Endpoint("http://localhost", setting: "x"),
                credentials: credentials))
        dump(store, to: &text)
        dump(SigV4(credentials: credentials, region: "r", date: Date()), to: &text)
        #expect(!text.contains("hush"))
    }

    // MARK: botocore as the judge

    private struct Case: Decodable {
        var name, method, host, path, payload, region, canonical, signature, presigned: String
        var query: [[String]]
        var headers: [[String]]
        var token: String?
        var time: Double
        var expires: Int
    }

    private static let folder = ProcessInfo.processInfo.environment["AVATARIUM_WIRE_FOLDER"]

    @Test(.enabled(if: Self.folder != nil, "set by scripts/test-wire-formats"))
    func `requests are signed as botocore signs them`() throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: Self.folder! + "/sigv4.json"))
        let cases = try JSONDecoder().decode([Case].self, from: data)
        #expect(cases.count >= 20)
        for each in cases {
            let signer = SigV4(
                credentials: S3Credentials(
                    accessKey: "AKIDEXAMPLE", secretKey: "secret/+key", sessionToken: each.token),
                region: each.region, date: Date(timeIntervalSince1970: each.time))
            let query = each.query.map { (name: $0[0], value: $0[1]) }
            let headers = signer.authorized(
                method: each.method, path: each.path, query: query,
                headers: [("host", each.host)] + each.headers.map { ($0[0], $0[1]) }, payload: each.payload)
            let canonical = SigV4.canonicalRequest(
                method: each.method, path: each.path, query: query, headers: headers.dropLast(),
                payload: each.payload)
            #expect(canonical == each.canonical, "\(each.name)")
            #expect(headers.last?.value.hasSuffix("Signature=\(each.signature)") == true, "\(each.name)")
            let presigned = signer.presignedQuery(
                method: each.method, host: each.host, path: each.path, query: query, expires: each.expires)
            #expect(presigned.hasSuffix("X-Amz-Signature=\(each.presigned)"), "\(each.name)")
        }
    }
}
