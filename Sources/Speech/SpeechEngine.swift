import AvatariumCore

/// The voice and the manner in which a text is spoken.
public struct SpeechOptions: Sendable, Codable, Equatable {
    /// The id of a voice, with (`"espeak:en-us"`) or without (`"en-us"`) its engine; nil for the engine's
    /// default.
    public var voice: String?
    /// Speaking rate, 0.25...4; 1 is the voice's own.
    public var rate: Double
    /// Pitch, 0...2; 1 is the voice's own.
    public var pitch: Double
    /// Loudness, 0...2; 1 is the voice's own.
    public var volume: Double
    /// Whether the text is SSML (`break`, `prosody`, `emphasis`, `mark`, `voice`, `say-as`).
    public var ssml: Bool
    /// The language of the text (`"de"`), for engines whose voices have none; nil for the voice's own.
    public var language: String?

    public init(
        voice: String? = nil, rate: Double = 1, pitch: Double = 1, volume: Double = 1, ssml: Bool = false,
        language: String? = nil
    ) {
        self.voice = voice
        self.rate = rate
        self.pitch = pitch
        self.volume = volume
        self.ssml = ssml
        self.language = language
    }

    /// - Throws: E071 if a value is not a number or is out of range.
    public func validate() throws {
        for (name, value, range) in [
            ("rate", rate, 0.25...4), ("pitch", pitch, 0...2), ("volume", volume, 0...2),
        ] where !range.contains(value) {
            throw AvatariumError(
                .invalidConfig,
                "the speech option \(name) is \(value); give a number from \(range.lowerBound) to "
                    + "\(range.upperBound)",
                context: ["field": name])
        }
    }
}

/// A validated text with its options, which an engine is asked to speak.
public struct SpeechRequest: Sendable {
    /// The longest text in bytes, which is some days of speech.
    public static let maximumBytes = 4 << 20

    public let text: String
    public let options: SpeechOptions
    /// Warnings about the text, which are delivered with the first piece of speech.
    let diagnostics: [Diagnostic]

    /// - Throws: E093 if the text is empty or too long, E071 if an option is out of range.
    public init(_ text: String, options: SpeechOptions = SpeechOptions()) throws {
        try options.validate()
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw AvatariumError(
                .validationError, "the text is empty; give something to say", context: ["field": "text"])
        }
        try Self.checkLength(text)
        self.text = text
        self.options = options
        diagnostics = !options.ssml && SSMLDocument.isLikely(text) ? [Self.looksLikeMarkup] : []
    }

    /// Refuses a text that is too long for any engine.
    /// - Throws: E093.
    public static func checkLength(_ text: String) throws {
        guard text.utf8.count > maximumBytes else { return }
        throw AvatariumError(
            .validationError,
            "the text has more than \(maximumBytes >> 20) MiB; split it into several clips",
            context: ["field": "text"])
    }

    private static let looksLikeMarkup = Diagnostic(
        .warning, "TEXT_LOOKS_LIKE_SSML",
        "the text looks like SSML and was spoken as plain text, tags included; set `ssml` (--ssml) to have it read as "
            + "SSML")
}

/// Speech with the times of its phones.
public struct Utterance: Sendable {
    public var audio: AudioBuffer
    public var timeline: PhoneTimeline
    public var diagnostics: [Diagnostic]

    public init(audio: AudioBuffer, timeline: PhoneTimeline, diagnostics: [Diagnostic] = []) {
        self.audio = audio
        self.timeline = timeline
        self.diagnostics = diagnostics
    }

    /// Adds speech after this one; times are moved by whole samples, so that long texts do not drift.
    mutating func append(_ next: Utterance) {
        timeline.append(next.timeline, at: audio.durationSeconds)
        audio.samples += next.audio.samples
        diagnostics += next.diagnostics.filter { !diagnostics.contains($0) }
    }
}

/// Synthesizes speech from text, with the time span of each phone.
///
/// An engine implements `speak`, which delivers speech in pieces. Callers use `stream` or `synthesize`, which
/// validate the text and the options first. Register your own engine to make its voices available as `mine:...`:
///
/// ```swift
/// struct MyEngine: SpeechEngine {
///     let name = "mine"
///     func voices() async throws -> [Voice] { [Voice(id: "mine:anna", name: "Anna", language: "en", engine: "mine")] }
///     func speak(_ request: SpeechRequest, give: (Utterance) async throws -> Void) async throws {
///         try await give(try await synthesizer.utterance(of: request.text))
///     }
/// }
/// SpeechEngineRegistry.shared.register(SpeechEngineRegistry.Entry("mine") { MyEngine() })
/// ```
public protocol SpeechEngine: Sendable {
    /// The prefix of the ids of its voices: `"espeak"`.
    var name: String { get }

    /// Returns the voices that can be used on this host now.
    func voices() async throws -> [Voice]

    /// Refuses a voice that the engine certainly does not have, before anything is rendered. By default none is
    /// refused.
    /// - Parameter voice: The id without the engine's prefix; may be empty for the engine's default.
    /// - Throws: E034 with similar names, E084 if the engine is missing on this host.
    func check(voice: String) throws

    /// Returns voices of this host with names similar to a given one, without network access; none by default.
    /// - Returns: Ids without the engine's prefix.
    func voices(like name: String) -> [String]

    /// Speaks a text in pieces, in order, so that the first can be used before the last has been synthesised.
    ///
    /// Delivers nothing if nothing in the text can be spoken; `stream` then throws an error. The task is
    /// cancelled when the speech is no longer needed.
    /// - Parameter give: Delivers a piece; its times start at 0. Suspends while no further piece is needed.
    /// - Throws: E031 if the engine fails, E034 for an unknown voice, E084 if the engine is missing on this host;
    ///   from providers E001, E004, E005, E013, E014, E015, E032, E033, E035, E051.
    func speak(_ request: SpeechRequest, give: (Utterance) async throws -> Void) async throws
}

extension SpeechEngine {
    public func check(voice: String) throws {}
    public func voices(like name: String) -> [String] { [] }

    /// Speaks a text in pieces, in order, no further ahead than `give` permits. The times of each piece start at 0.
    /// - Throws: E093 if the text is empty or too long, E071 if an option is out of range, E031 if nothing in the
    ///   text can be spoken, and the errors of `speak(_:give:)` and `give`.
    public func speak(
        _ text: String, options: SpeechOptions = SpeechOptions(), give: (Utterance) async throws -> Void
    ) async throws {
        let request = try SpeechRequest(text, options: options)
        var isFirst = true
        try await speak(request) { piece in
            var piece = piece
            if isFirst { piece.diagnostics = request.diagnostics + piece.diagnostics }
            isFirst = false
            try await give(piece)
        }
        try Task.checkCancellation()
        if isFirst { throw nothingToSay }
    }

    /// Speaks a text in pieces as fast as the engine can, whether or not they are consumed.
    /// - Throws: The errors of `speak(_:options:give:)`.
    public func stream(
        _ text: String, options: SpeechOptions = SpeechOptions()
    ) -> AsyncThrowingStream<Utterance, any Error> {
        AsyncThrowingStream { continuation in
            let task = Task {
                do {
                    try await speak(text, options: options) { continuation.yield($0) }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    /// Speaks a whole text. Throws the errors of `stream`.
    public func synthesize(_ text: String, options: SpeechOptions = SpeechOptions()) async throws -> Utterance
    {
        var whole: Utterance?
        for try await piece in stream(text, options: options) {
            if whole == nil { whole = piece } else { whole?.append(piece) }
        }
        try Task.checkCancellation()
        guard let whole else { throw nothingToSay }
        return whole
    }

    private var nothingToSay: AvatariumError {
        AvatariumError(
            .ttsFailed, "nothing in the text can be spoken; give words or numbers",
            context: ["field": "text", "provider": name])
    }
}
