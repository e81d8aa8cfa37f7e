import AvatariumCore
import Rendering
import Rig

/// A still image of an avatar, or of any glTF model. The fields of its look are its own: `request.size`.
@dynamicMemberLookup
public struct StillRequest: Sendable {
    /// The avatar, its mapping and its variant. They are also fields of the request: `request.variant`.
    public var source: AvatarSource
    public var look = RenderLook(.still)
    public var camera = Framing.face
    /// Adjusts the camera. Its fields are also fields of the request: `request.orbit`.
    public var view = CameraView()
    /// Weights, -10 to 10, by the names of morph targets, ARKit shapes, visemes or expressions.
    public var weights: [(name: String, weight: Float)] = []
    public var viseme: OculusViseme?
    /// The name of an expression of the model, or of an emotion.
    public var expression: String?
    /// The name or index of one of the model's own animations.
    public var animation: String?
    /// The time of the animation and of the idle motion, in seconds.
    public var timeSeconds: Double = 0
    /// Whether the avatar is in a relaxed pose and looks ahead; if false, it is in the file's own rest pose.
    public var idle = true
    /// Seed of the idle motion.
    public var seed: UInt64 = 0

    public init(avatar: String) { self.source = AvatarSource(.named(avatar)) }

    /// Creates a request for an avatar, which may be in memory.
    public init(_ source: AvatarSource) { self.source = source }

    public subscript<Value>(dynamicMember field: WritableKeyPath<RenderLook, Value>) -> Value {
        get { look[keyPath: field] }
        set { look[keyPath: field] = newValue }
    }

    public subscript<Value>(dynamicMember field: WritableKeyPath<AvatarSource, Value>) -> Value {
        get { source[keyPath: field] }
        set { source[keyPath: field] = newValue }
    }

    public subscript<Value>(dynamicMember field: WritableKeyPath<CameraView, Value>) -> Value {
        get { view[keyPath: field] }
        set { view[keyPath: field] = newValue }
    }

    /// The avatar's name or path; for a model in memory, its name.
    public var avatar: String {
        get { source.name }
        set { source.model = .named(newValue) }
    }

    /// Refuses an output that would overwrite one of the input files.
    /// - Throws: E071.
    public func checkOutput(_ output: String) throws {
        var model: String?
        if case .named(let name) = source.model { model = name }
        try SourceFiles([("avatar", model), ("mapping", source.mapping)] + look.files).check(output: output)
    }
}
