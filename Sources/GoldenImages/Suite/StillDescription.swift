import Avatarium
import Foundation

/// A `StillRequest` as JSON states it, with the names of the command line's options. Absent fields are taken
/// from the suite's defaults, then from `StillRequest` itself.
public struct StillDescription: Sendable, Codable, Equatable {
    /// Name of a bundled avatar or path of a model, relative to the case file.
    public var avatar: String?
    public var mapping: String?
    /// One of the model's sets of materials (KHR_materials_variants).
    public var variant: String?
    /// `"size": "256x256"` and what else decides the look; paths are relative to the case file.
    public var look = RenderLook.Overrides()
    public var camera: Framing?
    /// Degrees around +Y, degrees from +Y, metres.
    public var cameraOrbit: SIMD3<Float>?
    /// Where the camera looks, metres.
    public var cameraTarget: SIMD3<Float>?
    /// Vertical field of view, degrees.
    public var fov: Float?
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
        case animation, time, idle, seed
    }

    /// - Throws: `DecodingError` for an unknown field, or a value that none can have.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.knownKeys(CodingKeys.self, and: RenderLook.Overrides.fieldNames)
        func field<T: Decodable>(_ key: CodingKeys) throws -> T? {
            try container.decodeIfPresent(T.self, forKey: key)
        }
        avatar = try field(.avatar)
        mapping = try field(.mapping)
        variant = try field(.variant)
        look = try RenderLook.Overrides(fieldsOf: decoder)
        camera = try field(.camera)
        cameraOrbit = try field(.cameraOrbit)
        cameraTarget = try field(.cameraTarget)
        fov = try field(.fov)
        weights = try field(.weights)
        viseme = try field(.viseme)
        expression = try field(.expression)
        animation = try field(.animation)
        time = try field(.time)
        idle = try field(.idle)
        seed = try field(.seed)
        if let viseme, OculusViseme(name: viseme) == nil {
            throw DecodingError.dataCorruptedError(
                forKey: .viseme, in: container,
                debugDescription: "'\(viseme)' is no viseme: there are "
                    + OculusViseme.allCases.map(\.name).joined(separator: " "))
        }
        if let time, !(0...86_400).contains(time) {
            throw DecodingError.dataCorruptedError(
                forKey: .time, in: container, debugDescription: "must be 0 to 86400 seconds")
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
        try container.encodeIfPresent(weights, forKey: .weights)
        try container.encodeIfPresent(viseme, forKey: .viseme)
        try container.encodeIfPresent(expression, forKey: .expression)
        try container.encodeIfPresent(animation, forKey: .animation)
        try container.encodeIfPresent(time, forKey: .time)
        try container.encodeIfPresent(idle, forKey: .idle)
        try container.encodeIfPresent(seed, forKey: .seed)
    }

    /// The request, with paths made relative to `folder` instead of the working directory.
    /// - Parameter defaults: what holds for absent fields; weights are merged name by name.
    public func request(defaults: StillDescription = StillDescription(), folder: String) -> StillRequest {
        func path(_ name: String) -> String {
            name.hasPrefix("/") ? name : (folder as NSString).appendingPathComponent(name)
        }
        func isPath(_ name: String) -> Bool {
            name.contains("/")
                || ["glb", "gltf", "vrm"].contains((name as NSString).pathExtension.lowercased())
        }
        let avatar = avatar ?? defaults.avatar ?? "ada"
        var request = StillRequest(avatar: isPath(avatar) ? path(avatar) : avatar)
        request.mapping = (mapping ?? defaults.mapping).map(path)
        request.variant = variant ?? defaults.variant
        request.camera = camera ?? defaults.camera ?? request.camera
        request.orbit = (cameraOrbit ?? defaults.cameraOrbit).map {
            StillRequest.Orbit(theta: $0.x, phi: $0.y, radius: $0.z)
        }
        request.target = cameraTarget ?? defaults.cameraTarget
        request.fovDegrees = fov ?? defaults.fov
        request.look = RenderLook(look.over(defaults.look).over(.still))
        if case .image(let name) = request.look.background { request.look.background = .image(path(name)) }
        if case .hdr(let name) = request.look.environment {
            request.look.environment = .hdr(path: path(name))
        }
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
}
