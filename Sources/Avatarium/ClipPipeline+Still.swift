import AvatariumCore
import Foundation
import LipSync
import Rendering
import Rig
import VRM

extension ClipPipeline {
    /// Draws one picture.
    ///
    /// ```swift
    /// var request = StillRequest(avatar: "ada")
    /// request.expression = "happy"
    /// let pixels = try await ClipPipeline().still(request).pixels
    /// ```
    /// - Returns: The pixels, and everything noticed about the model.
    /// - Throws: E022, E021, E024 for the model; E071 for options; E082 without GL.
    public nonisolated func still(_ request: StillRequest) async throws -> (
        pixels: PixelBuffer, diagnostics: [Diagnostic]
    ) {
        try request.look.validate()
        let model = try await library.model(request.source)
        var rig = AvatarRig(model: model)
        rig.keepsFilePose = !request.idle
        let pose = try rig.pose(
            request.face(of: model), timeSeconds: request.timeSeconds, overrides: request.overrides(model))
        let (camera, warnings) = try request.camera(rig: rig)
        let key = SceneKey(avatar: request.source, look: request.look)
        return try await withScene(key, model: model) { scene in
            let pixels = try await renderer.render(scene, pose: pose, camera: camera, reusing: nil)
            let noticed = model.diagnostics + scene.diagnostics + warnings
            return (pixels, noticed + rig.warnings(for: request.emotion(of: model)))
        }
    }
}

extension StillRequest {
    /// The face of the idle layer at the asked time: relaxed and looking ahead; and of an emotion for which the model
    /// has no expression of its own.
    func face(of model: AvatarModel) -> FaceFrame {
        var options = PerformanceOptions(idle: idle, seed: seed)
        options.emotions = emotion(of: model).map { EmotionCue(emotion: $0, start: -1) }
        guard idle || !options.emotions.isEmpty else { return FaceFrame() }
        let rate = FrameRate.fps30
        let frames = LipSync(options: options).faceTrack(
            for: PhoneTimeline(phones: [], source: "still"),
            durationSeconds: min(timeSeconds, 3600) + 1 / rate.framesPerSecond, frameRate: rate, audio: nil
        ).frames
        return frames.last ?? FaceFrame()
    }

    /// The emotion that is asked for by a name that no expression of the model has; none or one.
    func emotion(of model: AvatarModel) -> [Emotion] {
        guard let expression, model.expression(named: expression) == nil,
            expressionMorph(of: model) == nil
        else { return [] }
        return [Emotion(named: expression)].compactMap(\.self)
    }

    /// The morph target that is named like the asked expression, where the model has no such expression.
    private func expressionMorph(of model: AvatarModel) -> String? {
        guard let expression, model.expression(named: expression) == nil else { return nil }
        let name = expression.lowercased()
        return model.face.byName.keys.sorted().first { $0.lowercased() == name }
    }

    /// - Throws: E071 for a name that the model does not have, or a weight that is not a number.
    func overrides(_ model: AvatarModel) throws -> PoseOverrides {
        var overrides = PoseOverrides()
        for (name, weight) in weights {
            guard weight.isFinite, abs(weight) <= 10 else {
                throw AvatariumError(
                    .invalidConfig,
                    "the weight of '\(name.quotedForMessage())' is out of range; choose -10 to 10",
                    context: ["field": "weights"])
            }
            overrides.weights[name] = weight
        }
        overrides.viseme = viseme
        if let morph = expressionMorph(of: model) {
            overrides.weights[morph] = overrides.weights[morph] ?? 1
        } else {
            overrides.expression = expression
        }
        overrides.clip = animation
        overrides.clipSeconds = timeSeconds
        try StillRequest.check(overrides, against: model)
        return overrides
    }

    /// - Throws: E071 for a shape, expression or animation that the model does not have.
    private static func check(_ overrides: PoseOverrides, against model: AvatarModel) throws {
        func refuse(_ field: String, _ what: String, _ name: String, _ known: [String]) throws {
            let near = NearMatches.of(name.lowercased(), in: known)
            let some = Set(known).sorted().prefix(12).joined(separator: ", ")
            let remedy =
                known.isEmpty
                ? "it has none at all"
                : near.isEmpty
                    ? "it has \(some)\(Set(known).count > 12 ? " ..." : "")"
                    : "did you mean \(near.joined(separator: ", "))?"
            throw AvatariumError(
                .invalidConfig,
                "the model has no \(what) named '\(name.quotedForMessage())'; \(remedy.quotedForMessage(limit: 400))",
                context: ["field": field, "name": name])
        }
        let face = model.face
        for name in overrides.weights.keys where face.byName[name] == nil {
            let mapped =
                ARKitShape(name: name).map { face.arkit[$0] != nil }
                ?? OculusViseme(name: name.replacing("viseme_", with: "")).map { face.visemes[$0] != nil }
                ?? false
            guard !mapped, model.expression(named: name) == nil else { continue }
            try refuse(
                "weights", "face shape", name,
                Array(face.byName.keys) + face.arkit.keys.map(\.name) + model.expressions.map(\.name))
        }
        if let name = overrides.expression, model.expression(named: name) == nil,
            Emotion(named: name) == nil
        {
            try refuse(
                "expression", "expression", name, model.expressions.map(\.name) + Emotion.allCases.map(\.name)
            )
        }
        let clips = model.document.animations
        if let name = overrides.clip, !clips.contains(where: { $0.name == name }),
            !(Int(name).map(clips.indices.contains) ?? false)
        {
            try refuse("animation", "animation", name, clips.indices.map { clips[$0].name ?? "\($0)" })
        } else if let name = overrides.clip {
            let index = clips.firstIndex { $0.name == name } ?? Int(name)
            try index.map { try clips[$0].requirePlayable(path: model.document.path) }
        }
    }

    /// Places the camera.
    /// - Returns: The camera, and a warning where it stands inside the head.
    func camera(rig: AvatarRig) throws -> (ViewCamera, warnings: [Diagnostic]) {
        let framed = rig.camera(camera, aspect: look.size.aspect)
        var view = framed
        if let degrees = fovDegrees {
            try (1...170).check(Double(degrees), field: "fov")
            view.fovY = degrees * .pi / 180
        }
        if let target { view.target = target }
        if let orbit {
            try place(&view, orbit, framed)
        } else if target != nil {
            view.eye += view.target - framed.target
        }
        guard orbit != nil || target != nil else { return (view, []) }
        let extent = rig.bounds().map { max($0.size.x, $0.size.y, $0.size.z) } ?? 1
        view.far = 2 * max(extent, length(view.eye - view.target))
        view.near = view.far / 1000
        return (view, rig.isInside(view.eye) ? [Self.insideWarning] : [])
    }

    /// Puts the eye on a sphere around the target.
    /// - Parameter framed: The camera that gives the parts that the orbit leaves open.
    private func place(_ view: inout ViewCamera, _ orbit: Orbit, _ framed: ViewCamera) throws {
        let back = framed.eye - framed.target
        let distance = length(back)
        let radius = orbit.radius ?? distance
        guard radius >= 0, radius.isFinite else {
            throw AvatariumError(
                .invalidConfig, "the orbit's radius must be 0 or more", context: ["field": "camera-orbit"])
        }
        let theta = orbit.theta.map { $0 * .pi / 180 } ?? arcTangent(back.x, back.z)
        let phi =
            orbit.phi.map { $0 * .pi / 180 }
            ?? (distance > 0 ? arcTangent(length(SIMD3(back.x, 0, back.z)), back.y) : .pi / 2)
        let away = SIMD3(sine(phi) * sine(theta), cosine(phi), sine(phi) * cosine(theta))
        if radius > 0 {
            view.eye = view.target + away * radius
        } else {
            view.eye = view.target
            view.target = view.eye - away
        }
        if abs(away.y) > 0.9999 {
            view.up = SIMD3(-sine(theta), 0, -cosine(theta)) * (away.y > 0 ? 1 : -1)
        }
    }

    private static let insideWarning = Diagnostic(
        .warning, "CAMERA_INSIDE_MODEL",
        "the camera stands inside the avatar, which is seen from within; give a larger radius")
}
