import Rendering
import Rig

/// One picture of an avatar, or of any glTF model. The fields of its look are its own: `request.size`.
@dynamicMemberLookup
public struct StillRequest: Sendable {
    /// Spherical camera position around the target, as glTF viewers use it.
    public struct Orbit: Sendable, Equatable {
        /// Degrees around +Y from +Z.
        public var theta: Float
        /// Degrees from +Y.
        public var phi: Float
        /// Metres; 0 looks from the target itself.
        public var radius: Float
        public init(theta: Float, phi: Float, radius: Float) {
            self.theta = theta
            self.phi = phi
            self.radius = radius
        }
    }

    public var avatar: String
    public var mapping: String?
    /// One of the model's sets of materials (KHR_materials_variants).
    public var variant: String?
    public var look = RenderLook(.still)
    public var camera = Framing.face
    /// Given these, they override `camera`.
    public var orbit: Orbit?
    public var target: SIMD3<Float>?
    /// Vertical field of view, degrees.
    public var fovDegrees: Float?
    /// Morph target or ARKit, viseme or expression names and their weights.
    public var weights: [(name: String, weight: Float)] = []
    public var viseme: OculusViseme?
    public var expression: String?
    /// Name or index of one of the model's own animations, and the time in it.
    public var animation: String?
    public var timeSeconds: Double = 0
    /// The relaxed, living face; false is the file's own rest pose.
    public var idle = true
    public var seed: UInt64 = 0

    public init(avatar: String) { self.avatar = avatar }

    public subscript<Value>(dynamicMember field: WritableKeyPath<RenderLook, Value>) -> Value {
        get { look[keyPath: field] }
        set { look[keyPath: field] = newValue }
    }

    /// - Throws: E071 where a picture at `output` would replace a file that it is made from.
    public func checkOutput(_ output: String) throws {
        var image: String?
        if case .image(let path) = look.background { image = path }
        var hdr: String?
        if case .hdr(let path) = look.environment { hdr = path }
        try InputFiles([
            ("avatar", avatar), ("mapping", mapping), ("background", image), ("environment", hdr),
        ]).check(output: output)
    }
}
