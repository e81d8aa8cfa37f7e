/// The one error type that Avatarium throws.
///
/// The message states the fact and the remedy; `context` says where (`path`, `pointer`, `rule`, `offset`,
/// `frame`, `field`, `stage`, `provider`, `status` ...), so that a program need not read prose.
public struct AvatariumError: Error, Sendable {
    public var code: ErrorCode
    public var message: String
    /// Where it happened, machine-readable.
    public var context: [String: String]
    /// Milliseconds after which a retry may succeed, where known.
    public var retryAfter: Int?
    /// What lies underneath, where there is something.
    public var cause: (any Error)?

    public init(
        _ code: ErrorCode, _ message: String, context: [String: String] = [:], retryAfter: Int? = nil,
        cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.context = context
        self.retryAfter = retryAfter
        self.cause = cause
    }

    /// Whether the same call could succeed later without being changed.
    public var recoverable: Bool { code.recoverable }

    /// The same error with more context; keys already present win.
    public func adding(context more: [String: String]) -> AvatariumError {
        var copy = self
        copy.context.merge(more) { mine, _ in mine }
        return copy
    }
}

extension AvatariumError {
    /// Runs what reads the file that a request's field names, so that its errors name the field.
    package static func naming<Value>(_ field: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as AvatariumError {
            throw error.adding(context: ["field": field])
        }
    }
}

extension AvatariumError: CustomStringConvertible {
    /// `E024 AVATAR_MODEL_INVALID: message (path=..., pointer=...)`.
    public var description: String {
        var text = "\(code): \(message)"
        if !context.isEmpty {
            let pairs = context.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            text += " (\(pairs.joined(separator: ", ")))"
        }
        return text
    }
}

extension AvatariumError: Encodable {
    private enum Key: String, CodingKey {
        case code, name, message, recoverable, retryAfter, context, cause
    }

    /// The contract's JSON form: absent fields are left out.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(code.code, forKey: .code)
        try container.encode(code.name, forKey: .name)
        try container.encode(message, forKey: .message)
        try container.encode(recoverable, forKey: .recoverable)
        try container.encodeIfPresent(retryAfter, forKey: .retryAfter)
        if !context.isEmpty { try container.encode(context, forKey: .context) }
        if let cause { try container.encode(String(describing: cause), forKey: .cause) }
    }
}
