import Foundation
import LipSync
import Media
import Speech

/// What is heard and what the face does meanwhile: the half of a clip that needs no pictures.
public struct Performance: Sendable {
    /// Nil for a timing file without sound.
    public var audio: ClipAudio?
    /// Empty when ready-made curves drive the face.
    public var timeline: PhoneTimeline
    public var track: FaceTrack
    public var durationSeconds: Double
    public var diagnostics: [Diagnostic]
    /// Seconds spent on speech and on the face track.
    var clock = StageClock()

    /// Silence after the last sound, so that the mouth can close: seconds.
    static let tailSeconds = 0.35

    /// Speaks, listens or reads, then animates.
    /// - Throws: E031-E034, E084 from speech; E033 for audio; E093 for timings; E071 when too long.
    public static func make(_ plan: ClipPlan) async throws -> Performance {
        var clock = StageClock()
        let began = StageClock.now()
        var audio: AudioBuffer?
        var content: TimingContent
        var diagnostics: [Diagnostic] = []
        var speech = plan.speech
        var options = plan.performance
        switch plan.source {
        case .text(let text):
            // SSML has marks of its own.
            let marked = speech.ssml ? nil : ExpressionMarks.parse(text)
            let (engine, voice) = try SpeechEngines.resolve(voice: plan.speech.voice)
            speech.voice = voice
            speech.language = plan.language
            var utterance = try await engine.synthesize(marked?.text ?? text, options: speech)
            utterance.audio.samples += [Float](
                repeating: 0, count: Int(tailSeconds * Double(utterance.audio.sampleRate)))
            audio = utterance.audio
            content = .phones(marked.map { utterance.timeline.punctuated(by: $0.text) } ?? utterance.timeline)
            if let marked { options.add(marked.performance(words: utterance.timeline.words)) }
            diagnostics = utterance.diagnostics
        case .recording(let path, let timings, let transcript):
            let recording = try AudioDecoder.decode(path: path) { diagnostics.append($0) }
            audio = recording
            if let timings {
                content = try readTimings(timings, audioDurationSeconds: recording.durationSeconds)
            } else {
                let timeline =
                    if let transcript {
                        try await ForcedAligner.align(
                            audio: recording, text: transcript, language: plan.language ?? "en-us")
                    } else {
                        try await AudioAnalysis.timeline(for: recording, language: plan.language)
                    }
                content = .phones(timeline)
            }
        case .timings(let path):
            content = try readTimings(path, audioDurationSeconds: nil)
        }
        try Task.checkCancellation()
        clock.add("speech", StageClock.now() - began)

        let animating = StageClock.now()
        let (timeline, track, duration) = try animate(
            content, audio: audio, frameRate: plan.frameRate, options: options)
        clock.add("lip-sync", StageClock.now() - animating)
        return Performance(
            audio: audio.map { ClipAudio($0) }, timeline: timeline, track: track, durationSeconds: duration,
            diagnostics: diagnostics,
            clock: clock)
    }

    private static func animate(
        _ content: TimingContent, audio: AudioBuffer?, frameRate: FrameRate, options: PerformanceOptions
    ) throws -> (PhoneTimeline, FaceTrack, Double) {
        func bounded(_ seconds: Double) throws -> Double {
            guard seconds <= ClipPlan.maximumDurationSeconds else {
                throw AvatariumError(
                    .invalidConfig,
                    "the clip would last \(Int(seconds)) s; the limit is "
                        + "\(Int(ClipPlan.maximumDurationSeconds)) s: split it",
                    context: ["field": "duration"])
            }
            return seconds
        }
        switch content {
        case .phones(let timeline):
            let duration = try bounded(audio?.durationSeconds ?? timeline.endSeconds + tailSeconds)
            let track = LipSync(options: options).faceTrack(
                for: timeline, durationSeconds: duration, frameRate: frameRate, audio: audio)
            return (timeline, track, duration)
        case .curves(let curves):
            let duration = try bounded(audio?.durationSeconds ?? curves.durationSeconds)
            let count = frameRate.frameCount(coveringSeconds: duration)
            let track = curves.resampled(to: frameRate, frameCount: count)
            return (PhoneTimeline(phones: [], source: "curves"), track, duration)
        }
    }

    private static func readTimings(_ path: String, audioDurationSeconds: Double?) throws -> TimingContent {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw AvatariumError(
                .validationError, "the timing file '\(path)' cannot be read: check its name and permissions",
                context: ["field": "timings", "path": path])
        }
        do {
            return try TimingFile.read(
                [UInt8](data), name: (path as NSString).lastPathComponent,
                audioDurationSeconds: audioDurationSeconds)
        } catch let error as AvatariumError {
            throw error.adding(context: ["path": path])
        }
    }
}
