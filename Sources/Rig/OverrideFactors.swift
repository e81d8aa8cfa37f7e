import AvatariumCore
import VRM

/// What active expressions leave of the procedural ones: 1 all ... 0 nothing (VRMC_vrm 1.0, "Procedural override").
struct OverrideFactors {
    enum Kind: Int {
        case blink, lookAt, mouth

        /// Nil for an expression that is not procedural.
        init?(_ expression: Expression) {
            switch expression.role {
            case .blink, .blinkLeft, .blinkRight: self = .blink
            case .lookUp, .lookDown, .lookLeft, .lookRight: self = .lookAt
            case .aa, .ih, .ou, .ee, .oh: self = .mouth
            case .happy, .angry, .sad, .relaxed, .surprised, .neutral, nil: return nil
            }
        }
    }

    private var factors = SIMD3<Float>(repeating: 1)

    subscript(_ kind: Kind) -> Float { factors[kind.rawValue] }

    /// Takes off what an expression overrides. Its rule for its own kind is invalid and does nothing.
    mutating func add(_ expression: Expression, _ output: Float) {
        let rules = [expression.overrideBlink, expression.overrideLookAt, expression.overrideMouth]
        for (k, rule) in rules.enumerated() where Kind(expression)?.rawValue != k {
            switch rule {
            case .none: break
            case .block: if output > 0 { factors[k] = 0 }
            case .blend: factors[k] = max(0, factors[k] - output)
            }
        }
    }
}

extension Expression {
    /// The weight as it acts: 0...1, and one of the two where the expression is binary.
    func output(_ weight: Float) -> Float {
        isBinary ? (weight > 0.5 ? 1 : 0) : clamp(weight, 0, 1)
    }
}
