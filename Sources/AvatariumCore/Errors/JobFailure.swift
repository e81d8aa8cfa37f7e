/// The reason why a job of the service failed: the JSON form of an ``AvatariumError`` (`docs/ERRORS.md`), as the
/// service stores it and its clients read it.
public struct JobFailure: Error, Sendable, Hashable, Codable {
    /// `E024`.
    public var code: String
    /// `AVATAR_MODEL_INVALID`.
    public var name: String
    public var message: String
    /// Whether the same job may succeed later without being changed.
    public var recoverable: Bool
    /// Milliseconds after which a retry may succeed, if known.
    public var retryAfter: Int?
    public var context: [String: String]?

    public init(_ error: AvatariumError) {
        code = error.code.code
        name = error.code.name
        message = error.message
        recoverable = error.recoverable
        retryAfter = error.retryAfter
        context = error.context.isEmpty ? nil : error.context
    }

    /// The corresponding error of the library.
    public var error: AvatariumError {
        AvatariumError(
            ErrorCode.all.first { $0.code == code } ?? .unknownError, message, context: context ?? [:],
            retryAfter: retryAfter)
    }
}
