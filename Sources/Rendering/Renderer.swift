import AvatariumCore
import Foundation
import GLES
import VRM

public typealias GLReport = GLES.GLReport
public typealias RenderDevice = GLES.RenderDevice

/// Renders posed avatars without a display, on a dedicated thread.
public actor Renderer {
    public let report: GLReport
    public let limits: RenderLimits
    /// The duration of the last frame, by stage.
    public private(set) var timings = FrameTimings()

    private let thread: RenderThread
    private let resources: RenderResources
    private var context: Context { resources.context }
    private var nextScene = 1

    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Initialises EGL.
    /// - Parameter device: The rendering device; nil uses the value of `AVATARIUM_DEVICE`.
    /// - Throws: E082 if there is no EGL display or no OpenGL ES 3.
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

    /// Initialises EGL, reads its capabilities, and terminates it.
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
    /// - Parameter backgroundImage: A picture behind the model, instead of `look.background`.
    /// - Throws: E024 if the model cannot be rendered, E071 if the look is out of range or the background cannot
    ///   be read, E021 if the environment cannot be read.
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

    /// Renders one frame, rows top to bottom.
    /// - Parameter old: A buffer to reuse instead of allocating a new one.
    /// - Throws: E023 if the scene is not loaded.
    public func render(
        _ handle: SceneHandle, pose: FramePose, camera: ViewCamera, reusing old: consuming PixelBuffer? = nil
    ) throws -> PixelBuffer {
        try draw(handle, pose: pose, camera: camera, reusing: old).composed()
    }

    /// Renders one frame except for the last steps, which need no GL and can run elsewhere while the next frame
    /// is drawn.
    /// - Parameter keepsStill: Whether to keep what did not move from one frame to the next, which pays where in every
    ///   second frame only a face moves. The picture is the same.
    public func draw(
        _ handle: SceneHandle, pose: FramePose, camera: ViewCamera, keepsStill: Bool = false,
        reusing old: consuming PixelBuffer? = nil
    ) throws -> DrawnFrame {
        guard let scene = resources.scenes[handle.id] else {
            throw AvatariumError(.avatarNotInitialized, "the scene was unloaded; load the model again")
        }
        context.deleter.drain()
        if !keepsStill || scene.samples > 1 {
            scene.still = nil
        } else if scene.still == nil {
            scene.still = StillLayer()
        }
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

    /// Frees the GPU memory of a scene.
    public func unload(_ handle: SceneHandle) {
        resources.scenes[handle.id] = nil
        context.deleter.drain()
        context.state.invalidate()
    }

    /// Frees programs and environments cached for later scenes.
    public func releaseCaches() {
        resources.releaseCaches()
        context.deleter.drain()
        context.state.invalidate()
    }

    /// The number of GL objects that have not been deleted, by kind.
    public var liveObjects: [String: Int] {
        context.deleter.drain()
        return Dictionary(
            uniqueKeysWithValues: context.deleter.liveObjectCounts.map { ($0.key.rawValue, $0.value) })
    }
}
