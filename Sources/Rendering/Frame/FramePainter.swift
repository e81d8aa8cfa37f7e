import AvatariumCore
import GLES
import Geometry

/// Draws one frame of a scene.
///
/// Work is handed over to GL in slices, and the task's cancellation and the frame's time are looked at between them: a
/// model of a few kilobytes can ask for minutes of blended layers.
struct FramePainter {
    let context: Context
    let scene: Scene
    let pose: FramePose
    let camera: ViewCamera
    private(set) var timings = FrameTimings()
    private let view: Matrix4
    /// With +Y down, so that the target's first row is the picture's first row.
    private let projection: Matrix4
    private let viewProjection: Matrix4
    private let frame: SIMD2<Int>
    private let limits: RenderLimits
    private let start = ContinuousClock.now
    /// The scene's, while the frame is drawn: one that fails has moved items unseen.
    private var still: StillLayer?
    /// Pixels, or their worth in vertices, that GL was given since it was last waited for.
    private var pending: Float = 0

    /// About half a second of llvmpipe's time on a core; an ordinary frame of 1280x720 has a quarter of it, and so is
    /// drawn in one slice.
    private static let sliceSize: Float = 0x1p25
    /// Pixels that cost as much as a vertex.
    private static let pixelsPerVertex: Float = 4

    init(context: Context, scene: Scene, pose: FramePose, camera: ViewCamera, limits: RenderLimits) {
        self.limits = limits
        self.context = context
        self.scene = scene
        self.pose = pose
        self.camera = camera
        frame = SIMD2(scene.look.size.width, scene.look.size.height)
        view = camera.viewMatrix
        var flipped = camera.projectionMatrix(aspect: Float(frame.x) / Float(frame.y))
        flipped.columns.0.y.negate()
        flipped.columns.1.y.negate()
        flipped.columns.2.y.negate()
        flipped.columns.3.y.negate()
        projection = flipped
        viewProjection = flipped * view
    }

    mutating func paint(reusing old: consuming PixelBuffer?) throws -> DrawnFrame {
        let clock = ContinuousClock()
        // The target still holds the last frame. Only materials that move by themselves see the time.
        var shown = pose
        if !scene.isAnimated { shown.timeSeconds = 0 }
        let isSame = scene.last.map { $0.pose == shown && $0.camera == camera } ?? false
        scene.last = nil
        still = scene.still
        scene.still = nil
        if !isSame {
            let palettes = scene.palettes(pose)
            for item in scene.items {
                try item.update(pose, palettes: palettes, isVisible: isVisible)
                try Task.checkCancellation()
            }
        }
        let deformed = clock.now

        let window =
            scene.background.coversFrame
            ? FrameWindow.whole(frame)
            : FrameWindow(
                around: scene.items.map(\.worldBounds), viewProjection: viewProjection, frame: frame)
        if window.size.x > 0, window.size.y > 0 {
            if !isSame { try draw(window) }
        } else {
            scene.target = nil
            still?.forget()
        }
        let drawn = clock.now

        var pixels = old.take() ?? PixelBuffer(width: 0, height: 0)
        if pixels.width != frame.x || pixels.height != frame.y {
            pixels = PixelBuffer(width: frame.x, height: frame.y)
        }
        let composer = FrameComposer(
            frame: frame, window: window, backdrop: scene.background,
            smoothsEdges: scene.samples == 1 && scene.look.smoothsEdges)
        if let target = scene.target { composer.read(target, into: &pixels) }
        try context.check("drawing a frame")
        scene.last = (shown, camera)
        scene.still = still
        let end = clock.now
        timings.deformSeconds = (deformed - start).seconds
        timings.drawSeconds = (drawn - deformed).seconds
        timings.readbackSeconds = (end - drawn).seconds
        return DrawnFrame(pixels: pixels, composer: composer)
    }

    /// Surfaces that are seen through after these see what lies behind the last of them.
    private static let mostCopies = 16

    /// For surfaces that are seen through.
    private func copyWhatIsBehind() throws {
        guard let target = scene.target else { return }
        if scene.behind?.width != target.width || scene.behind?.height != target.height {
            scene.behind = nil
            context.deleter.drain()
            scene.behind = try FrameCopy(context, width: target.width, height: target.height)
        }
        scene.behind?.take(target)
    }

    /// Counts a draw, and waits for GL when there is enough.
    private mutating func pace(_ item: DrawItem) throws {
        let sides: Float = item.surface.key.isDoubleSided ? 2 : 1
        pending += pixels(item.worldBounds) * Float(scene.samples) * sides
        pending += Float(item.mesh.deformer.geometry.vertexCount) * Self.pixelsPerVertex
        guard pending > Self.sliceSize else { return }
        pending = 0
        context.finish()
        try Task.checkCancellation()
        let seconds = (ContinuousClock.now - start).seconds
        guard seconds <= limits.frameSeconds else {
            throw AvatariumError(
                .timeout,
                "a frame takes more than \(Int(limits.frameSeconds)) s to draw; request a smaller picture, "
                    + "or use a model with fewer layers",
                context: ["stage": "draw", "rule": "FRAME_TIME_EXCEEDED"])
        }
    }

    /// The area of the picture that a box can cover.
    private func pixels(_ box: Bounds) -> Float {
        let whole = Float(frame.x) * Float(frame.y)
        guard let (low, high) = FrameWindow.rectangle(box, viewProjection) else { return whole }
        let size = clipped(high) - clipped(low)
        return max(0, size.x) * max(0, size.y) / 4 * whole
    }

    private func clipped(_ v: SIMD2<Float>) -> SIMD2<Float> {
        v.clamped(lowerBound: SIMD2(repeating: -1), upperBound: SIMD2(repeating: 1))
    }

    private mutating func draw(_ window: FrameWindow) throws {
        if scene.target?.width != window.size.x || scene.target?.height != window.size.y {
            scene.target = nil
            still?.forget()
            context.deleter.drain()
            scene.target = try Framebuffer(
                context, width: window.size.x, height: window.size.y, samples: scene.samples)
        }
        let state = context.state
        state.setDepthTest(true)
        let visible = scene.items.indices.filter { isVisible(scene.items[$0].worldBounds) }
        let frameValues = frameValues(window)
        scene.frame.write(frameValues)
        scene.frame.bind(.frame)
        let faces = scene.face?.values(scene.items, pose) ?? [:]
        scene.face?.bind(state)
        var moved: Set<Int> = []
        for i in visible {
            let item = scene.items[i]
            let isChanged = item.block.write(values(item, faces[i] ?? FaceTracker.none))
            // What is blended is drawn over the rest.
            if isChanged || item.hasMoved || item.surface.key.alpha == .blend { moved.insert(i) }
        }
        var solid = visible.filter { scene.items[$0].surface.key.alpha != .blend }
        solid.sort { nearness(scene.items[$0]) < nearness(scene.items[$1]) }
        let shown = Set(visible)
        if let still, let target = scene.target,
            let kept = still.canBegin(
                window, frame: frameValues, moved: moved, visible: shown,
                others: { rectangle(of: $0, in: window, margin: 1) })
        {
            target.resume(state, origin: window.origin, fullSize: frame)
            still.restore(target)
            solid.removeAll(where: kept.contains)
        } else {
            scene.target?.begin(
                state, origin: window.origin, fullSize: frame, clear: scene.background.clear)
            still?.forget()
            let first = still?.learned.intersection(solid) ?? []
            if !first.isEmpty, first.count < shown.count, let target = scene.target {
                for i in solid where first.contains(i) { try drawSolid(scene.items[i]) }
                solid.removeAll(where: first.contains)
                // Room for a jaw that opens.
                let others = rectangle(of: shown.subtracting(first), in: window, margin: 32)
                let context = context
                try still?.keep(first, of: target, window, frame: frameValues, rectangle: others, context)
            }
        }
        still?.learn(visible: shown, moved: moved)
        for i in solid { try drawSolid(scene.items[i]) }
        scene.background.draw(state, view: view, projection: projection)
        let blended = visible.map { scene.items[$0] }.filter { $0.surface.key.alpha == .blend }
            .sorted { ($0.surface.queuePosition, -distance($0)) < ($1.surface.queuePosition, -distance($1)) }
        var copies = 0
        for item in blended {
            if item.surface.key.hasTransmission, copies < Self.mostCopies {
                copies += 1
                pending += Float(window.size.x * window.size.y)
                try copyWhatIsBehind()
            }
            try pace(item)
            drawSides(item)
        }
    }

    private mutating func drawSolid(_ item: DrawItem) throws {
        try pace(item)
        drawSides(item)
        if let outline = item.outline {
            draw(item, DrawItem.Part(program: outline, indices: item.whole), culling: .front)
        }
    }

    /// Returns the rectangle of the window's pixels that items can cover, with a margin.
    private func rectangle(of items: Set<Int>, in window: FrameWindow, margin: Int) -> PixelRectangle {
        var low = SIMD2<Float>(repeating: 1)
        var high = SIMD2<Float>(repeating: -1)
        for i in items {
            // An outline lies around its item.
            guard scene.items[i].outline == nil,
                let (a, b) = FrameWindow.rectangle(scene.items[i].worldBounds, viewProjection)
            else { return PixelRectangle(low: .zero, high: window.size) }
            low = pointwiseMin(low, a)
            high = pointwiseMax(high, b)
        }
        func pixels(_ clip: SIMD2<Float>, _ extra: Int) -> SIMD2<Int> {
            let at = (clipped(clip) * 0.5 + 0.5) * SIMD2<Float>(frame)
            return (SIMD2<Int>(at) &+ extra &- window.origin).clamped(
                lowerBound: .zero, upperBound: window.size)
        }
        return PixelRectangle(low: pixels(low, -margin), high: pixels(high, margin + 1))
    }

    /// Draws what faces the viewer before what does not, which it mostly hides; blended, the other way round.
    private func drawSides(_ item: DrawItem) {
        let key = item.surface.key
        guard key.isDoubleSided else {
            for part in item.parts { draw(item, part, culling: .back) }
            return
        }
        let sides = [(StateCache.Culling.back, Float(1)), (.front, -1)]
        for (culling, side) in key.alpha == .blend ? sides.reversed() : sides {
            for part in item.parts {
                part.program.set("uSide", SIMD4(side, 0, 0, 0))
                draw(item, part, culling: culling)
            }
        }
    }

    private func draw(_ item: DrawItem, _ part: DrawItem.Part, culling: StateCache.Culling) {
        let state = context.state
        let surface = item.surface
        let isBlended = surface.key.alpha == .blend
        // What is seen through mixes the picture behind it in by itself.
        state.setBlending(isBlended && !surface.key.hasTransmission)
        state.setDepthWrite(!isBlended || surface.toon?.transparentWithZWrite == true)
        state.setAlphaToCoverage(surface.key.alpha == .mask && surface.key.usesAlphaToCoverage)
        state.setCulling(culling)
        // The flipped projection turns every triangle round; so does a mirroring node.
        state.setFrontFace(clockwise: !item.isMirrored(pose))
        if let environment = scene.environment {
            state.bind(surface.key.isDielectric ? environment.faintRadiance : environment.radiance, unit: 0)
        }
        if surface.key.hasTransmission, let behind = scene.behind {
            state.bind(behind.texture, unit: ProgramCache.behindUnit)
        }
        item.block.bind(.item)
        state.use(part.program)
        item.draw(part.indices, state)
    }

    /// `Frame` of `blocks.glsl`.
    private func frameValues(_ window: FrameWindow) -> [SIMD4<Float>] {
        let size = SIMD2<Float>(window.size)
        let (scale, offset) = (SIMD2<Float>(frame) / size, -SIMD2<Float>(window.origin) / size)
        var out = [SIMD4(camera.eye, 1)] + viewProjection.vectors
        out.append(SIMD4(scale.x, scale.y, offset.x, offset.y))
        guard scene.lights.hasPunctual else { return out }
        let lights = scene.lights.values(pose)
        for values in [lights.positions, lights.colors, lights.spots, lights.cones] {
            out += values + Array(repeating: .zero, count: LightRig.limit - values.count)
        }
        return out
    }

    /// `Item` of `blocks.glsl`.
    private func values(_ item: DrawItem, _ face: [SIMD4<Float>]) -> [SIMD4<Float>] {
        let surface = item.surface
        let matrix = item.matrix(pose)
        let change = item.material.flatMap { pose.materialOverrides[$0] }
        var out = (viewProjection * matrix).vectors + matrix.vectors + matrix.normalMatrix.vectors
        let emissive = change?.emissive ?? surface.emissive
        out += [
            change?.baseColor ?? surface.baseColor,
            SIMD4(surface.metallic, surface.roughness, surface.normalScale, surface.occlusionStrength),
            SIMD4(emissive, surface.alphaCutoff), surface.reflectance,
        ]
        out += surface.layers
        if let toon = surface.toon {
            let scale = length(matrix.transformDirection(SIMD3(1, 0, 0)))
            let isWorld = toon.outlineWidthMode == .worldCoordinates
            out.append(
                SIMD4(
                    isWorld ? toon.outlineWidth / max(scale, 1e-6) : toon.outlineWidth, isWorld ? 0 : 1,
                    Float(frame.y) / Float(frame.x), 0))
            out += toon.uniforms(change, time: pose.timeSeconds)
        } else {
            out += Array(repeating: .zero, count: 7)
        }
        out += face
        out += surface.texelRange?.uniforms ?? Array(repeating: .zero, count: 6)
        let rows = surface.uvRows(change)
        return out + rows + Array(repeating: .zero, count: 44 - rows.count)
    }

    private func isVisible(_ box: Bounds) -> Bool {
        guard let (low, high) = FrameWindow.rectangle(box, viewProjection) else { return true }
        return high.x > -1 && high.y > -1 && low.x < 1 && low.y < 1
    }

    /// Squared distance from the eye to the nearest point of the item's box: what is nearer hides more.
    private func nearness(_ item: DrawItem) -> Float {
        let eye = camera.eye
        let away = eye.clamped(lowerBound: item.worldBounds.low, upperBound: item.worldBounds.high) - eye
        return dot(away, away)
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
    fileprivate var vectors: [SIMD4<Float>] { [columns.0, columns.1, columns.2, columns.3] }

    /// The inverse transpose of the upper 3x3: takes normals along.
    var normalMatrix: Matrix4 {
        var linear = self
        linear.columns.3 = SIMD4(0, 0, 0, 1)
        return (linear.inverse ?? linear).transposed
    }
}
