import AsyncHTTPClient
import AvatariumCore
import Foundation
import NIOCore
import NIOHTTP1
import ServiceHTTP

/// Readers of what S3 answers with.
enum S3Answer {
    /// The range that an answer covers and the length of the whole object.
    static func measures(of response: HTTPClientResponse, _ key: ObjectKey) throws -> (
        Range<Int>, Int
    ) {
        if response.status == .partialContent {
            let field = response.headers.first(name: "content-range") ?? ""
            guard let match = field.wholeMatch(of: #/bytes (\d{1,18})-(\d{1,18})/(\d{1,18})/#),
                let first = Int(match.1), let last = Int(match.2), let length = Int(match.3), first <= last,
                last < length
            else { throw unreadable(key) }
            return (first..<last + 1, length)
        }
        guard let length = response.headers.first(name: "content-length").flatMap({ Int($0) }), length >= 0
        else {
            throw unreadable(key)
        }
        return (0..<length, length)
    }

    static func modified(_ response: HTTPClientResponse) -> Date {
        response.headers.first(name: "last-modified").flatMap { HTTPDate.parse($0) }
            ?? Date(timeIntervalSince1970: 0)
    }

    /// `2009-10-12T17:50:30.000Z`, with or without a fraction.
    static func time(_ text: String) -> Date? {
        (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
            ?? (try? Date(text, strategy: .iso8601))
    }

    static func unreadable(_ key: ObjectKey?) -> AvatariumError {
        var context = ["provider": "s3"]
        context["key"] = key?.description
        return AvatariumError(
            .networkError, "the S3 server sent a response that is not S3's", context: context)
    }
}
