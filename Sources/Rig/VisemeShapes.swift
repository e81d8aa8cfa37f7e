import AvatariumCore

/// ARKit mouths of the 15 visemes: for showing one viseme on an avatar that has only ARKit shapes.
enum VisemeShapes {
    private static let table: [[(ARKitShape, Float)]] = OculusViseme.allCases.map { viseme in
        switch viseme {
        case .sil: []
        case .PP:
            [
                (.jawOpen, 0.06), (.mouthClose, 0.14), (.mouthPressLeft, 0.3), (.mouthPressRight, 0.3),
                (.mouthRollLower, 0.15), (.mouthRollUpper, 0.15),
            ]
        case .FF:
            [
                (.jawOpen, 0.06), (.mouthRollLower, 0.55), (.mouthUpperUpLeft, 0.2),
                (.mouthUpperUpRight, 0.2), (.mouthClose, 0.03),
            ]
        case .TH:
            [(.jawOpen, 0.16), (.mouthLowerDownLeft, 0.15), (.mouthLowerDownRight, 0.15), (.tongueOut, 0.2)]
        case .DD: [(.jawOpen, 0.13), (.mouthLowerDownLeft, 0.2), (.mouthLowerDownRight, 0.2)]
        case .kk: [(.jawOpen, 0.17), (.mouthStretchLeft, 0.1), (.mouthStretchRight, 0.1)]
        case .CH:
            [
                (.jawOpen, 0.1), (.mouthFunnel, 0.55), (.mouthPucker, 0.2), (.mouthLowerDownLeft, 0.1),
                (.mouthLowerDownRight, 0.1),
            ]
        case .SS:
            [
                (.jawOpen, 0.06), (.mouthStretchLeft, 0.25), (.mouthStretchRight, 0.25),
                (.mouthLowerDownLeft, 0.25), (.mouthLowerDownRight, 0.25), (.mouthUpperUpLeft, 0.1),
                (.mouthUpperUpRight, 0.1),
            ]
        case .nn: [(.jawOpen, 0.12), (.mouthLowerDownLeft, 0.15), (.mouthLowerDownRight, 0.15)]
        case .RR: [(.jawOpen, 0.13), (.mouthFunnel, 0.35), (.mouthPucker, 0.15)]
        case .aa:
            [(.jawOpen, 0.5), (.mouthLowerDownLeft, 0.15), (.mouthLowerDownRight, 0.15)]
        case .E:
            [
                (.jawOpen, 0.3), (.mouthStretchLeft, 0.25), (.mouthStretchRight, 0.25),
                (.mouthLowerDownLeft, 0.2), (.mouthLowerDownRight, 0.2), (.mouthUpperUpLeft, 0.15),
                (.mouthUpperUpRight, 0.15),
            ]
        case .I:
            [
                (.jawOpen, 0.15), (.mouthStretchLeft, 0.35), (.mouthStretchRight, 0.35),
                (.mouthSmileLeft, 0.15), (.mouthSmileRight, 0.15), (.mouthLowerDownLeft, 0.2),
                (.mouthLowerDownRight, 0.2),
            ]
        case .O: [(.jawOpen, 0.35), (.mouthFunnel, 0.6), (.mouthPucker, 0.2)]
        case .U: [(.jawOpen, 0.15), (.mouthFunnel, 0.3), (.mouthPucker, 0.75)]
        }
    }

    /// All 52 coefficients of a mixture of visemes.
    static func shapes(visemes: [Float]) -> [Float] {
        var shapes = [Float](repeating: 0, count: ARKitShape.count)
        for (viseme, weight) in visemes.enumerated() where weight > 0 && viseme < table.count {
            for (shape, value) in table[viseme] { shapes[shape.rawValue] += value * weight }
        }
        return shapes.map { min($0, 1) }
    }
}
