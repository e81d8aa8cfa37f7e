import AvatariumCore
import GLTF
import VRM

/// The pose that performances start from: the file's own, less what only its first recorded frame put there.
///
/// Captures saved as glTF rest in the performer's first pose: head a little tilted, eyes half down, face moving.
/// Loose heads and eyes (no skin, turned by a clip of the file, not far off) are set straight.
enum NeutralPose {
    /// A larger turn is the artist's, radians.
    private static let largestTurn: Float = 0.3

    static func locals(_ model: AvatarModel, _ graph: NodeGraph) -> [LocalTransform] {
        var locals = graph.rest
        var parts = [HumanBone.leftEye, .rightEye]
        if model.humanoid[.neck] == nil { parts.append(.head) }
        for node in parts.compactMap({ model.humanoid[$0] })
        where locals.indices.contains(node) && isRecorded(node, model)
            && abs(locals[node].rotation.vector.w) > cosine(largestTurn / 2)
        {
            locals[node].setRotation(.identity)
        }
        return locals
    }

    private static func isRecorded(_ node: Int, _ model: AvatarModel) -> Bool {
        !model.document.skins.contains { $0.joints.contains(node) }
            && model.document.animations.contains { animation in
                animation.channels.contains { $0.node == node && $0.path == .rotation }
            }
    }

    /// The morph weights of the file with every standard face shape at 0.
    static func weights(_ model: AvatarModel, _ fileWeights: [[Float]]) -> [[Float]] {
        var weights = fileWeights
        for target in (Array(model.face.arkit.values) + Array(model.face.visemes.values)).joined()
        where weights[target.node].indices.contains(target.target) {
            weights[target.node][target.target] = 0
        }
        return weights
    }
}
