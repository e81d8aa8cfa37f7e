import Foundation
import Media
import Rendering
import Rig
import VRM

/// Turns requests into clips. Make one and keep it: the renderer, avatars and environments that it loads are
/// used again by later clips.
///
/// ```swift
/// let pipeline = try ClipPipeline()
/// let report = try await pipeline.render(ClipRequest(text: "Hello!", output: "hello.mp4"))
/// ```
public actor ClipPipeline {
    let renderer: Renderer
    let library: AvatarLibrary
    private var shelf = SceneShelf()

    /// Opens the renderer.
    /// - Throws: E082 when the host has no usable EGL/GLES.
    public init(catalog: AvatarCatalog = AvatarCatalog()) throws {
        try self.init(library: AvatarLibrary(catalog: catalog))
    }

    /// The same with avatars that other pipelines use as well.
    public init(library: AvatarLibrary) throws {
        self.library = library
        renderer = try Renderer()
    }

    /// What draws: platform, vendor, renderer and limits.
    public var rendererReport: GLReport {
        get async { await renderer.report }
    }

    /// Makes one clip: nothing appears under the output's name before it is whole.
    /// - Parameter progress: called about ten times a second, and at the end.
    /// - Throws: `AvatariumError`; `CancellationError` when the task is cancelled. Partial files are removed.
    public nonisolated func render(
        _ request: ClipRequest, progress: @escaping @Sendable (ClipProgress) -> Void = { _ in }
    ) async throws -> ClipReport {
        try await render(try ClipPlan(request), progress: progress)
    }

    /// The same from a plan.
    public nonisolated func render(
        _ plan: ClipPlan, progress: @escaping @Sendable (ClipProgress) -> Void = { _ in }
    ) async throws -> ClipReport {
        // Said before any work is done; the writer looks closer when it opens the file.
        if let output = plan.output, plan.format != .fragmentedMP4, plan.format != .pngSequence {
            try ResultFile.requireFolder(of: output)
        }
        let (parts, ready) = AsyncStream<Performance.Part>.makeStream()
        return try await withThrowingTaskGroup(of: ClipRun.Step.self) { steps in
            var run = ClipRun(plan: plan, progress: progress)
            // Speech needs no model and the model no speech: they run side by side, and frames are drawn while
            // later sentences are still being spoken.
            steps.addTask {
                defer { ready.finish() }
                return .performed(try await Performance.make(plan) { ready.yield($0) })
            }
            let loading = StageClock.now()
            let key = SceneKey(plan)
            async let light: Void = renderer.prepareLight(plan.look)
            let model = try await library.model(key.model)
            run.motion = try plan.bodyMotion()
            try await light
            let scene = try await self.scene(key, model: model)
            run.clock.add("load", StageClock.now() - loading)
            let result: Result<ClipReport, any Error>
            do {
                result = .success(
                    try await run.draw(parts, model: model, scene: scene, renderer: renderer, steps: &steps))
            } catch {
                result = .failure(error)
            }
            await self.giveBack(key)
            return try result.get()
        }
    }

    private func giveBack(_ key: SceneKey) async {
        let (idle, leaving) = shelf.giveBack(key)
        if let idle { await renderer.rest(idle) }
        for old in leaving { await renderer.unload(old) }
    }

    /// The uploaded scene of a look; of two clips that upload it at once, one goes.
    private func scene(_ key: SceneKey, model: AvatarModel) async throws
        -> SceneHandle
    {
        if let scene = shelf.take(key) { return scene }
        let blueprint = try await library.blueprint(key.model, model: model, look: key.look)
        let scene = try await renderer.load(blueprint, look: key.look)
        // Another clip may have come while this one waited.
        if let other = shelf.take(key) {
            await renderer.unload(scene)
            return other
        }
        shelf.add(key, scene)
        return scene
    }
}
