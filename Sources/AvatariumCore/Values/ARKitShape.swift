/// The 52 face shapes of Apple's `ARFaceAnchor.BlendShapeLocation`, alphabetical as in ARKit's own list with
/// `tongueOut` last. Left and right are the character's own.
public enum ARKitShape: Int, CaseIterable, Sendable, Codable {
    case browDownLeft
    case browDownRight
    case browInnerUp
    case browOuterUpLeft
    case browOuterUpRight
    case cheekPuff
    case cheekSquintLeft
    case cheekSquintRight
    case eyeBlinkLeft
    case eyeBlinkRight
    case eyeLookDownLeft
    case eyeLookDownRight
    case eyeLookInLeft
    case eyeLookInRight
    case eyeLookOutLeft
    case eyeLookOutRight
    case eyeLookUpLeft
    case eyeLookUpRight
    case eyeSquintLeft
    case eyeSquintRight
    case eyeWideLeft
    case eyeWideRight
    case jawForward
    case jawLeft
    case jawOpen
    case jawRight
    case mouthClose
    case mouthDimpleLeft
    case mouthDimpleRight
    case mouthFrownLeft
    case mouthFrownRight
    case mouthFunnel
    case mouthLeft
    case mouthLowerDownLeft
    case mouthLowerDownRight
    case mouthPressLeft
    case mouthPressRight
    case mouthPucker
    case mouthRight
    case mouthRollLower
    case mouthRollUpper
    case mouthShrugLower
    case mouthShrugUpper
    case mouthSmileLeft
    case mouthSmileRight
    case mouthStretchLeft
    case mouthStretchRight
    case mouthUpperUpLeft
    case mouthUpperUpRight
    case noseSneerLeft
    case noseSneerRight
    case tongueOut

    public static let count = 52

    /// Apple's name: `jawOpen`.
    public var name: String { ARKitShape.names[rawValue] }

    /// All names in `rawValue` order.
    public static let names: [String] = allCases.map { "\($0)" }

    private static let byName = Dictionary(uniqueKeysWithValues: allCases.map { ("\($0)", $0) })

    /// The shape of exactly that name.
    public init?(name: String) {
        guard let shape = ARKitShape.byName[name] else { return nil }
        self = shape
    }

    /// The shape on the other side of the face, or itself for one in the middle.
    public var mirrored: ARKitShape {
        if name.hasSuffix("Left") { return ARKitShape(name: String(name.dropLast(4)) + "Right") ?? self }
        if name.hasSuffix("Right") { return ARKitShape(name: String(name.dropLast(5)) + "Left") ?? self }
        return self
    }
}
