import AvatariumCore

/// Bounds on what an avatar's extensions may ask for each frame: far above any real avatar's, low enough that a
/// hostile file cannot stop the clock.
enum AvatarLimits {
    static let springJoints = 4096
    static let collidersOfSpring = 256
    static let constraints = 512
    /// Morph targets counted on every node that shows them, and binds of all expressions.
    static let morphTargets = 200_000
}

extension AvatarModel {
    /// Cuts the model down to `AvatarLimits`, with a notice.
    mutating func enforceLimits() {
        var joints = 0
        let kept = springs.prefix(while: { chain in
            joints += chain.joints.count
            return joints <= AvatarLimits.springJoints
        })
        if kept.count < springs.count {
            note(
                "AVATAR_LIMIT_EXCEEDED", "/extensions",
                "springs past \(AvatarLimits.springJoints) joints are left still")
            springs = Array(kept)
        }
        for i in springs.indices where springs[i].colliders.count > AvatarLimits.collidersOfSpring {
            springs[i].colliders = Array(springs[i].colliders.prefix(AvatarLimits.collidersOfSpring))
            note(
                "AVATAR_LIMIT_EXCEEDED", "/extensions",
                "a spring has more than \(AvatarLimits.collidersOfSpring) colliders; the rest are left out")
        }
        if constraints.count > AvatarLimits.constraints {
            constraints = Array(constraints.prefix(AvatarLimits.constraints))
            note(
                "AVATAR_LIMIT_EXCEEDED", "/nodes",
                "node constraints past \(AvatarLimits.constraints) are left out")
        }
    }
}
