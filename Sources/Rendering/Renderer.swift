import AvatariumCore
import Foundation
import GLES
import VRM

public typealias GLReport = GLES.GLReport
public typealias RenderDevice = GLES.RenderDevice

/// Draws posed avatars without a display. All its GL work happens on one thread of its own.
public actor Renderer {
    public let report: GLReport
    public let limits: RenderLimits
    /// Time that the last frame took, by stage.
    public private(set) var timings = FrameTimings()

    private let thread: RenderThread
    private let resources: RenderResources
    private var context: Context { resources.context }
    private var nextScene = 1

    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Opens EGL.
    /// - Parameter device: What is to draw; nil takes what `AVATARIUM_DEVICE` asks for.
    /// - Throws: E082 when there is no EGL display or no OpenGL ES 3.
    public init(limits: RenderLimits = RenderLimits(), device: RenderDevice? = nil) throws {
        let thread = try RenderThread(name: "avatarium.render")
        do {
            resources = try thread.sync { RenderResources(try Context(device: device), limits) }
            report = resources.context.report
            self.thread = thread
            self.limits = limits
        } catch {
            thread.stop()
            throw error
        }
    }

    deinit {
        let resources = resources
        thread.stop { resources.close() }
    }

    /// Opens EGL, looks, and closes it.
    /// - Throws: E082.
    public static func probe(device: RenderDevice? = nil) throws -> GLReport {
        let thread = try RenderThread(name: "avatarium.probe")
        defer { thread.stop() }
        return try thread.sync {
            let context = try Context(device: device)
            defer { context.close() }
            return context.report
        }
    }

    /// Uploads a model: geometry, textures, light and programs.
    /// - Parameter backgroundImage: Pixels to lay under the model, instead of what `look.background` names.
    /// - Throws: E024 for a model that cannot be drawn, E071 for a look out of range or a background that cannot be
    ///   read, E021 for an environment that cannot be read.
    public func load(
        _ model: AvatarModel, look: RenderLook, backgroundImage: PixelBuffer? = nil
    ) throws -> SceneHandle {
        try load(
            try SceneBlueprint(model, SceneBlueprint.Key(look, limits)), look: look,
            backgroundImage: backgroundImage)
    }

    /// Uploads a blueprint that was made before; see ``load(_:look:backgroundImage:)``.
    package func load(
        _ blueprint: SceneBlueprint, look: RenderLook, backgroundImage: PixelBuffer? = nil
    ) throws -> SceneHandle {
        let sides = 1...16384
        guard sides.contains(look.size.width), sides.contains(look.size.height) else {
            throw AvatariumError(
                .invalidConfig, "a picture has 1 to 16384 pixels per side, not \(look.size)",
                context: ["field": "size"])
        }
        let scene = try Scene(
            context, resources.programs, blueprint, look,
            backgroundImage: try backgroundImage ?? look.background.readImage(limits),
            environment: try resources.environment(look))
        try context.check("uploading the model")
        let handle = SceneHandle(id: nextScene, diagnostics: scene.diagnostics)
        resources.scenes[nextScene] = scene
        nextScene += 1
        return handle
    }

    /// Makes the light of a look ready, while a model is still being read.
    /// - Throws: E021 or E071 for an environment that cannot be used.
    package func prepareLight(_ look: RenderLook) throws { _ = try resources.environment(look) }

    /// Draws one frame, rows top to bottom.
    /// - Parameter old: a buffer to fill again instead of making a new one.
    /// - Throws: E023 for a scene that is not loaded.
    public func render(
        _ handle: SceneHandle, pose: FramePose, camera: ViewCamera, reusing old: consuming PixelBuffer? = nil
    ) throws -> PixelBuffer {
        try draw(handle, pose: pose, camera: camera, reusing: old).composed()
    }

    /// The same but for the last steps, which need no GL: they can be taken elsewhere, while this draws the next
    /// frame.
    public func draw(
        _ handle: SceneHandle, pose: FramePose, camera: ViewCamera, reusing old: consuming PixelBuffer? = nil
    ) throws -> DrawnFrame {
        guard let scene = resources.scenes[handle.id] else {
            throw AvatariumError(.avatarNotInitialized, "the scene was unloaded; load the model again")
        }
        context.deleter.drain()
        var painter = FramePainter(context: context, scene: scene, pose: pose, camera: camera, limits: limits)
        let frame = try painter.paint(reusing: old)
        timings = painter.timings
        return frame
    }

    /// Frees what a scene draws into, until it draws again: at large sizes most of what it holds.
    package func rest(_ handle: SceneHandle) {
        resources.scenes[handle.id]?.rest()
        context.deleter.drain()
        context.state.invalidate()
    }

    /// Frees what the scene holds on the GPU.
    public func unload(_ handle: SceneHandle) {
        resources.scenes[handle.id] = nil
        context.deleter.drain()
        context.state.invalidate()
    }

    /// Frees programs and environments kept for later scenes.
    public func releaseCaches() {
        resources.releaseCaches()
        context.deleter.drain()
        context.state.invalidate()
    }

    /// GL objects that are not deleted yet, by kind.
    public var liveObjects: [String: Int] {
        context.deleter.drain()
        return Dictionary(
            uniqueKeysWithValues: context.deleter.liveObjectCounts.map { ($0.key.rawValue, $0.value) })
    }
}
