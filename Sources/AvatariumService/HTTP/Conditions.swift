import Avatarium
import AvatariumCore
import Crypto
import HTTPTypes
import Hummingbird
import ServiceHTTP
import ServiceStore

/// Conditional requests (RFC 9110 section 13) on what has a version: `If-None-Match` saves a client what it has, `If-Match`
/// keeps it from changing what it has not seen. Routes say with `Route.hasVersions` that they do this; all others refuse
/// `If-Match`, since a condition that is ignored protects nothing.
enum Conditions {
    /// The condition of `If-Match`; nil where there is none.
    /// - Throws: INVALID_PARAMETER for what is neither `*` nor a list of tags.
    static func ifMatch(_ request: Request) throws -> EntityTagCondition? {
        let lines = request.headers[values: .ifMatch]
        guard !lines.isEmpty else { return nil }
        guard let condition = EntityTagCondition(lines) else {
            throw APIError.invalid(
                "If-Match",
                "If-Match must be * or a list of quoted entity tags, as in the ETag of a response")
        }
        return condition
    }

    /// Refuses an `If-Match` that cannot hold, on a path that has no versions.
    static func refuse(_ request: Request) throws {
        guard let condition = try ifMatch(request), condition != .any else { return }
        throw failed("this resource has no versions, so If-Match never matches; omit it")
    }

    /// - Throws: 412 where the condition does not hold.
    static func check(_ condition: EntityTagCondition?, _ current: EntityTag) throws {
        guard let condition, !condition.permits(current) else { return }
        throw failed("it has changed since this version; GET it again, and retry")
    }

    private static func failed(_ words: String) -> APIError {
        APIError(.invalidRequest, words, status: .preconditionFailed, field: "If-Match")
    }

    /// Whether the client has this version already, so that 304 is the answer to its GET.
    /// - Throws: 412, INVALID_PARAMETER for `If-Match`.
    static func isKnown(_ request: Request, _ current: EntityTag) throws -> Bool {
        try check(ifMatch(request), current)
        return EntityTagCondition(request.headers[values: .ifNoneMatch])?.isNotModified(current) == true
    }
}

extension Response {
    /// The answer to a client that has the version.
    static func notModified(_ tag: EntityTag, cache: String) -> Response {
        Response(status: .notModified, headers: [.eTag: "\(tag)", .cacheControl: cache])
    }
}

extension ServiceContext {
    private static let cache = "private, no-cache"

    /// Answers with a version of something: its tag is that of `data`, whatever the request's id.
    /// - Parameter request: The GET that asks for it; nil in the answer to a change.
    func answer(versioned data: JSON, to request: Request? = nil) throws -> Response {
        let tag = EntityTag(of: data)
        if let request, try Conditions.isKnown(request, tag) { return .notModified(tag, cache: Self.cache) }
        return answer(data, headers: [.eTag: "\(tag)", .cacheControl: Self.cache])
    }
}

extension EntityTag {
    /// The tag of what a client is shown.
    init(of data: JSON) {
        self.init(opaque: Hexadecimal.text(SHA256.hash(data: data.encoded()).prefix(16)))
    }
}

extension Backend {
    /// The store for a change of a record: with `If-Match`, one that changes it only while it is as the client saw it.
    /// - Parameter tag: That GET gives the record.
    /// - Throws: INVALID_PARAMETER for a malformed `If-Match`; the store's changes throw 412.
    func store<Record: OwnedRecord>(
        changing id: Identifier<Record>, _ account: AccountID, by request: Request,
        tag: @escaping @Sendable (Record) -> EntityTag
    ) throws -> ServiceStore {
        guard let condition = try Conditions.ifMatch(request) else { return store }
        return store.expecting(id, account: account) { try Conditions.check(condition, tag($0)) }
    }
}
