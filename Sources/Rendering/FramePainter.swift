import AvatariumCore
import GLES
import Geometry

/// Draws one frame of a scene.
struct FramePainter {
    let context: Context
    let scene: Scene
    let pose: FramePose
    let camera: ViewCamera
    private(set) var clocks = StageClocks()
    private let view: Matrix4
    /// With +Y down, so that the target's first row is the picture's first row.
    private let projection: Matrix4
    private let viewProjection: Matrix4
    private let frame: SIMD2<Int>

    init(context: Context, scene: Scene, pose: FramePose, camera: ViewCamera) {
        self.context = context
        self.scene = scene
        self.pose = pose
        self.camera = camera
        frame = SIMD2(scene.settings.width, scene.settings.height)
        view = camera.viewMatrix
        var flipped = camera.projectionMatrix(aspect: Float(frame.x) / Float(frame.y))
        flipped.columns.0.y.negate()
        flipped.columns.1.y.negate()
        flipped.columns.2.y.negate()
        flipped.columns.3.y.negate()
        projection = flipped
        viewProjection = flipped * view
    }

    mutating func paint(reusing old: consuming PixelBuffer?) throws -> PixelBuffer {
        if let last = scene.last, last.pose == pose, last.camera == camera { return last.pixels }
        let clock = ContinuousClock()
        let start = clock.now
        let palettes = scene.palettes(pose)
        for item in scene.items { try item.update(pose, palettes: palettes) }
        let deformed = clock.now

        let window =
            scene.background.coversFrame
            ? FrameWindow.whole(frame)
            : FrameWindow(
                around: scene.items.map(\.worldBounds), viewProjection: viewProjection, frame: frame)
        if window.size.x > 0, window.size.y > 0 { try draw(window) } else { scene.target = nil }
        let drawn = clock.now

        var pixels =
            if let old, old.width == frame.x, old.height == frame.y { old } else {
                PixelBuffer(width: frame.x, height: frame.y)
            }
        FrameComposer(
            frame: frame, window: window, backdrop: scene.background,
            smoothsEdges: scene.samples == 1 && scene.settings.smoothsEdges
        ).compose(scene.target, into: &pixels)
        try context.check("drawing a frame")
        let end = clock.now
        clocks.deformSeconds = (deformed - start).seconds
        clocks.drawSeconds = (drawn - deformed).seconds
        clocks.readbackSeconds = (end - drawn).seconds
        return pixels
    }

    private func draw(_ window: FrameWindow) throws {
        if scene.target?.width != window.size.x || scene.target?.height != window.size.y {
            scene.target = nil
            context.graveyard.bury()
            scene.target = try Framebuffer(
                context, width: window.size.x, height: window.size.y, samples: scene.samples)
        }
        let state = context.state
        state.setDepthTest(true)
        scene.target?.begin(
            state, origin: window.origin, fullSize: frame, clear: scene.background.clear)
        let visible = scene.items.filter { isVisible($0.worldBounds) }
        var configured: Set<ObjectIdentifier> = []
        let lights = scene.lights.values(pose)
        for item in visible {
            for program in [item.program, item.outline].compactMap({ $0 })
            where configured.insert(ObjectIdentifier(program)).inserted {
                setFrame(program, item.surface.key, lights)
            }
        }
        let solid = visible.filter { $0.surface.key.alpha != .blend }.sorted { distance($0) < distance($1) }
        for item in solid {
            draw(item, item.program, culling: item.surface.key.isDoubleSided ? .none : .back)
            if let outline = item.outline { draw(item, outline, culling: .front) }
        }
        scene.background.draw(
            state, view: view, projection: projection, exposure: scene.settings.exposure)
        let blended = visible.filter { $0.surface.key.alpha == .blend }
            .sorted { ($0.surface.queueOffset, -distance($0)) < ($1.surface.queueOffset, -distance($1)) }
        for item in blended {
            if item.surface.key.isDoubleSided { draw(item, item.program, culling: .front) }
            draw(item, item.program, culling: .back)
        }
    }

    private func draw(_ item: DrawItem, _ program: Program, culling: StateCache.Culling) {
        let state = context.state
        let surface = item.surface
        let isBlended = surface.key.alpha == .blend
        state.setBlending(isBlended)
        state.setDepthWrite(!isBlended || surface.toon?.transparentWithZWrite == true)
        state.setAlphaToCoverage(surface.key.alpha == .mask && surface.key.usesAlphaToCoverage)
        state.setCulling(culling)
        let matrix = item.matrix(pose)
        // The flipped projection turns every triangle round; so does a mirroring node.
        state.setFrontFace(clockwise: matrix.determinant3 >= 0)
        if let environment = scene.environment {
            state.bind(surface.key.isDielectric ? environment.faintRadiance : environment.radiance, unit: 0)
        }
        program.set("uModelViewProjection", viewProjection * matrix)
        if !surface.key.isWorldSpace {
            program.set("uModel", matrix)
            program.set("uNormalMatrix", matrix.normalMatrix)
        }
        let change = item.material.flatMap { pose.materialOverrides[$0] }
        program.set("uBaseColor", change?.baseColor ?? surface.baseColor)
        let emissive = change?.emissive ?? surface.emissive
        program.set("uEmissive", SIMD4(emissive.x, emissive.y, emissive.z, surface.alphaCutoff))
        program.set(
            "uSurface",
            SIMD4(surface.metallic, surface.roughness, surface.normalScale, surface.occlusionStrength))
        program.set("uReflectance", surface.reflectance)
        if let toon = surface.toon {
            program.set("uToon", toon.uniforms(change))
            if program === item.outline {
                let scale = length(matrix.transformDirection(SIMD3(1, 0, 0)))
                let isWorld = toon.outlineWidthMode == .worldCoordinates
                program.set(
                    "uOutline",
                    SIMD4(
                        isWorld ? toon.outlineWidth / max(scale, 1e-6) : toon.outlineWidth, isWorld ? 0 : 1,
                        Float(frame.y) / Float(frame.x), 0))
            }
        }
        if surface.key.uvCount > 0 { program.set("uUV", surface.uvRows(change)) }
        item.draw(state)
    }

    /// Uniforms that are the same for all draws of a program.
    private func setFrame(_ program: Program, _ key: ShaderKey, _ lights: LightRig.Values) {
        program.set("uEye", SIMD4(camera.eye.x, camera.eye.y, camera.eye.z, 1))
        program.set("uExposure", SIMD4(scene.settings.exposure, 0, 0, 0))
        if let environment = scene.environment {
            program.set("uSH", environment.harmonics.coefficients)
            program.set("uRadianceShape", environment.shape)
        }
        guard key.lightCount > 0 else { return }
        program.set("uLightPosition", lights.positions)
        program.set("uLightColor", lights.colors)
        guard key.hasPunctualLights else { return }
        program.set("uLightSpot", lights.spots)
        program.set("uLightCone", lights.cones)
    }

    private func isVisible(_ box: Bounds) -> Bool {
        guard let (low, high) = FrameWindow.rectangle(box, viewProjection) else { return true }
        return high.x > -1 && high.y > -1 && low.x < 1 && low.y < 1
    }

    private func distance(_ item: DrawItem) -> Float {
        let d = item.worldBounds.center - camera.eye
        return dot(d, d)
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

extension Matrix4 {
    /// The inverse transpose of the upper 3x3: takes normals along.
    var normalMatrix: Matrix4 {
        var linear = self
        linear.columns.3 = SIMD4(0, 0, 0, 1)
        return (linear.inverse ?? linear).transposed
    }
}
