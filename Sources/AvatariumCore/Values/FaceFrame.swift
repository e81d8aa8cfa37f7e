/// The state of a face at one instant, which lip-sync passes to the rig.
///
/// ARKit coefficients and Oculus viseme weights both describe the same mouth; a rig uses those that the avatar
/// supports, never both.
public struct FaceFrame: Sendable, Equatable {
    /// ARKit coefficients by `ARKitShape.rawValue`, 0...1, 52 of them.
    public var shapes: [Float]
    /// Weights by `OculusViseme.rawValue`, 0...1, 15 of them: the mouth only, for avatars without ARKit shapes.
    public var visemes: [Float]
    /// Head turn relative to rest, radians: x = pitch (positive nods down), y = yaw (positive turns to the
    /// character's left), z = roll (positive tilts to the character's right).
    public var headRotation: SIMD3<Float>
    /// Eye direction relative to straight ahead, radians: x = pitch (positive down), y = yaw (positive to the
    /// character's left).
    public var gaze: SIMD2<Float>
    /// Strength of each emotion, 0...1, by `Emotion.rawValue`: for avatars with emotion expressions (VRM).
    public var emotions: [Float]
    /// Breath, weight and arms.
    public var body = BodyFrame()

    public init() {
        shapes = [Float](repeating: 0, count: ARKitShape.count)
        visemes = [Float](repeating: 0, count: OculusViseme.count)
        headRotation = .zero
        gaze = .zero
        emotions = [Float](repeating: 0, count: Emotion.count)
    }

    public subscript(shape: ARKitShape) -> Float {
        get { shapes[shape.rawValue] }
        set { shapes[shape.rawValue] = newValue }
    }

    public subscript(viseme: OculusViseme) -> Float {
        get { visemes[viseme.rawValue] }
        set { visemes[viseme.rawValue] = newValue }
    }
}

/// The emotions of a performance, in JSON by name.
public enum Emotion: Int, CaseIterable, Sendable {
    case happy, sad, angry, surprised, disgusted, afraid, relaxed

    public static let count = 7
    public var name: String { "\(self)" }
    public init?(name: String) {
        guard let emotion = Emotion.allCases.first(where: { $0.name == name }) else { return nil }
        self = emotion
    }

    /// All names, for messages.
    public static let names = allCases.map(\.name).joined(separator: ", ")
}

extension Emotion: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let name = try container.decode(String.self)
        guard let emotion = Emotion(name: name) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(name)' is not one of \(Emotion.names)")
        }
        self = emotion
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}
