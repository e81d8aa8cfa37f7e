/// The effect of ARKit's shapes on the inner lips of the reference face: the change of the gap between them, in
/// millimetres, at weight 1.
///
/// Measured on the geometry of `ARSCNFaceGeometry` (docs/LIPSYNC.md, "The gap equation"). The mouth solver opens
/// and closes lips by this table, and the rig calibrates another avatar's lips against it.
public enum ReferenceLips {
    /// The gap of the neutral face in millimetres.
    public static let neutralGap: Float = 3.2

    /// The change of the gap in millimetres at weight 1, for each shape that moves the lips.
    public static let gapChanges: [(shape: ARKitShape, millimetres: Float)] = [
        (.jawOpen, 40.3), (.mouthClose, -40.3), (.mouthFunnel, 13.3), (.mouthPucker, 4.4),
        (.mouthLowerDownLeft, 4.2), (.mouthLowerDownRight, 4.2), (.mouthUpperUpLeft, 4.2),
        (.mouthUpperUpRight, 4.2), (.mouthRollLower, -5.9), (.mouthRollUpper, -6.2),
        (.mouthPressLeft, -1.7), (.mouthPressRight, -1.7), (.mouthShrugLower, -6.2),
        (.mouthShrugUpper, 5.0),
    ]

    /// Returns the change of the gap in millimetres at weight 1 of a shape; 0 if it does not move the lips.
    public static func gapChange(of shape: ARKitShape) -> Float { byShape[shape.rawValue] }

    private static let byShape: [Float] = {
        var table = [Float](repeating: 0, count: ARKitShape.count)
        for (shape, change) in gapChanges { table[shape.rawValue] = change }
        return table
    }()

    /// Returns the gap relative to that of the neutral face, in millimetres.
    /// - Parameter shapes: The 52 ARKit coefficients by `ARKitShape.rawValue`.
    public static func gapOverNeutral(_ shapes: [Float]) -> Float {
        var gap: Float = 0
        for (shape, change) in gapChanges { gap += shapes[shape.rawValue] * change }
        return gap
    }
}
