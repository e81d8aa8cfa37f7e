import AvatariumCore

/// How ARKit shapes move the inner lips of the reference face: change of the gap in millimetres at weight 1.
public enum LipGeometry {
    /// Gap of the neutral face.
    public static let neutralGap: Float = 3.2
    public static let jawOpen: Float = 40.3
    /// Gap at aperture 1, the widest of ordinary speech.
    static let fullGap: Float = 24
    /// Aperture of the neutral face.
    static let restAperture = neutralGap / fullGap

    private static let millimetres: [(ARKitShape, Float)] = [
        (.jawOpen, jawOpen), (.mouthClose, -jawOpen), (.mouthFunnel, 13.3), (.mouthPucker, 4.4),
        (.mouthLowerDownLeft, 4.2), (.mouthLowerDownRight, 4.2), (.mouthUpperUpLeft, 4.2),
        (.mouthUpperUpRight, 4.2), (.mouthRollLower, -5.9), (.mouthRollUpper, -6.2),
        (.mouthPressLeft, -1.7), (.mouthPressRight, -1.7), (.mouthShrugLower, -6.2),
        (.mouthShrugUpper, 5.0),
    ]

    /// Change of the gap at weight 1.
    static func millimetres(_ shape: ARKitShape) -> Float { byShape[shape.rawValue] }

    private static let byShape: [Float] = {
        var table = [Float](repeating: 0, count: ARKitShape.count)
        for (shape, change) in millimetres { table[shape.rawValue] = change }
        return table
    }()

    /// Gap over the neutral face's, in millimetres, of a face's ARKit coefficients.
    public static func gapOverNeutral(_ frame: FaceFrame) -> Float {
        var gap: Float = 0
        for (shape, weight) in millimetres { gap += frame[shape] * weight }
        return gap
    }
}
