import AvatariumCore
import Foundation
import Rendering
import VRM

/// Renders clips and still images. Create one and reuse it: it keeps the renderer, avatars and environments loaded.
///
/// ```swift
/// let pipeline = try ClipPipeline()
/// let report = try await pipeline.render(.text("Hello!"), to: "hello.mp4")
/// print(report.frames, report.durationSeconds)
/// ```
///
/// A pipeline draws one frame at a time on a dedicated thread; clips that are rendered concurrently take turns.
public actor ClipPipeline {
    let renderer: Renderer
    let library: AvatarLibrary
    private var scenes = SceneCache()

    /// Creates a pipeline with its own renderer.
    /// - Throws: E082 if the host has no usable EGL/GLES.
    public init(catalog: AvatarCatalog = AvatarCatalog(), device: RenderDevice? = nil) throws {
        try self.init(library: AvatarLibrary(catalog: catalog), device: device)
    }

    /// Creates a pipeline with its own renderer and a library of avatars shared with other pipelines.
    /// - Throws: E082 if the host has no usable EGL/GLES.
    /// - Parameters:
    ///   - library: Loads avatars and caches them.
    ///   - device: The rendering device; nil uses the value of `AVATARIUM_DEVICE`.
    public init(library: AvatarLibrary, device: RenderDevice? = nil) throws {
        self.library = library
        renderer = try Renderer(device: device)
    }

    /// The platform, vendor, renderer and limits of the GL implementation.
    public var rendererReport: GLReport {
        get async { await renderer.report }
    }

    /// Renders a clip to a file. The file appears under its name only when it is complete.
    /// - Parameters:
    ///   - clip: The clip to render.
    ///   - path: The output file; its name selects the format (``FileSink``).
    ///   - progress: Called about ten times a second, and at the end.
    ///   - performed: Called with the words, phones and face track once all speech is known, for example to write
    ///     captions or curves beside the clip.
    /// - Throws: `AvatariumError`; `CancellationError` if the task is cancelled. Partial files are removed.
    @discardableResult
    public nonisolated func render(
        _ clip: Clip, to path: String, progress: @escaping @Sendable (ClipProgress) -> Void = { _ in },
        performed: @escaping @Sendable (Performance) -> Void = { _ in }
    ) async throws -> ClipReport {
        try clip.validate()
        try clip.inputs.check(output: path)
        return try await render(
            clip, to: FileSink(path: path), output: path, progress: progress, performed: performed)
    }

    /// Renders a clip to a sink.
    /// - Parameters:
    ///   - clip: The clip to render.
    ///   - sink: Receives frames and audio, in order of time.
    ///   - progress: Called about ten times a second, and at the end.
    /// - Throws: `AvatariumError`, errors thrown by the sink, and `CancellationError` if the task is cancelled.
    @discardableResult
    public nonisolated func render(
        _ clip: Clip, to sink: some FrameSink, progress: @escaping @Sendable (ClipProgress) -> Void = { _ in }
    ) async throws -> ClipReport {
        try clip.validate()
        return try await render(clip, to: sink, output: "", progress: progress)
    }

    /// Renders the clip of a request.
    /// - Parameters:
    ///   - request: The clip in its JSON form; it must name an output.
    ///   - progress: Called about ten times a second, and at the end.
    /// - Throws: `AvatariumError`; `CancellationError` if the task is cancelled. Partial files are removed.
    @discardableResult
    public nonisolated func render(
        _ request: ClipRequest, progress: @escaping @Sendable (ClipProgress) -> Void = { _ in }
    ) async throws -> ClipReport {
        try await render(try ClipPlan(request), progress: progress)
    }

    /// Renders the clip of a plan.
    /// - Parameters:
    ///   - plan: A validated request.
    ///   - progress: Called about ten times a second, and at the end.
    /// - Throws: E072 for a plan without an output; otherwise the same errors as for a request.
    @discardableResult
    public nonisolated func render(
        _ plan: ClipPlan, progress: @escaping @Sendable (ClipProgress) -> Void = { _ in }
    ) async throws -> ClipReport {
        guard let output = plan.output else {
            throw AvatariumError(.missingRequiredField, "no output is named", context: ["field": "output"])
        }
        if let sink = StreamSink(url: output) {
            return try await render(plan.clip, to: sink, output: sink.name, progress: progress)
        }
        return try await render(plan.clip, to: FileSink(path: output), output: output, progress: progress)
    }

    /// The data flow is drawn in ClipRendering/ClipRun.swift.
    private nonisolated func render(
        _ asked: Clip, to sink: some FrameSink, output: String,
        progress: @escaping @Sendable (ClipProgress) -> Void,
        performed: @escaping @Sendable (Performance) -> Void = { _ in }
    ) async throws -> ClipReport {
        for file in asked.edit.sideNames {
            try asked.inputs.check(output: file)
            try ResultFile.requireFolder(of: file)
        }
        if let file = sink as? FileSink, file.format.isSoundOnly {
            return try await renderSound(asked, to: file, output: output, performed: performed)
        }
        let clip = asked.separatingMovie()
        let (parts, ready) = AsyncStream<Performance.Part>.makeStream()
        return try await withThrowingTaskGroup(of: ClipRun.Step.self) { steps in
            var run = ClipRun(clip, output: output, sink: sink, progress: progress, performed: performed)
            // Speech needs no model and the model no speech: they run side by side, and frames are drawn while
            // later sentences are still being spoken.
            steps.addTask {
                defer { ready.finish() }
                guard clip.longestSeconds != nil, !clip.isStillWritten else {
                    return .performed(try await Performance.make(clip) { ready.yield($0) })
                }
                // Whether the clip is too long is known when all is spoken: nothing is drawn before.
                var parts: [Performance.Part] = []
                let whole = try await Performance.make(clip) { parts.append($0) }
                for part in parts { ready.yield(part) }
                return .performed(whole)
            }
            let loading = StageTimings.now()
            async let light: Void = renderer.prepareLight(clip.look)
            var models: [AvatarModel] = []
            for avatar in clip.actors { models.append(try await library.model(avatar)) }
            run.motion = try clip.bodyMotion()
            try await light
            var actors: [(model: AvatarModel, scene: SceneHandle)] = []
            var keys: [SceneKey] = []
            do {
                for (index, model) in models.enumerated() {
                    let key = SceneKey(avatar: clip.actors[index], look: clip.look(of: index))
                    actors.append((model, try await retain(key, model: model)))
                    keys.append(key)
                }
                run.clock.add("load", StageTimings.now() - loading)
                let report = try await run.draw(parts, actors: actors, renderer: renderer, steps: &steps)
                for key in keys { await release(key) }
                return report
            } catch {
                for key in keys { await release(key) }
                throw error
            }
        }
    }

    /// Writes a clip with audio only; nothing is drawn.
    private nonisolated func renderSound(
        _ clip: Clip, to sink: FileSink, output: String, performed: @escaping @Sendable (Performance) -> Void
    ) async throws -> ClipReport {
        let began = StageTimings.now()
        let beganCPU = StageTimings.cpu()
        do {
            let performance = try await Performance.make(clip)
            performed(performance)
            try await sink.begin(FrameFormat(clip, audioSampleRate: performance.audio?.sampleRate))
            if let audio = performance.audio {
                for start in stride(from: 0, to: audio.sampleCount, by: 1 << 16) {
                    try Task.checkCancellation()
                    try await sink.write(
                        audio: try audio.samples(start..<min(start + 1 << 16, audio.sampleCount)))
                }
            }
            let bytes = try await sink.finish()
            try clip.writeCaptionFiles(performance)
            let wall = StageTimings.now() - began
            return ClipReport(
                output: output, avatar: clip.avatar.name, timingSource: performance.timeline.source,
                durationSeconds: performance.audio?.durationSeconds ?? 0, frames: 0, size: clip.look.size,
                fps: clip.frameRate, wallSeconds: wall, cpuSeconds: StageTimings.cpu() - beganCPU,
                firstFrameSeconds: wall,
                stages: performance.clock.seconds.map {
                    ClipReport.Stage(name: $0.stage, seconds: $0.seconds)
                },
                digest: FrameDigest().hex, bytes: bytes, peakMemoryBytes: PeakMemory.bytes,
                renderer: "nothing",
                loudness: performance.loudness, diagnostics: performance.diagnostics)
        } catch {
            await sink.cancel()
            throw error
        }
    }

    /// Runs a closure with the uploaded scene of a look, which stays cached for later.
    nonisolated func withScene<Result>(
        _ key: SceneKey, model: AvatarModel, _ body: (SceneHandle) async throws -> Result
    ) async throws -> Result {
        let scene = try await retain(key, model: model)
        do {
            let result = try await body(scene)
            await release(key)
            return result
        } catch {
            await release(key)
            throw error
        }
    }

    /// Uploads a scene unless it is cached; if two callers upload it at the same time, one unloads its own.
    private func retain(_ key: SceneKey, model: AvatarModel) async throws -> SceneHandle {
        if let scene = scenes.retain(key) { return scene }
        let blueprint = try await library.blueprint(key.avatar, model: model, look: key.look)
        let scene = try await renderer.load(blueprint, look: key.look)
        // Another caller may have come while this one waited.
        if let other = scenes.retain(key) {
            await renderer.unload(scene)
            return other
        }
        scenes.insert(scene, for: key)
        return scene
    }

    private func release(_ key: SceneKey) async {
        let (idle, evicted) = scenes.release(key)
        if let evicted { await renderer.unload(evicted) }
        if let idle { await renderer.rest(idle) }
    }
}
