import AsyncHTTPClient
import Foundation
import NIOCore
import ServiceHTTP

/// An answer that is not 2xx.
struct S3Refusal: Sendable {
    var status: Int
    var code: String?
    var requestID: String?
    var region: String?
    var location: String?
    var date: Date?
    var retryAfter: Duration?

    init(_ response: HTTPClientResponse) async {
        let bytes = try? await response.body.collect(upTo: 64 << 10)
        let document = bytes.flatMap { XMLNode.parse(Array(buffer: $0)) }
        status = Int(response.status.code)
        code = document?["Code"]
        requestID = response.headers.first(name: "x-amz-request-id") ?? document?["RequestId"]
        region = response.headers.first(name: "x-amz-bucket-region") ?? document?["Region"]
        location = response.headers.first(name: "location")
        date = response.headers.first(name: "date").flatMap { HTTPDate.parse($0) }
        retryAfter = RetryAfter.parse(response.headers.first(name: "retry-after"))
    }
}

/// Something learned from a refusal, after which the same request may succeed.
enum S3Correction: Sendable {
    case clock
    case region
    case detour(S3Place)

    var name: String {
        switch self {
        case .clock: "clock"
        case .region: "region"
        case .detour: "detour"
        }
    }
}
