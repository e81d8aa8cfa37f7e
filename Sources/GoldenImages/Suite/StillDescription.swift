import Avatarium
import Foundation

/// A `StillRequest` as JSON states it, with the names of the command line's options. Absent fields are taken
/// from the suite's defaults, then from `StillRequest` itself.
public struct StillDescription: Sendable, Codable, Equatable {
    /// Name of a bundled avatar or path of a model, relative to the case file.
    public var avatar: String?
    public var mapping: String?
    /// `"256x256"`.
    public var size: ImageSize?
    public var camera: Framing?
    /// Degrees around +Y, degrees from +Y, metres.
    public var cameraOrbit: SIMD3<Float>?
    /// Where the camera looks, metres.
    public var cameraTarget: SIMD3<Float>?
    /// Vertical field of view, degrees.
    public var fov: Float?
    public var background: BackgroundChoice?
    /// `studio`, `none`, or path of a .hdr file, relative to the case file.
    public var environment: String?
    public var exposure: Float?
    public var toneMap: ToneMap?
    public var keyLight: Bool?
    public var samples: Int?
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
        case avatar, mapping, size, camera, cameraOrbit, cameraTarget, fov, background, environment, exposure
        case toneMap, keyLight, samples, weights, viseme, expression, animation, time, idle, seed
    }

    /// - Throws: `DecodingError` for an unknown field, or a value that none can have.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.knownKeys(CodingKeys.self)
        func field<T: Decodable>(_ key: CodingKeys) throws -> T? {
            try container.decodeIfPresent(T.self, forKey: key)
        }
        avatar = try field(.avatar)
        mapping = try field(.mapping)
        size = try field(.size)
        camera = try field(.camera)
        cameraOrbit = try field(.cameraOrbit)
        cameraTarget = try field(.cameraTarget)
        fov = try field(.fov)
        background = try field(.background)
        environment = try field(.environment)
        exposure = try field(.exposure)
        toneMap = try field(.toneMap)
        keyLight = try field(.keyLight)
        samples = try field(.samples)
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
        request.size = size ?? defaults.size ?? request.size
        request.camera = camera ?? defaults.camera ?? request.camera
        request.orbit = (cameraOrbit ?? defaults.cameraOrbit).map {
            StillRequest.Orbit(theta: $0.x, phi: $0.y, radius: $0.z)
        }
        request.target = cameraTarget ?? defaults.cameraTarget
        request.fovDegrees = fov ?? defaults.fov
        request.background = background ?? defaults.background ?? request.background
        if case .image(let name) = request.background { request.background = .image(path(name)) }
        request.environment = (environment ?? defaults.environment).map {
            ["studio", "none"].contains($0) ? $0 : path($0)
        }
        request.exposure = exposure ?? defaults.exposure ?? request.exposure
        request.toneMap = toneMap ?? defaults.toneMap ?? request.toneMap
        request.keyLight = keyLight ?? defaults.keyLight ?? request.keyLight
        request.samples = samples ?? defaults.samples ?? request.samples
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
