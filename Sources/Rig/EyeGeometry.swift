import AvatariumCore
import GLTF
import VRM

/// What the geometry says about an avatar's eyes.
enum EyeGeometry {
    /// Whether the `eyeLook` shapes turn the eyeballs themselves: then bones must not turn them a second time.
    ///
    /// True when a node with an `eyeLook` target is an eye (by its name or its mesh's) and that target moves
    /// something.
    static func eyeShapesMoveEyeballs(_ model: AvatarModel) -> Bool {
        let document = model.document
        let targets = [ARKitShape.eyeLookOutLeft, .eyeLookOutRight, .eyeLookUpLeft].flatMap {
            model.face.arkit[$0] ?? []
        }
        for target in targets {
            let node = document.nodes[target.node]
            guard let mesh = node.mesh else { continue }
            let names = [node.name, document.meshes[mesh].name].compactMap { $0?.lowercased() }
            guard
                names.contains(where: { $0.contains("eye") && !$0.contains("lash") && !$0.contains("brow") })
            else { continue }
            for primitive in document.meshes[mesh].primitives
            where primitive.targets.indices.contains(target.target) {
                guard let accessor = primitive.targets[target.target]["POSITION"],
                    document.accessors.indices.contains(accessor)
                else { continue }
                if document.accessors[accessor].floats().contains(where: { abs($0) > 1e-5 }) { return true }
            }
        }
        return model.humanoid[.leftEye] == nil
    }
}
