/// A stable error code of the Avatarium error contract (`docs/ERRORS.md`).
///
/// Codes and names are wire format: they are shared by the library, the CLI and the HTTP service and never
/// change meaning.
public struct ErrorCode: Hashable, Sendable {
    /// `"E024"`.
    public let code: String
    /// `"AVATAR_MODEL_INVALID"`.
    public let name: String
    /// Whether the same call could succeed later without being changed.
    public let recoverable: Bool
    /// Whether such failures are temporary, like those of networks, providers and rate limits. Other recoverable
    /// failures usually lie in the text, the recording or the model, and recur until that is changed.
    public let isTransient: Bool
    /// The CLI's exit status (sysexits.h).
    public let exitStatus: Int32

    private init(
        _ code: String, _ name: String, recoverable: Bool = false, isTransient: Bool? = nil, exit: Int32
    ) {
        self.code = code
        self.name = name
        self.recoverable = recoverable
        self.isTransient = isTransient ?? recoverable
        self.exitStatus = exit
    }

    public static let connectionFailed = ErrorCode("E001", "CONNECTION_FAILED", recoverable: true, exit: 69)
    public static let webSocketClosed = ErrorCode("E002", "WEBSOCKET_CLOSED", recoverable: true, exit: 69)
    public static let webSocketError = ErrorCode("E003", "WEBSOCKET_ERROR", recoverable: true, exit: 69)
    public static let networkError = ErrorCode("E004", "NETWORK_ERROR", recoverable: true, exit: 69)
    public static let timeout = ErrorCode("E005", "TIMEOUT", recoverable: true, exit: 69)
    public static let apiKeyInvalid = ErrorCode("E011", "API_KEY_INVALID", exit: 77)
    public static let apiKeyExpired = ErrorCode("E012", "API_KEY_EXPIRED", exit: 77)
    public static let apiKeyMissing = ErrorCode("E013", "API_KEY_MISSING", exit: 77)
    public static let byokKeyInvalid = ErrorCode("E014", "BYOK_KEY_INVALID", exit: 77)
    public static let byokKeyExpired = ErrorCode("E015", "BYOK_KEY_EXPIRED", exit: 77)
    public static let unauthorized = ErrorCode("E016", "UNAUTHORIZED", exit: 77)
    /// The model, or a file that it names, could not be read (I/O, missing buffer, permission).
    public static let avatarLoadFailed = ErrorCode(
        "E021", "AVATAR_LOAD_FAILED", recoverable: true, isTransient: false, exit: 66)
    /// There is no avatar with that name or path.
    public static let avatarNotFound = ErrorCode("E022", "AVATAR_NOT_FOUND", exit: 66)
    public static let avatarNotInitialized = ErrorCode("E023", "AVATAR_NOT_INITIALIZED", exit: 70)
    /// The bytes are not valid glTF/VRM, require an unsupported extension, or contain no geometry.
    public static let avatarModelInvalid = ErrorCode("E024", "AVATAR_MODEL_INVALID", exit: 65)
    /// The output target (folder, stream) does not exist or cannot be written; on the wire CONTAINER_NOT_FOUND.
    public static let outputNotWritable = ErrorCode("E025", "CONTAINER_NOT_FOUND", exit: 66)
    public static let ttsFailed = ErrorCode(
        "E031", "TTS_FAILED", recoverable: true, isTransient: false, exit: 65)
    public static let ttsProviderError = ErrorCode("E032", "TTS_PROVIDER_ERROR", recoverable: true, exit: 69)
    public static let ttsAudioDecodeFailed = ErrorCode(
        "E033", "TTS_AUDIO_DECODE_FAILED", recoverable: true, isTransient: false, exit: 65)
    public static let ttsVoiceNotFound = ErrorCode("E034", "TTS_VOICE_NOT_FOUND", exit: 66)
    public static let ttsQuotaExceeded = ErrorCode("E035", "TTS_QUOTA_EXCEEDED", exit: 69)
    public static let aiProviderError = ErrorCode("E041", "AI_PROVIDER_ERROR", recoverable: true, exit: 69)
    public static let aiModelNotFound = ErrorCode("E042", "AI_MODEL_NOT_FOUND", exit: 66)
    public static let aiContextLengthExceeded = ErrorCode("E043", "AI_CONTEXT_LENGTH_EXCEEDED", exit: 65)
    public static let aiContentFiltered = ErrorCode("E044", "AI_CONTENT_FILTERED", exit: 65)
    public static let aiQuotaExceeded = ErrorCode("E045", "AI_QUOTA_EXCEEDED", exit: 69)
    public static let rateLimited = ErrorCode("E051", "RATE_LIMITED", recoverable: true, exit: 75)
    public static let quotaExceeded = ErrorCode("E052", "QUOTA_EXCEEDED", exit: 75)
    public static let conversationNotFound = ErrorCode("E061", "CONVERSATION_NOT_FOUND", exit: 66)
    public static let conversationEnded = ErrorCode("E062", "CONVERSATION_ENDED", exit: 70)
    public static let messageSendFailed = ErrorCode(
        "E063", "MESSAGE_SEND_FAILED", recoverable: true, exit: 70)
    public static let alreadyProcessing = ErrorCode("E064", "ALREADY_PROCESSING", recoverable: true, exit: 75)
    /// Options that contradict each other or are out of range.
    public static let invalidConfig = ErrorCode("E071", "INVALID_CONFIG", exit: 64)
    public static let missingRequiredField = ErrorCode("E072", "MISSING_REQUIRED_FIELD", exit: 64)
    public static let invalidProvider = ErrorCode("E073", "INVALID_PROVIDER", exit: 64)
    /// The host lacks something needed other than GL (an encoder, a library).
    public static let hostRequirementMissing = ErrorCode("E081", "BROWSER_NOT_SUPPORTED", exit: 69)
    /// No EGL display, no GLES 3.0 context, or a needed limit is too small.
    public static let glNotAvailable = ErrorCode("E082", "WEBGL_NOT_SUPPORTED", exit: 69)
    /// The audio pipeline (resampler, encoder) could not be set up.
    public static let audioPipelineFailed = ErrorCode("E083", "AUDIO_CONTEXT_FAILED", exit: 69)
    /// The embedded speech engine is missing on this host.
    public static let speechEngineMissing = ErrorCode(
        "E084", "SPEECH_SYNTHESIS_NOT_SUPPORTED", exit: 69)
    public static let unknownError = ErrorCode("E091", "UNKNOWN_ERROR", exit: 70)
    /// A bug in Avatarium; details are only in the log.
    public static let internalError = ErrorCode("E092", "INTERNAL_ERROR", exit: 70)
    /// A request or timing file does not match its schema; `context["field"]` says where.
    public static let validationError = ErrorCode("E093", "VALIDATION_ERROR", exit: 65)

    /// Every code, in the order of the contract's table.
    public static let all: [ErrorCode] = [
        connectionFailed, webSocketClosed, webSocketError, networkError, timeout,
        apiKeyInvalid, apiKeyExpired, apiKeyMissing, byokKeyInvalid, byokKeyExpired, unauthorized,
        avatarLoadFailed, avatarNotFound, avatarNotInitialized, avatarModelInvalid, outputNotWritable,
        ttsFailed, ttsProviderError, ttsAudioDecodeFailed, ttsVoiceNotFound, ttsQuotaExceeded,
        aiProviderError, aiModelNotFound, aiContextLengthExceeded, aiContentFiltered, aiQuotaExceeded,
        rateLimited, quotaExceeded,
        conversationNotFound, conversationEnded, messageSendFailed, alreadyProcessing,
        invalidConfig, missingRequiredField, invalidProvider,
        hostRequirementMissing, glNotAvailable, audioPipelineFailed, speechEngineMissing,
        unknownError, internalError, validationError,
    ]
}

extension ErrorCode: CustomStringConvertible {
    /// `E024 AVATAR_MODEL_INVALID`
    public var description: String { "\(code) \(name)" }
}
