import AvatariumCore
import Foundation
import LipSync
import Rendering
import Rig
import VRM

// The data flow of one clip, from `ClipPipeline.render` to its sink:
//
//   Clip ──► Performance.make ──► parts (audio, faces) ──► ClipRun.draw ──► DrawnFrame ──► ClipEncoder ──► FrameSink
//            (Speaking/)          as sentences are spoken   pose, draw       GL is done     compose,        file or
//            LivePerformance                                on the renderer's               digest,         stream
//            and FaceTrackStream                            own thread                      audio
//
// Three things overlap: sentence k + 1 is synthesised, frame n + 1 is drawn, and frame n is completed, digested and
// encoded. One frame in flight keeps both sides busy, because x264 and llvmpipe have their own threads; its buffer is
// reused, so memory use does not depend on the length of the clip. All tasks belong to one task group: if one fails or
// is cancelled, the others end, and the sink is cancelled.

/// An avatar in a clip: its posed model and its camera.
private struct Actor {
    let scene: SceneHandle
    private var rig: AvatarRig
    private var staging: Staging
    private var noticed: [Diagnostic]

    init(_ clip: Clip, _ index: Int, _ model: AvatarModel, _ scene: SceneHandle, motion: BodyMotion?) throws {
        var rig = AvatarRig(model: model)
        motion?.join(&rig)
        // `--no-idle` shows the file's own arms.
        rig.relaxesArms = clip.performance.idle
        staging = try Staging(clip, actor: index, motion: motion, rig: rig)
        noticed =
            model.diagnostics + scene.diagnostics
            + rig.warnings(for: clip.performance.emotions.map(\.emotion))
        self.rig = rig
        self.scene = scene
        notice(clip.performance.gestures)
    }

    var diagnostics: [Diagnostic] { noticed + staging.warnings }

    mutating func update(_ cues: PerformanceCues) throws {
        try staging.update(cues, rig: rig)
        notice(cues.gestures)
    }

    private mutating func notice(_ gestures: [GestureCue]) {
        guard !rig.hasHands,
            let warning = rig.warning(forHands: gestures.contains(where: \.gesture.isOfHands)),
            !noticed.contains(warning)
        else { return }
        noticed.append(warning)
    }

    mutating func pose(_ face: FaceFrame, at seconds: Double) throws -> (FramePose, ViewCamera) {
        let camera = try staging.camera(at: seconds, rig: rig)
        let overrides = staging.overrides(at: seconds, rig: rig)
        return (rig.pose(face, timeSeconds: seconds, overrides: overrides), camera)
    }
}

/// Renders one clip: draws frame n + 1 while frame n is completed and encoded and later sentences are
/// synthesised.
struct ClipRun {
    let clip: Clip
    /// The output's name, for the report.
    let output: String
    let sink: any FrameSink
    let progress: @Sendable (ClipProgress) -> Void
    /// Called once with the phones, words and the whole face track.
    let performed: @Sendable (Performance) -> Void
    /// The motion of the body.
    var motion: BodyMotion?
    var clock = StageTimings()
    private let began = StageTimings.now()
    private let beganCPU = StageTimings.cpu()
    /// The whole performance; nil until all speech is known.
    private var performance: Performance?
    /// Number of frames drawn.
    private var frame = 0
    /// Seconds from the start until the first frame was encoded.
    private var firstFrame = 0.0
    private var lastReport = 0.0
    /// Buffers that can be reused.
    private var spare: [PixelBuffer] = []

    /// A task that runs concurrently with drawing; if one fails, the clip ends at once.
    enum Step: Sendable {
        case performed(Performance)
        case encoded(PixelBuffer)
    }

    typealias Steps = ThrowingTaskGroup<Step, any Error>

    init(
        _ clip: Clip, output: String, sink: any FrameSink,
        progress: @escaping @Sendable (ClipProgress) -> Void,
        performed: @escaping @Sendable (Performance) -> Void
    ) {
        self.performed = performed
        self.clip = clip
        self.output = output
        self.sink = sink
        self.progress = progress
    }

    /// Draws all parts.
    /// - Parameter steps: Holds the task that yields `parts`, and gets those that encode.
    mutating func draw(
        _ parts: AsyncStream<Performance.Part>, actors given: [(model: AvatarModel, scene: SceneHandle)],
        renderer: Renderer, steps: inout Steps
    ) async throws -> ClipReport {
        var actors = try given.enumerated().map { index, actor in
            try Actor(clip, index, actor.model, actor.scene, motion: motion)
        }
        var encoder: ClipEncoder?
        do {
            for await part in parts {
                let current: ClipEncoder
                if let encoder {
                    current = encoder
                } else {
                    current = try await ClipEncoder(clip, part, sink: sink)
                    encoder = current
                }
                let partners = part.whole?.partners ?? []
                for index in actors.indices {
                    var cues = part.cues
                    if index > 0 { cues.animations = partners[index - 1].animations }
                    try actors[index].update(cues)
                }
                for face in part.faces {
                    var drawn: [DrawnFrame] = []
                    for index in actors.indices {
                        let own = index == 0 ? face : partners[index - 1].track.frames[frame]
                        drawn.append(try await picture(of: own, &actors[index], renderer: renderer))
                    }
                    let pictures = drawn
                    if frame > 0 { try await awaitEncoding(&steps) }
                    steps.addTask { .encoded(try await current.encode(pictures)) }
                    frame += 1
                    report(isLast: false)
                }
            }
            while let step = try await steps.next() { take(step) }
            // A cancelled task must not count as a finished clip.
            try Task.checkCancellation()
            if frame == 1 { firstFrame = StageTimings.now() - began }
            guard let performance, let encoder else {
                throw AvatariumError(.internalError, "the clip ended before its speech did")
            }
            report(isLast: true)
            let finishing = StageTimings.now()
            let bytes = try await encoder.finish()
            for stage in await encoder.clock.seconds { clock.add(stage.stage, stage.seconds) }
            try clip.writeCaptionFiles(performance)
            clock.add("finish", StageTimings.now() - finishing)
            return await report(
                performance, noticed: actors.flatMap(\.diagnostics) + encoder.diagnostics, renderer: renderer,
                digest: await encoder.hexDigest, bytes: bytes)
        } catch {
            if let encoder { await encoder.cancel() } else { await sink.cancel() }
            throw error
        }
    }

    private mutating func picture(
        of face: FaceFrame, _ actor: inout Actor, renderer: Renderer
    ) async throws -> DrawnFrame {
        try Task.checkCancellation()
        let posing = StageTimings.now()
        let seconds = clip.frameRate.seconds(atFrame: frame)
        let (pose, camera) = try actor.pose(face, at: seconds)
        let drawing = StageTimings.now()
        let picture: DrawnFrame
        do {
            picture = try await renderer.draw(
                actor.scene, pose: pose, camera: camera, reusing: spare.popLast())
        } catch let error as AvatariumError {
            throw error.adding(context: ["frame": "\(frame)", "stage": "draw"])
        }
        clock.add("pose", drawing - posing)
        clock.add("draw", StageTimings.now() - drawing)
        return picture
    }

    /// Waits for the frame before the one just drawn.
    private mutating func awaitEncoding(_ steps: inout Steps) async throws {
        while let step = try await steps.next() {
            take(step)
            guard case .encoded = step else { continue }
            if frame == 1 { firstFrame = StageTimings.now() - began }
            return
        }
    }

    private mutating func take(_ step: Step) {
        switch step {
        case .performed(let whole):
            performance = whole
            performed(whole)
        case .encoded(let pixels): spare.append(pixels)
        }
    }

    /// Reports the progress, about ten times a second and at the end.
    private mutating func report(isLast: Bool) {
        let now = StageTimings.now()
        guard isLast || now - lastReport > 0.1 else { return }
        lastReport = now
        progress(
            ClipProgress(
                stage: "render", frame: frame, frames: performance?.track.frames.count,
                elapsedSeconds: now - began))
    }

    private func report(
        _ performance: Performance, noticed: [Diagnostic], renderer: Renderer, digest: String, bytes: Int?
    ) async -> ClipReport {
        let stages = performance.clock.seconds + clock.seconds
        return ClipReport(
            output: output, avatar: clip.avatar.name, timingSource: performance.timeline.source,
            durationSeconds: performance.track.durationSeconds, frames: frame,
            size: clip.look.size, fps: clip.frameRate, wallSeconds: StageTimings.now() - began,
            cpuSeconds: StageTimings.cpu() - beganCPU, firstFrameSeconds: firstFrame,
            stages: stages.map { ClipReport.Stage(name: $0.stage, seconds: $0.seconds) },
            digest: digest, bytes: bytes, peakMemoryBytes: PeakMemory.bytes,
            renderer: await renderer.report.renderer, loudness: performance.loudness,
            poster: clip.edit.poster, diagnostics: noticed + performance.diagnostics
        )
    }
}
