import AvatariumCore
import Foundation
import LipSync
import Rendering
import Rig
import VRM

extension ClipPipeline {
    /// Renders a still image.
    ///
    /// ```swift
    /// var request = StillRequest(avatar: "ada")
    /// request.expression = "happy"
    /// let pixels = try await ClipPipeline().still(request).pixels
    /// ```
    /// - Returns: The pixels, and all diagnostics about the model.
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
        let (camera, warnings) = try rig.camera(
            request.camera, request.view, aspect: request.look.size.aspect)
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
    static func check(_ overrides: PoseOverrides, against model: AvatarModel) throws {
        func refuse(_ field: String, _ what: String, _ name: String, _ known: [String]) throws {
            let near = NearMatches.of(name.lowercased(), in: known)
            let some = Set(known).sorted().prefix(12).joined(separator: ", ")
            let remedy =
                known.isEmpty
                ? "it has none"
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
}
