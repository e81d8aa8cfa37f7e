import Avatarium
import AvatariumCore

/// A `StillRequest` in JSON, with the names of the command line's options in camel or in snake case. Absent fields are
/// taken from the suite's defaults, then from `StillRequest` itself.
public struct StillDescription: Sendable, Codable, Equatable {
    /// Name of a bundled avatar or path of a model, relative to the case file.
    public var avatar: String?
    public var mapping: String?
    /// One of the model's sets of materials (KHR_materials_variants).
    public var variant: String?
    /// `"size": "256x256"` and what else decides the look; paths are relative to the case file.
    public var look = RenderLook.Overrides()
    public var camera: Framing?
    /// `[theta, phi, radius]`: degrees around +Y, degrees from +Y, metres; `"auto"` for what `camera` gives.
    public var cameraOrbit: CameraOrbit?
    /// Where the camera looks, metres.
    public var cameraTarget: SIMD3<Float>?
    /// Vertical field of view, degrees.
    public var fov: Float?
    /// Shares of the frame by which the avatar is moved in it, and its size there.
    public var place: SIMD2<Float>?
    public var scale: Float?
    /// Morph target, ARKit, viseme or expression names and their weights.
    public var weights: [String: Float]?
    /// An Oculus viseme's name: `PP`.
    public var viseme: String?
    public var expression: String?
    public var animation: String?
    /// Seconds in the animation and the idle motion.
    public var time: Double?
    public var idle: Bool?
    public var seed: UInt64?

    public init() {}

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case avatar, mapping, variant, camera, cameraOrbit, cameraTarget, fov, weights, viseme, expression
        case animation, time, idle, seed, place, scale
    }

    /// - Throws: `DecodingError` for an unknown field, or a value that none can have.
    public init(from decoder: any Decoder) throws {
        let field = try WireFields(
            decoder, CodingKeys.self, besides: WireName.all(of: RenderLook.Overrides.CodingKeys.self))
        avatar = try field(.avatar)
        mapping = try field(.mapping)
        variant = try field(.variant)
        look = try RenderLook.Overrides(among: field)
        camera = try field(.camera)
        cameraOrbit = try field(.cameraOrbit)
        cameraTarget = try field(.cameraTarget)
        fov = try field(.fov)
        place = try field(.place)
        scale = try field(.scale)
        weights = try field(.weights)
        viseme = try field(.viseme)
        expression = try field(.expression)
        animation = try field(.animation)
        time = try field(.time)
        idle = try field(.idle)
        seed = try field(.seed)
        if let viseme, OculusViseme(name: viseme) == nil {
            throw field.refusal(
                .viseme,
                "'\(viseme.quotedForMessage())' is not a viseme; choose "
                    + OculusViseme.allCases.map(\.name).joined(separator: " "))
        }
        if let time, !(0...86_400).contains(time) {
            throw field.refusal(.time, "must be 0 to 86400 seconds")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        try look.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(avatar, forKey: .avatar)
        try container.encodeIfPresent(mapping, forKey: .mapping)
        try container.encodeIfPresent(variant, forKey: .variant)
        try container.encodeIfPresent(camera, forKey: .camera)
        try container.encodeIfPresent(cameraOrbit, forKey: .cameraOrbit)
        try container.encodeIfPresent(cameraTarget, forKey: .cameraTarget)
        try container.encodeIfPresent(fov, forKey: .fov)
        try container.encodeIfPresent(place, forKey: .place)
        try container.encodeIfPresent(scale, forKey: .scale)
        try container.encodeIfPresent(weights, forKey: .weights)
        try container.encodeIfPresent(viseme, forKey: .viseme)
        try container.encodeIfPresent(expression, forKey: .expression)
        try container.encodeIfPresent(animation, forKey: .animation)
        try container.encodeIfPresent(time, forKey: .time)
        try container.encodeIfPresent(idle, forKey: .idle)
        try container.encodeIfPresent(seed, forKey: .seed)
    }

    /// Returns the request, with paths that are relative to `folder` instead of the working directory.
    /// - Parameters:
    ///   - defaults: The fields that hold where they are absent here; weights are merged name by name.
    ///   - folder: The folder of the case file.
    public func request(defaults: StillDescription = StillDescription(), folder: String) -> StillRequest {
        let base = BaseFolder(folder)
        var request = StillRequest(
            AvatarSource(
                .named(base.avatar(avatar ?? defaults.avatar ?? AvatarSource.standardName)),
                mapping: (mapping ?? defaults.mapping).map(base.path), variant: variant ?? defaults.variant))
        request.look = RenderLook(base.look(look.over(defaults.look)).over(.still))
        request.camera = camera ?? defaults.camera ?? request.camera
        request.orbit = cameraOrbit ?? defaults.cameraOrbit
        request.target = cameraTarget ?? defaults.cameraTarget
        request.fovDegrees = fov ?? defaults.fov
        request.view.place = place ?? defaults.place
        request.view.scale = scale ?? defaults.scale
        request.weights = (defaults.weights ?? [:]).merging(weights ?? [:]) { $1 }
            .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        request.viseme = (viseme ?? defaults.viseme).flatMap(OculusViseme.init(name:))
        request.expression = expression ?? defaults.expression
        request.animation = animation ?? defaults.animation
        request.timeSeconds = time ?? defaults.time ?? request.timeSeconds
        request.idle = idle ?? defaults.idle ?? request.idle
        request.seed = seed ?? defaults.seed ?? request.seed
        return request
    }

    /// Returns a clip's request with what it leaves open taken from here.
    func applied(to clip: ClipRequest, in folder: String) -> ClipRequest {
        let base = BaseFolder(folder)
        var clip = clip
        clip.avatar = clip.avatar ?? avatar.map(base.avatar)
        clip.mapping = clip.mapping ?? mapping.map(base.path)
        clip.variant = clip.variant ?? variant
        clip.look = clip.look.over(base.look(look))
        clip.camera = clip.camera ?? camera
        clip.view.orbit = clip.view.orbit ?? cameraOrbit
        clip.view.target = clip.view.target ?? cameraTarget
        clip.view.fovDegrees = clip.view.fovDegrees ?? fov
        clip.view.place = clip.view.place ?? place
        clip.view.scale = clip.view.scale ?? scale
        clip.idle = clip.idle ?? idle
        clip.seed = clip.seed ?? seed
        return clip
    }
}
