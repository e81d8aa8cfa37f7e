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
    /// The fields of the look, such as `"size": "256x256"`; paths are relative to the case file.
    public var look = RenderLook.Overrides()
    public var camera: Framing?
    /// The camera's adjustments: `cameraOrbit`, which is `[theta, phi, radius]` (degrees around +Y, degrees from
    /// +Y, metres), or `"auto"` for the value of `camera`; `cameraTarget`, `fov`, `place` and `scale`.
    public var view = CameraView()
    /// Weights by the names of morph targets, ARKit shapes, visemes or expressions.
    public var weights: [String: Float]?
    /// An Oculus viseme's name: `PP`.
    public var viseme: String?
    public var expression: String?
    public var animation: String?
    /// The time within the animation and the idle motion, in seconds.
    public var time: Double?
    public var idle: Bool?
    public var seed: UInt64?

    public init() {}

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case avatar, mapping, variant, camera, weights, viseme, expression
        case animation, time, idle, seed
    }

    /// Reads or writes the fields that are not of a group.
    private mutating func visit(_ field: some WireVisitor<CodingKeys>) throws {
        try field(.avatar, &avatar)
        try field(.mapping, &mapping)
        try field(.variant, &variant)
        try field(.camera, &camera)
        try field(.weights, &weights)
        try field(.viseme, &viseme)
        try field(.expression, &expression)
        try field(.animation, &animation)
        try field(.time, &time)
        try field(.idle, &idle)
        try field(.seed, &seed)
    }

    /// - Throws: `DecodingError` for an unknown field, or an invalid value.
    public init(from decoder: any Decoder) throws {
        let groups = WireName.all(of: RenderLook.Overrides.CodingKeys.self)
            .union(WireName.all(of: CameraView.CodingKeys.self))
        let field = try WireFields(decoder, CodingKeys.self, besides: groups)
        try visit(field)
        look = try RenderLook.Overrides(among: field)
        view = try CameraView(among: field)
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
        try view.encode(to: encoder)
        var description = self
        try description.visit(WireWriter(encoder, CodingKeys.self))
    }

    /// Returns the request, with paths that are relative to `folder` instead of the working directory.
    /// - Parameters:
    ///   - defaults: Values of the fields that are absent here; weights are merged by name.
    ///   - folder: The folder of the case file.
    public func request(defaults: StillDescription = StillDescription(), folder: String) -> StillRequest {
        let base = BaseFolder(folder)
        var request = StillRequest(
            AvatarSource(
                .named(base.avatar(avatar ?? defaults.avatar ?? AvatarSource.standardName)),
                mapping: (mapping ?? defaults.mapping).map(base.path), variant: variant ?? defaults.variant))
        request.look = RenderLook(base.look(look.over(defaults.look)).over(.still))
        request.camera = camera ?? defaults.camera ?? request.camera
        request.view = view.over(defaults.view)
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
        clip.view = clip.view.over(view)
        clip.idle = clip.idle ?? idle
        clip.seed = clip.seed ?? seed
        return clip
    }
}
