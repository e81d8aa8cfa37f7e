public import Avatarium
import AvatariumCore

/// What the service allows a clip, which its request cannot say.
public struct RenderTerms: Sendable, Codable, Equatable {
    /// A longer clip is refused before a frame is drawn, seconds.
    public var longestSeconds: Double?
    /// Whether every frame says that it is a test.
    public var isMarkedAsTest = false
    /// A folder with speech that the service has made of the text already (`RecordedSpeech`), since a child reaches no
    /// provider.
    public var speech: String?

    public init(longestSeconds: Double? = nil, isMarkedAsTest: Bool = false, speech: String? = nil) {
        self.longestSeconds = longestSeconds
        self.isMarkedAsTest = isMarkedAsTest
        self.speech = speech
    }
}

/// What the service asks of a render child: one JSON object per line on its standard input.
///
/// Every path in a request lies in the worker's folder, or names a bundled avatar.
public struct RenderOrder: Sendable, Codable {
    public enum Work: Sendable, Codable {
        /// A clip, and beside it, where a name is given, its captions (`.vtt`) and face track (`.json`).
        case clip(ClipRequest, RenderTerms, captions: String?, curves: String?)
        /// Makes a clip of a text that is still being written: the request has its first sentence, the others follow, each a
        /// `RenderDictation` on a line of its own.
        case dictated(ClipRequest, RenderTerms, captions: String?, curves: String?)
        /// One PNG of the avatar and look of a request, with an expression or a viseme by its name.
        case preview(ClipRequest, expression: String?, viseme: String?, output: String)
        /// A look at a model: its report as JSON.
        case inspect(path: String, output: String)
    }

    public var id: String
    public var work: Work

    public init(id: String, work: Work) {
        self.id = id
        self.work = work
    }
}

/// The continuation of a text that is still being written.
public enum RenderDictation: Sendable, Codable {
    case sentence(String)
    /// The text ends, also where the child has given up its clip meanwhile.
    case end
}

/// What a render child answers: one JSON object per line on its standard output.
public enum RenderEvent: Sendable, Codable {
    /// The child is confined and waits for orders; with the protections that hold.
    case ready(protections: [String])
    case progress(ClipProgress)
    case clip(ClipReport)
    case done(diagnostics: [Diagnostic])
    case failed(RenderFailure)
}

/// An `AvatariumError` as it crosses the process boundary.
public struct RenderFailure: Sendable, Codable {
    public var code: String
    public var message: String
    public var context: [String: String]
    public var retryAfter: Int?
    /// The operating system's reason, an `errno`.
    public var systemError: Int32?
    /// Whether the failure ends the whole run, and not this clip alone.
    public var endsRun: Bool

    public init(_ error: AvatariumError) {
        code = error.code.code
        message = error.message
        context = error.context
        retryAfter = error.retryAfter
        systemError = error.systemError?.rawValue
        endsRun = error.scope == .run
    }

    /// The error again; a code that nobody knows is E092.
    public var error: AvatariumError {
        let code = ErrorCode.all.first { $0.code == self.code } ?? .internalError
        return AvatariumError(
            code, message, context: context, systemError: systemError.map { Errno(rawValue: $0) },
            scope: endsRun ? .run : .item, retryAfter: retryAfter)
    }
}
