import AvatariumCore
import Foundation
import LipSync
import Media
import Phonetics
import Speech
import TimingFormats

/// The audio of a clip and the face track that goes with it: everything except the frames.
///
/// ```swift
/// let performance = try await Performance.make(.text("Hello!"))
/// try Data(performance.track.csv().utf8).write(to: url)
/// ```
public struct Performance: Sendable {
    /// Nil for timings without audio.
    public var audio: ClipAudio?
    /// The phones and words; empty if ready-made curves drive the face.
    public var timeline: PhoneTimeline
    public var track: FaceTrack
    public var durationSeconds: Double
    public var diagnostics: [Diagnostic]
    /// The other speakers of a dialogue, in the order of the cast.
    public var partners: [Partner] = []
    /// Camera cuts requested by marks in the text, and animations; in a dialogue those of the first of the cast.
    public var cues = PerformanceCues()
    /// The integrated loudness of the speech in LUFS, if it was normalised.
    public var loudness: Double?
    /// Seconds spent on speech and on the face track.
    var clock = StageTimings()

    /// What another speaker of a dialogue does.
    public struct Partner: Sendable {
        public var track: FaceTrack
        /// Those that marks in this speaker's lines ask for.
        public var animations: [AnimationCue]
    }

    /// Silence after the last phone, in seconds, so that the mouth can close.
    static let tailSeconds = 0.35

    /// Final faces, in order; their audio is already in `audio`.
    package struct Part: Sendable {
        package var audio: ClipAudio?
        package var faces: [FaceFrame]
        /// Cuts and animations of the text so far.
        package var cues = PerformanceCues()
        /// The whole performance, if it is known before the first frame.
        package var whole: Performance?

        package init(
            audio: ClipAudio?, faces: [FaceFrame], cues: PerformanceCues = PerformanceCues(),
            whole: Performance? = nil
        ) {
            self.audio = audio
            self.faces = faces
            self.cues = cues
            self.whole = whole
        }
    }

    /// Synthesises, analyses or reads the clip's source, then animates the face.
    /// - Throws: E031 to E034 and E084 from speech; E033 for audio; E093 for timings; E071 if the clip is too long.
    public static func make(_ clip: Clip) async throws -> Performance { try await make(clip) { _ in } }

    /// Speaks, analyses or reads the clip's source and animates the face.
    /// - Parameter yield: Called with faces as soon as they are final: for a text, after each sentence.
    static func make(_ clip: Clip, yield: (Part) -> Void) async throws -> Performance {
        guard clip.edit.needsWholeSpeech || !clip.cast.isEmpty else {
            return try await perform(clip, yield: yield)
        }
        var whole = try await perform(clip) { _ in }
        try whole.finishSound(clip.edit)
        yield(Part(audio: whole.audio, faces: whole.track.frames, cues: whole.cues, whole: whole))
        return whole
    }

    private static func perform(_ asked: Clip, yield: (Part) -> Void) async throws -> Performance {
        var clip = asked
        clip.performance.delay(by: clip.edit.pad.start)
        if !clip.showsHands { clip.performance.gestureMode = .off }
        if !clip.cast.isEmpty, case .text(let text, let options) = clip.source {
            return try await Dialogue(clip, text: text, options).perform()
        }
        switch clip.source {
        case .text(let text, let options):
            let (engine, voice) = try SpeechEngineRegistry.shared.resolve(voice: options.voice)
            var options = options
            options.voice = voice
            return try await speak(LivePerformance(clip, text: text, options), by: engine, yield: yield)
        case .spoken(let text, let options, let engine):
            return try await speak(LivePerformance(clip, text: text, options), by: engine, yield: yield)
        case .sentences(let sentences, let options):
            let (engine, voice) = try SpeechEngineRegistry.shared.resolve(voice: options.voice)
            var options = options
            options.voice = voice
            options.ssml = false
            return try await speak(
                sentences, LivePerformance(clip, text: nil, options), by: engine, yield: yield)
        case .utterances(let pieces):
            return try await take(pieces, LivePerformance(clip, text: nil, SpeechOptions()), yield: yield)
        case .recording(let source, let timings, let language):
            let began = StageTimings.now()
            var diagnostics: [Diagnostic] = []
            let audio = try recording(source, limit: clip.longestSeconds, &diagnostics)
            // Known before the recording is aligned or recognised, which takes longer.
            try bounded(audio.durationSeconds, limit: clip.longestSeconds, field: "audio")
            let content = try await content(of: timings, audio: audio, language: language, &diagnostics)
            return try animate(
                clip, content.delayed(by: clip.edit.pad.start), audio: audio.padded(clip.edit.pad),
                diagnostics,
                began: began, yield: yield)
        case .timings(let timings, let language):
            let began = StageTimings.now()
            var diagnostics: [Diagnostic] = []
            let content = try await content(of: timings, audio: nil, language: language, &diagnostics)
            return try animate(
                clip, content.delayed(by: clip.edit.pad.start), audio: nil, diagnostics, began: began,
                yield: yield)
        }
    }

    private static func speak(
        _ live: LivePerformance, by engine: any SpeechEngine, yield: (Part) -> Void
    ) async throws -> Performance {
        try await take(engine.stream(live.text, options: live.speech), live, yield: yield)
    }

    /// Speaks sentences one after another, while later ones are still being written.
    private static func speak(
        _ sentences: AsyncThrowingStream<String, any Error>, _ live: LivePerformance,
        by engine: any SpeechEngine, yield: (Part) -> Void
    ) async throws -> Performance {
        var live = live
        var hasSpoken = false
        for try await sentence in sentences {
            let text = try live.write(sentence)
            // A smiley alone does not end the speech.
            guard text.contains(where: { $0.isLetter || $0.isNumber }) else { continue }
            for try await piece in engine.stream(text, options: live.speech) { yield(try live.add(piece)) }
            hasSpoken = true
        }
        try Task.checkCancellation()
        guard hasSpoken else {
            throw AvatariumError(
                .ttsFailed, "nothing in the text can be spoken; give words or numbers",
                context: ["field": "text", "provider": engine.name])
        }
        let (last, whole) = try live.finished()
        yield(last)
        return whole
    }

    private static func take(
        _ pieces: AsyncThrowingStream<Utterance, any Error>, _ live: LivePerformance, yield: (Part) -> Void
    ) async throws -> Performance {
        var live = live
        for try await piece in pieces { yield(try live.add(piece)) }
        try Task.checkCancellation()
        let (last, whole) = try live.finished()
        yield(last)
        return whole
    }

    /// - Parameter limit: The seconds that the clip may last: of a longer recording no more is decoded than shows it.
    private static func recording(
        _ source: Clip.AudioSource, limit: Double?, _ diagnostics: inout [Diagnostic]
    ) throws -> AudioBuffer {
        switch source {
        case .buffer(let audio):
            try bounded(audio.durationSeconds, limit: nil, field: "audio")
            return audio
        case .file(let path):
            try InputFile.require(path, "recording", field: "audio", code: .ttsAudioDecodeFailed)
            return try AvatariumError.naming("audio") {
                try AudioDecoder.decode(path: path, upTo: limit.map { $0 + 1 }) { diagnostics.append($0) }
            }
        }
    }

    /// Checks that a clip's recording and its timings can be read.
    /// - Throws: As `make`.
    static func checkRecording(_ clip: Clip) throws {
        guard case .recording(let source, let timings, let language) = clip.source else { return }
        var diagnostics: [Diagnostic] = []
        guard case .file(let path, let speaker) = timings else {
            _ = try recording(source, limit: 0, &diagnostics)
            return
        }
        let audio = try recording(source, limit: clip.longestSeconds, &diagnostics)
        _ = try readTimings(
            path, audioDurationSeconds: audio.durationSeconds, language: language, speaker: speaker)
    }

    private static func content(
        of timings: Clip.SpeechTimings, audio: AudioBuffer?, language: String?,
        _ diagnostics: inout [Diagnostic]
    ) async throws -> TimingContent {
        switch (timings, audio) {
        case (.file(let path, let speaker), _):
            let file = try readTimings(
                path, audioDurationSeconds: audio?.durationSeconds, language: language, speaker: speaker)
            diagnostics += file.diagnostics
            return file.content
        case (.phones(let phones), _): return .phones(phones)
        case (.curves(let curves), _): return .curves(curves)
        case (.transcript(let text), let audio?):
            let found = try await ForcedAligner.align(audio: audio, text: text, language: language ?? "en-us")
            diagnostics += found.diagnostics
            return .phones(found.timeline)
        case (.unknown, let audio?):
            return .phones(try await AudioAnalysis.timeline(for: audio, language: language))
        case (.transcript, nil), (.unknown, nil):
            throw AvatariumError(
                .missingRequiredField, "there are neither audio nor timings; give one of them",
                context: ["field": "audio"])
        }
    }

    private static func animate(
        _ clip: Clip, _ content: TimingContent, audio: AudioBuffer?, _ diagnostics: [Diagnostic],
        began: Double,
        yield: (Part) -> Void
    ) throws -> Performance {
        try Task.checkCancellation()
        var clock = StageTimings()
        let animating = StageTimings.now()
        clock.add("speech", animating - began)
        let timeline: PhoneTimeline
        let track: FaceTrack
        let duration: Double
        let timedSeconds: Double
        let field = audio == nil ? "timings" : "audio"
        switch content {
        case .phones(let phones):
            timeline = phones
            timedSeconds = phones.endSeconds
            duration = try bounded(
                audio?.durationSeconds ?? phones.endSeconds + tailSeconds + clip.edit.pad.end,
                limit: clip.longestSeconds, field: field)
            track = LipSync(options: clip.performance).faceTrack(
                for: phones, durationSeconds: duration, frameRate: clip.frameRate, audio: audio)
        case .curves(let curves):
            timeline = PhoneTimeline(phones: [], source: "curves")
            timedSeconds = curves.durationSeconds
            duration = try bounded(
                audio?.durationSeconds ?? curves.durationSeconds + clip.edit.pad.end,
                limit: clip.longestSeconds, field: field)
            track = curves.resampled(
                to: clip.frameRate, frameCount: clip.frameRate.frameCount(coveringSeconds: duration))
        }
        clock.add("lip-sync", StageTimings.now() - animating)
        let sound = audio.map { ClipAudio($0) }
        yield(Part(audio: sound, faces: track.frames))
        return Performance(
            audio: sound, timeline: timeline, track: track, durationSeconds: duration,
            diagnostics: diagnostics
                + [audio.flatMap { untimedSpeech(in: $0, after: timedSeconds) }].compactMap(\.self),
            clock: clock)
    }

    /// Seconds of audible audio after the last timing from which the timings are said not to fit: those of any
    /// recording, and those of one that has most of its sound there.
    private static let untimedLimits = (any: 1.0, most: 0.3)

    /// Returns a warning where a recording goes on speaking after its timings end.
    ///
    /// A window of 50 ms counts as audible within 26 dB of the loudest one.
    static func untimedSpeech(in audio: AudioBuffer, after end: Double) -> Diagnostic? {
        let window = max(1, audio.sampleRate / 20)
        guard audio.durationSeconds - end > untimedLimits.most, audio.samples.count >= window else {
            return nil
        }
        func energy(_ start: Int) -> Float {
            audio.samples[start..<min(start + window, audio.samples.count)].reduce(0) { $0 + $1 * $1 }
        }
        let energies = stride(from: 0, to: audio.samples.count, by: window).map(energy)
        guard let loudest = energies.max(), loudest > 0 else { return nil }
        let first = max(0, Int((max(0, end) * Double(audio.sampleRate) / Double(window)).rounded(.up)))
        let timed = energies.prefix(first).count { $0 > loudest / 400 }
        let audible = energies.dropFirst(first).count { $0 > loudest / 400 }
        let seconds = Double(audible * window) / Double(audio.sampleRate)
        guard seconds > (audible > timed ? untimedLimits.most : untimedLimits.any) else { return nil }
        return Diagnostic(
            .warning, "TIMINGS_END_EARLY",
            String(
                format:
                    "the timings end at %.2f s, but %.2f s of the audio after that is not silent: the mouth stays "
                    + "closed there; check that the timings belong to this recording", end, seconds))
    }

    /// Returns a clip's duration in seconds.
    /// - Parameters:
    ///   - limit: The clip's own, in seconds.
    ///   - field: What makes it so long.
    /// - Throws: E071 for more than any clip may last, E093 for more than this one may.
    @discardableResult
    static func bounded(_ seconds: Double, limit: Double?, field: String) throws -> Double {
        if let limit, seconds > limit {
            throw AvatariumError(
                .validationError,
                String(
                    format: "the clip would exceed its limit of %g s; shorten the \(field)",
                    limit),
                context: ["field": field, "rule": "too-long", "limit": String(format: "%g", limit)])
        }
        guard seconds <= Clip.maximumDurationSeconds else {
            throw AvatariumError(
                .invalidConfig,
                "the clip would last \(Int(min(seconds, 1e12))) s; the limit is "
                    + "\(Int(Clip.maximumDurationSeconds)) s; split it",
                context: ["field": "duration"])
        }
        return seconds
    }

    private static func readTimings(
        _ path: String, audioDurationSeconds: Double?, language: String?, speaker: String?
    ) throws -> TimingFile {
        let data = try InputFile.read(path, "timing file", field: "timings", limit: InputLimits.timingsBytes)
        do {
            return try TimingFile.read(
                [UInt8](data), name: (path as NSString).lastPathComponent,
                audioDurationSeconds: audioDurationSeconds,
                language: language, speaker: speaker, pronouncer: ESpeakPronouncer())
        } catch let error as AvatariumError {
            throw error.adding(context: ["path": path])
        }
    }
}

extension TimingContent {
    /// Returns the content with all times later; curves rest before.
    fileprivate func delayed(by seconds: Double) -> TimingContent {
        guard seconds > 0 else { return self }
        switch self {
        case .phones(let phones): return .phones(phones.delayed(by: seconds))
        case .curves(var curves):
            let count = Int((seconds * curves.frameRate.framesPerSecond).rounded())
            curves.frames = Array(repeating: FaceFrame(), count: min(count, 1_000_000)) + curves.frames
            return .curves(curves)
        }
    }
}

extension AudioBuffer {
    /// Returns the audio with silence before and after it.
    fileprivate func padded(_ pad: ClipEdit.Edges) -> AudioBuffer {
        guard pad != ClipEdit.Edges() else { return self }
        func silence(_ seconds: Double) -> [Float] {
            [Float](repeating: 0, count: Int((seconds * Double(sampleRate)).rounded()))
        }
        return AudioBuffer(sampleRate: sampleRate, samples: silence(pad.start) + samples + silence(pad.end))
    }
}
