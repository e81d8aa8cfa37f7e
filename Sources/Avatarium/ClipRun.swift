import Foundation
import Media
import Rendering
import Rig
import VRM

/// One clip on its way: draws frame n + 1 while frame n is being encoded.
struct ClipRun {
    let plan: ClipPlan
    let progress: @Sendable (ClipProgress) -> Void
    /// What the body does meanwhile.
    var motion: BodyMotion?
    var clock = StageClock()
    private let began = StageClock.now()
    private let beganCPU = StageClock.cpu()

    init(plan: ClipPlan, progress: @escaping @Sendable (ClipProgress) -> Void) {
        self.plan = plan
        self.progress = progress
    }

    mutating func draw(
        _ performance: Performance, model: AvatarModel, scene: SceneHandle, renderer: Renderer
    ) async throws -> ClipReport {
        for stage in performance.clock.seconds { clock.add(stage.stage, stage.seconds) }
        let encoder = try ClipEncoder(plan: plan, audio: performance.audio)
        do {
            let (digest, firstFrame) = try await frames(
                performance, model: model, scene: scene, renderer: renderer, encoder: encoder)
            let finishing = StageClock.now()
            let file = try await encoder.finish()
            clock.add("encode", await encoder.seconds)
            clock.add("finish", StageClock.now() - finishing)
            return await report(
                performance, model: model, renderer: renderer, digest: digest, firstFrame: firstFrame,
                bytes: file.byteCount)
        } catch {
            await encoder.cancel()
            throw error
        }
    }

    /// Returns the digest of all pixels, and when the first frame was encoded (seconds from the start).
    private mutating func frames(
        _ performance: Performance, model: AvatarModel, scene: SceneHandle, renderer: Renderer,
        encoder: ClipEncoder
    ) async throws -> (digest: String, firstFrame: Double) {
        var rig = AvatarRig(model: model)
        motion?.join(&rig)
        let camera = rig.camera(plan.camera, aspect: plan.size.aspect)
        let frameCount = performance.track.frames.count
        var digest = FrameDigest()
        var spare: [PixelBuffer] = []
        var firstFrame = 0.0
        var lastReport = 0.0
        // Child tasks cannot outlive this scope, so an error on either side ends both.
        try await withThrowingTaskGroup(of: PixelBuffer.self) { encoding in
            for (i, face) in performance.track.frames.enumerated() {
                try Task.checkCancellation()
                let posing = StageClock.now()
                let seconds = plan.frameRate.seconds(atFrame: i)
                let pose = rig.pose(
                    face, timeSeconds: seconds,
                    overrides: motion?.overrides(at: seconds) ?? PoseOverrides())
                let drawing = StageClock.now()
                let pixels: PixelBuffer
                do {
                    pixels = try await renderer.render(
                        scene, pose: pose, camera: camera, reusing: spare.popLast())
                } catch let error as AvatariumError {
                    throw error.adding(context: ["frame": "\(i)", "stage": "draw"])
                }
                let drawn = StageClock.now()
                clock.add("pose", drawing - posing)
                clock.add("draw", drawn - drawing)
                digest.update(pixels)
                clock.add("digest", StageClock.now() - drawn)
                if i > 0, let done = try await encoding.next() {
                    spare.append(done)
                    if i == 1 { firstFrame = StageClock.now() - began }
                }
                encoding.addTask { try await encoder.encode(pixels) }
                let now = StageClock.now()
                if now - lastReport > 0.1 {
                    lastReport = now
                    progress(
                        ClipProgress(
                            stage: "render", frame: i + 1, frames: frameCount, elapsedSeconds: now - began))
                }
            }
            _ = try await encoding.next()
            if frameCount == 1 { firstFrame = StageClock.now() - began }
        }
        // A cancelled task must not count as a finished clip.
        try Task.checkCancellation()
        progress(
            ClipProgress(
                stage: "render", frame: frameCount, frames: frameCount,
                elapsedSeconds: StageClock.now() - began))
        return (digest.hex, firstFrame)
    }

    private func report(
        _ performance: Performance, model: AvatarModel, renderer: Renderer, digest: String,
        firstFrame: Double, bytes: Int?
    ) async -> ClipReport {
        ClipReport(
            output: plan.output ?? "", avatar: plan.avatar, timingSource: performance.timeline.source,
            durationSeconds: performance.track.durationSeconds, frames: performance.track.frames.count,
            size: plan.size, fps: plan.frameRate, wallSeconds: StageClock.now() - began,
            cpuSeconds: StageClock.cpu() - beganCPU, firstFrameSeconds: firstFrame,
            stages: clock.seconds.map { ClipReport.Stage(name: $0.stage, seconds: $0.seconds) },
            digest: digest, bytes: bytes, peakMemoryBytes: PeakMemory.bytes,
            renderer: await renderer.report.renderer, diagnostics: model.diagnostics + performance.diagnostics
        )
    }
}
