import AvatariumCore
import GLTF
import VRM

/// Lets arms that are held out sideways hang at the sides: exporters leave bodies in T- or A-pose, which nobody
/// wants to see in a video. Works on directions in the world, not on bones' axes.
struct ArmRelaxation: Sendable {
    private var turns: [(node: Int, rotation: Quaternion)] = []

    /// Arms within this angle of straight down are left alone, radians.
    private static let hangingAngle: Float = 0.4

    /// Leaves arms as they are.
    init() {}

    init(_ model: AvatarModel, _ graph: NodeGraph, _ world: [Matrix4]) {
        for (upperArm, lowerArm) in [
            (HumanBone.leftUpperArm, HumanBone.leftLowerArm), (.rightUpperArm, .rightLowerArm),
        ] {
            guard let upper = model.humanoid[upperArm], let lower = model.humanoid[lowerArm],
                world.indices.contains(upper), world.indices.contains(lower)
            else { continue }
            let arm = normalize(world[lower].translation - world[upper].translation)
            // Straight down would be 1.
            guard length(arm) > 0.5, -arm.y < cosine(ArmRelaxation.hangingAngle), arm.y < 0.7 else {
                continue
            }
            let outward: Float = arm.x >= 0 ? 1 : -1
            let wanted = normalize(SIMD3(outward * 0.24, -1, 0.04))
            let turn = Quaternion(from: arm, to: wanted)
            let parent = graph.parentWorld(of: upper, world).rotation
            let local = parent.inverse * turn * parent
            turns.append((upper, (local * graph.rest[upper].rotation).normalized))
        }
    }

    /// Sets the upper arms' rotations, but not of nodes that a clip turns.
    func apply(to locals: inout [LocalTransform], except clipTurns: Set<Int>) {
        for turn in turns where !clipTurns.contains(turn.node) {
            locals[turn.node].setRotation(turn.rotation)
        }
    }
}
