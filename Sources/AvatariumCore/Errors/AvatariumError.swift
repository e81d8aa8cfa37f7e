import SystemPackage

/// The POSIX error of a system call.
public typealias Errno = SystemPackage.Errno

/// The scope of a failure: the current item, or the whole run.
public enum FailureScope: Sendable, Equatable {
    /// This clip, line or case; others may succeed.
    case item
    /// The whole run: whatever comes next would fail for the same reason (no GL, a full disk, a lost folder).
    case run
}

/// The one error type that Avatarium throws.
///
/// The message states what happened and what to do; `context` says where (`path`, `pointer`, `rule`, `offset`,
/// `frame`, `field`, `stage`, `provider`, `status`, ...), so programs do not have to parse the message.
public struct AvatariumError: Error, Sendable {
    public var code: ErrorCode
    public var message: String
    /// The location of the failure, for programs. `field` is an RFC 6901 JSON pointer into the request or file
    /// (`/emotions/0/name`; an option `--size` is `/size`); `errno` is the number of `systemError`.
    public private(set) var context: [String: String]
    /// The error reported by the operating system, if any.
    public private(set) var systemError: Errno?
    /// Whether the failure ends the current item or the whole run.
    public var scope: FailureScope
    /// Milliseconds after which a retry may succeed, if known.
    public var retryAfter: Int?
    /// The underlying error, if any.
    public var cause: (any Error)?

    /// Creates an error.
    ///
    /// - Parameters:
    ///   - message: What happened and what to do, lower case, without a full stop at the end.
    ///   - context: Where it happened. A `field` that is a plain name becomes a pointer: `size` is `/size`.
    ///   - systemError: The POSIX error; it also sets `context["errno"]`.
    ///   - scope: The scope of the failure. By default the run if GL is missing or the disk is full, otherwise
    ///     the item.
    public init(
        _ code: ErrorCode, _ message: String, context: [String: String] = [:], systemError: Errno? = nil,
        scope: FailureScope? = nil, retryAfter: Int? = nil, cause: (any Error)? = nil
    ) {
        self.code = code
        // It may quote a file; wherever it is shown, nothing of that may act on a terminal or begin a line of a log.
        self.message = message.quotedForMessage(limit: Self.longestMessage)
        self.context = Self.normalized(context).mapValues { $0.bounded(to: Self.longestMessage) }
        self.systemError = systemError
        self.scope = scope ?? Self.scope(of: code, systemError)
        self.retryAfter = retryAfter
        self.cause = cause
        if let systemError { self.context["errno"] = "\(systemError.rawValue)" }
    }

    /// Whether the same call could succeed later without being changed.
    public var recoverable: Bool { code.recoverable }

    /// Whether a program should retry the call automatically: failures with this code are temporary, or the time
    /// after which this one ends is known.
    public var isTransient: Bool { recoverable && (code.isTransient || retryAfter != nil) }

    /// Returns the error with more context; keys that are already present take precedence.
    public func adding(context more: [String: String]) -> AvatariumError {
        var copy = self
        copy.context.merge(Self.normalized(more)) { mine, _ in mine }
        return copy
    }

    /// Returns the same error with a field that a caller knows better, as an RFC 6901 pointer or a plain name.
    package func at(field: String) -> AvatariumError {
        var copy = self
        copy.context["field"] = Self.normalized(["field": field])["field"]
        return copy
    }

    /// Characters of a message and of a value of the context: names from a file may have megabytes.
    private static let longestMessage = 2000

    private static func scope(of code: ErrorCode, _ reason: Errno?) -> FailureScope {
        code == .glNotAvailable || reason == .noSpace || reason == .diskQuotaExceeded ? .run : .item
    }

    private static func normalized(_ context: [String: String]) -> [String: String] {
        guard let field = context["field"], !field.isEmpty, !field.hasPrefix("/") else { return context }
        var context = context
        context["field"] = "/" + JSON.pointerToken(field)
        return context
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
    /// `E024 AVATAR_MODEL_INVALID: message (path=..., pointer=...)`, without empty values.
    public var description: String {
        let pairs = context.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }.map {
            "\($0.key)=\($0.value.quotedForMessage(limit: 400))"
        }
        return "\(code): \(message)" + (pairs.isEmpty ? "" : " (\(pairs.joined(separator: ", ")))")
    }
}

extension AvatariumError: Encodable {
    private enum Key: String, CodingKey {
        case code, name, message, recoverable, retryAfter, context, cause
    }

    /// Encodes the JSON form of the contract; absent fields are omitted.
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
