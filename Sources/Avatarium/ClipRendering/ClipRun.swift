import Foundation
import Media
import Rendering
import Rig
import VRM

/// One clip on its way: draws frame n + 1 while frame n is being finished and encoded and later sentences are being spoken.
struct ClipRun {
    let plan: ClipPlan
    let progress: @Sendable (ClipProgress) -> Void
    /// What the body does meanwhile.
    var motion: BodyMotion?
    var clock = StageClock()
    private let began = StageClock.now()
    private let beganCPU = StageClock.cpu()
    /// Known when all is spoken.
    private var performance: Performance?
    /// Frames drawn.
    private var frame = 0
    /// When the first frame was encoded, seconds from the start.
    private var firstFrame = 0.0
    private var lastReport = 0.0
    /// Buffers that the encoder has done with.
    private var spare: [PixelBuffer] = []

    /// What runs beside the drawing: a failure of either ends the clip at once.
    enum Step: Sendable {
        case performed(Performance)
        case encoded(PixelBuffer)
    }

    typealias Steps = ThrowingTaskGroup<Step, any Error>

    init(plan: ClipPlan, progress: @escaping @Sendable (ClipProgress) -> Void) {
        self.plan = plan
        self.progress = progress
    }

    /// - Parameter steps: holds the task that gives `parts` away, and gets those that encode.
    mutating func draw(
        _ parts: AsyncStream<Performance.Part>, model: AvatarModel, scene: SceneHandle, renderer: Renderer,
        steps: inout Steps
    ) async throws -> ClipReport {
        var rig = AvatarRig(model: model)
        motion?.join(&rig)
        let camera = rig.camera(plan.camera, aspect: plan.look.size.aspect)
        let unshown = rig.warnings(for: plan.performance.emotions.map(\.emotion))
        var encoder: ClipEncoder?
        do {
            for await part in parts {
                let current = try encoder ?? ClipEncoder(plan: plan, audio: part.audio)
                encoder = current
                for face in part.faces {
                    let drawn = try await picture(
                        of: face, rig: &rig, camera: camera, scene: scene, renderer: renderer)
                    if frame > 0 { try await awaitEncoding(&steps) }
                    steps.addTask { .encoded(try await current.encode(drawn)) }
                    frame += 1
                    report(isLast: false)
                }
            }
            while let step = try await steps.next() { take(step) }
            // A cancelled task must not count as a finished clip.
            try Task.checkCancellation()
            if frame == 1 { firstFrame = StageClock.now() - began }
            guard let performance, let encoder else {
                throw AvatariumError(.internalError, "the clip ended before its speech did")
            }
            report(isLast: true)
            let finishing = StageClock.now()
            let file = try await encoder.finish()
            for stage in await encoder.clock.seconds { clock.add(stage.stage, stage.seconds) }
            clock.add("finish", StageClock.now() - finishing)
            return await report(
                performance, noticed: model.diagnostics + scene.diagnostics + unshown, renderer: renderer,
                digest: await encoder.hexDigest, bytes: file.byteCount)
        } catch {
            await encoder?.cancel()
            throw error
        }
    }

    private mutating func picture(
        of face: FaceFrame, rig: inout AvatarRig, camera: ViewCamera, scene: SceneHandle, renderer: Renderer
    ) async throws -> DrawnFrame {
        try Task.checkCancellation()
        let posing = StageClock.now()
        let seconds = plan.frameRate.seconds(atFrame: frame)
        let pose = rig.pose(
            face, timeSeconds: seconds, overrides: motion?.overrides(at: seconds) ?? PoseOverrides())
        let drawing = StageClock.now()
        let picture: DrawnFrame
        do {
            picture = try await renderer.draw(scene, pose: pose, camera: camera, reusing: spare.popLast())
        } catch let error as AvatariumError {
            throw error.adding(context: ["frame": "\(frame)", "stage": "draw"])
        }
        clock.add("pose", drawing - posing)
        clock.add("draw", StageClock.now() - drawing)
        return picture
    }

    /// Waits for the frame before the one just drawn.
    private mutating func awaitEncoding(_ steps: inout Steps) async throws {
        while let step = try await steps.next() {
            take(step)
            guard case .encoded = step else { continue }
            if frame == 1 { firstFrame = StageClock.now() - began }
            return
        }
    }

    private mutating func take(_ step: Step) {
        switch step {
        case .performed(let whole): performance = whole
        case .encoded(let pixels): spare.append(pixels)
        }
    }

    /// About ten times a second, and at the end.
    private mutating func report(isLast: Bool) {
        let now = StageClock.now()
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
            output: plan.output ?? "", avatar: plan.avatar, timingSource: performance.timeline.source,
            durationSeconds: performance.track.durationSeconds, frames: frame,
            size: plan.look.size, fps: plan.frameRate, wallSeconds: StageClock.now() - began,
            cpuSeconds: StageClock.cpu() - beganCPU, firstFrameSeconds: firstFrame,
            stages: stages.map { ClipReport.Stage(name: $0.stage, seconds: $0.seconds) },
            digest: digest, bytes: bytes, peakMemoryBytes: PeakMemory.bytes,
            renderer: await renderer.report.renderer, diagnostics: noticed + performance.diagnostics
        )
    }
}
