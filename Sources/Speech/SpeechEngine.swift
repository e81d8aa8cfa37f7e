import AvatariumCore

/// How a text is to be spoken.
public struct SpeechOptions: Sendable, Codable, Equatable {
    /// A voice's id, with (`"espeak:en-us"`) or without (`"en-us"`) its engine; nil is the engine's default.
    public var voice: String?
    /// Speaking rate, 0.25...4; 1 is the voice's own.
    public var rate: Double
    /// Pitch, 0...2; 1 is the voice's own.
    public var pitch: Double
    /// Loudness, 0...2; 1 is the voice's own.
    public var volume: Double
    /// Whether the text is SSML (`break`, `prosody`, `emphasis`, `mark`, `voice`, `say-as`).
    public var ssml: Bool
    /// What the text is written in (`"de"`), for engines whose voices do not say; nil is the voice's own.
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

    /// - Throws: E071 for a value that is not a number or out of range.
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

/// Speech with the times of its sounds.
public struct Utterance: Sendable {
    public var audio: AudioBuffer
    public var timeline: PhoneTimeline
    public var diagnostics: [Diagnostic]

    public init(audio: AudioBuffer, timeline: PhoneTimeline, diagnostics: [Diagnostic] = []) {
        self.audio = audio
        self.timeline = timeline
        self.diagnostics = diagnostics
    }
}

/// Something that turns text into speech and says when each sound is made.
public protocol SpeechEngine: Sendable {
    /// The prefix of its voices' ids: `"espeak"`.
    var name: String { get }
    /// The voices that can be used on this host now.
    func voices() async throws -> [Voice]
    /// Speaks a text.
    /// - Throws: E093 for an empty text, E031 where nothing in it can be spoken, E034 for an unknown voice,
    ///   E071 for options out of range, E084 where the engine is missing on this host; from providers E001, E004,
    ///   E005, E013, E014, E015, E032, E033, E035, E051.
    func synthesize(_ text: String, options: SpeechOptions) async throws -> Utterance
    /// Speaks a text piece by piece, in order, so that the first can be used before the last is made. Each
    /// piece's times start at 0.
    func stream(_ text: String, options: SpeechOptions) -> AsyncThrowingStream<Utterance, any Error>
}

extension SpeechEngine {
    /// One piece: the whole text.
    public func stream(_ text: String, options: SpeechOptions) -> AsyncThrowingStream<Utterance, any Error> {
        AsyncThrowingStream { continuation in
            let task = Task {
                do {
                    continuation.yield(try await synthesize(text, options: options))
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }
}

extension Utterance {
    /// Adds speech after this one; times are moved by whole samples, so that long texts do not drift.
    mutating func append(_ next: Utterance) {
        timeline.append(next.timeline, at: audio.durationSeconds)
        audio.samples += next.audio.samples
        diagnostics += next.diagnostics.filter { !diagnostics.contains($0) }
    }
}
