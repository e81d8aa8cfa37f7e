import AvatariumCore
import LipSync
import Speech
import TimingFormats

/// One turn in the making: speech goes in piece by piece, faces with their sound come out as soon as nothing to come can
/// change them.
package struct LiveSpeech {
    private var performance: LivePerformance

    /// - Parameters:
    ///   - text: The text with its marks; nil for recorded speech.
    ///   - options: How the text is spoken.
    ///   - base: How the avatar acts.
    package init(
        text: String?, _ options: SpeechOptions, base: PerformanceOptions, mood: LiveMood, turn: Int,
        frameRate: FrameRate
    ) {
        var clip = Clip(.timings(.unknown, language: nil))
        clip.frameRate = frameRate
        clip.lookAhead = Clip.liveLookAhead
        clip.performance = base
        clip.performance.seed = base.seed &+ UInt64(turn) &* 0xD1B5_4A32_D192_ED03
        clip.performance.show(mood)
        performance = LivePerformance(clip, text: text, options)
    }

    /// The text without its marks.
    package var text: String { performance.text }
    package var timeline: PhoneTimeline { performance.timeline }

    /// - Throws: E071 when the turn gets too long; E092 where the voice changes its sample rate.
    package mutating func add(_ piece: Utterance) throws -> Performance.Part { try performance.add(piece) }

    package mutating func finish() throws -> Performance.Part { try performance.finished().last }
}

extension LiveSpeech {
    /// Speaks a text with the engine that the voice's name selects.
    /// - Returns: The speech piece by piece. The engine is one piece ahead of what is taken, or as many as it makes at once, so that
    ///   the speech of a long turn neither delays pictures nor is paid for when the turn is interrupted.
    /// - Throws: E034, E073, E084 as `SpeechEngineRegistry.resolve`.
    package static func speak(
        _ text: String, _ options: SpeechOptions
    ) throws -> some AsyncSequence<Utterance, any Error> {
        let (engine, voice) = try SpeechEngineRegistry.shared.resolve(voice: options.voice)
        var options = options
        options.voice = voice
        return ProducedSequence<Utterance> { [options] pieces in
            try await engine.speak(text, options: options) { await pieces.send($0) }
        }
    }

    /// Reads the timings of a piece of recorded speech, in any format that files have.
    /// - Throws: E093 where they cannot be read.
    package static func utterance(of audio: AudioBuffer, timings: [UInt8], language: String?) throws
        -> Utterance
    {
        let file = try TimingFile.read(
            timings, name: "timings", audioDurationSeconds: audio.durationSeconds, language: language,
            pronouncer: ESpeakPronouncer())
        guard case .phones(let timeline) = file.content else {
            throw AvatariumError(
                .validationError, "face curves cannot be streamed; give phones, visemes, words or characters",
                context: ["field": "timings"])
        }
        return Utterance(audio: audio, timeline: timeline, diagnostics: file.diagnostics)
    }
}

/// Finds phones in speech that arrives without any timings, a window at a time.
///
/// Each window is analysed together with the seconds before it, since levels only mean something beside others; what is
/// given is given for good.
package struct LiveListener {
    /// Seconds of one window: long enough for a syllable, and the delay that analysis adds.
    package static let windowSeconds = 0.24
    private static let memorySeconds = 2.4

    private let sampleRate: Int
    private var past: [Float] = []
    private var pending: [Float] = []

    package init(sampleRate: Int) { self.sampleRate = sampleRate }

    /// Takes samples.
    /// - Parameter isLast: Whether nothing follows: then what is left makes a shorter window.
    /// - Returns: What listens on, and the windows that are full.
    package func adding(_ samples: [Float], isLast: Bool) async -> (
        listener: LiveListener, pieces: [Utterance]
    ) {
        var listener = self
        listener.pending += samples
        let window = Int(Self.windowSeconds * Double(sampleRate))
        var pieces: [Utterance] = []
        while listener.pending.count >= window || (isLast && !listener.pending.isEmpty) {
            let new = Array(listener.pending.prefix(window))
            listener.pending.removeFirst(new.count)
            pieces.append(await listener.piece(new))
        }
        return (listener, pieces)
    }

    private mutating func piece(_ new: [Float]) async -> Utterance {
        let start = Double(past.count) / Double(sampleRate)
        let context = AudioBuffer(sampleRate: sampleRate, samples: past + new)
        // Nothing heard is silence here, and no error.
        let found = try? await AudioAnalysis.timeline(for: context, language: nil)
        let phones = (found?.phones ?? []).filter { $0.end > start }.map { phone in
            var phone = phone
            phone.start = max(0, phone.start - start)
            phone.end -= start
            return phone
        }
        past = Array(context.samples.suffix(Int(Self.memorySeconds * Double(sampleRate))))
        return Utterance(
            audio: AudioBuffer(sampleRate: sampleRate, samples: new),
            timeline: PhoneTimeline(phones: phones, source: PhoneTimeline.audioAnalysis))
    }
}
