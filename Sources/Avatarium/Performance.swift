import Foundation
import LipSync
import Media
import Speech
import TimingFormats

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

    /// Faces that are ready, in order; their sound is in `audio` before they are.
    package struct Part: Sendable {
        package var audio: ClipAudio?
        package var faces: [FaceFrame]
    }

    /// Speaks, listens or reads, then animates.
    /// - Throws: E031-E034, E084 from speech; E033 for audio; E093 for timings; E071 when too long.
    public static func make(_ plan: ClipPlan) async throws -> Performance { try await make(plan) { _ in } }

    /// The same, giving faces away as soon as they are known: of a text after each of its sentences.
    static func make(_ plan: ClipPlan, give: (Part) -> Void) async throws -> Performance {
        let began = StageClock.now()
        switch plan.source {
        case .text(let text):
            let (engine, voice) = try SpeechEngineRegistry.shared.resolve(voice: plan.speech.voice)
            var plan = plan
            plan.speech.voice = voice
            return try await speak(text, plan, by: engine, give: give)
        case .recording(let path, let timings, let transcript):
            var diagnostics: [Diagnostic] = []
            let recording = try AvatariumError.naming("audio") {
                try AudioDecoder.decode(path: path) { diagnostics.append($0) }
            }
            let content: TimingContent
            if let timings {
                let file = try readTimings(
                    timings, audioDurationSeconds: recording.durationSeconds, language: plan.language)
                content = file.content
                diagnostics += file.diagnostics
            } else if let transcript {
                let found = try await ForcedAligner.align(
                    audio: recording, text: transcript, language: plan.language ?? "en-us")
                diagnostics += found.diagnostics
                content = .phones(found.timeline)
            } else {
                content = .phones(try await AudioAnalysis.timeline(for: recording, language: plan.language))
            }
            return try animate(
                content, audio: recording, diagnostics: diagnostics, plan, began: began, give: give)
        case .timings(let path):
            let file = try readTimings(path, audioDurationSeconds: nil, language: plan.language)
            return try animate(
                file.content, audio: nil, diagnostics: file.diagnostics, plan, began: began, give: give)
        }
    }

    private static func speak(
        _ text: String, _ plan: ClipPlan, by engine: any SpeechEngine, give: (Part) -> Void
    ) async throws -> Performance {
        var live = LivePerformance(plan, text: text)
        for try await piece in engine.stream(live.text, options: live.speech) {
            give(try live.add(piece))
        }
        try Task.checkCancellation()
        let (last, whole) = try live.finished()
        give(last)
        return whole
    }

    private static func animate(
        _ content: TimingContent, audio: AudioBuffer?, diagnostics: [Diagnostic], _ plan: ClipPlan,
        began: Double, give: (Part) -> Void
    ) throws -> Performance {
        try Task.checkCancellation()
        var clock = StageClock()
        let animating = StageClock.now()
        clock.add("speech", animating - began)
        let timeline: PhoneTimeline
        let track: FaceTrack
        let duration: Double
        switch content {
        case .phones(let phones):
            timeline = phones
            duration = try bounded(audio?.durationSeconds ?? phones.endSeconds + tailSeconds)
            track = LipSync(options: plan.performance).faceTrack(
                for: phones, durationSeconds: duration, frameRate: plan.frameRate, audio: audio)
        case .curves(let curves):
            timeline = PhoneTimeline(phones: [], source: "curves")
            duration = try bounded(audio?.durationSeconds ?? curves.durationSeconds)
            track = curves.resampled(
                to: plan.frameRate, frameCount: plan.frameRate.frameCount(coveringSeconds: duration))
        }
        clock.add("lip-sync", StageClock.now() - animating)
        let sound = audio.map { ClipAudio($0) }
        give(Part(audio: sound, faces: track.frames))
        return Performance(
            audio: sound, timeline: timeline, track: track, durationSeconds: duration,
            diagnostics: diagnostics, clock: clock)
    }

    /// - Throws: E071 for more than a clip may last.
    static func bounded(_ seconds: Double) throws -> Double {
        guard seconds <= ClipPlan.maximumDurationSeconds else {
            throw AvatariumError(
                .invalidConfig,
                "the clip would last \(Int(min(seconds, 1e12))) s; the limit is "
                    + "\(Int(ClipPlan.maximumDurationSeconds)) s: split it",
                context: ["field": "duration"])
        }
        return seconds
    }

    private static func readTimings(
        _ path: String, audioDurationSeconds: Double?, language: String?
    ) throws -> TimingFile {
        let data = try InputData.read(path, "timing file", field: "timings", limit: 256 << 20)
        do {
            return try TimingFile.read(
                [UInt8](data), name: (path as NSString).lastPathComponent,
                audioDurationSeconds: audioDurationSeconds,
                language: language, pronouncer: ESpeakPronouncer())
        } catch let error as AvatariumError {
            throw error.adding(context: ["path": path])
        }
    }
}
