import AvatariumCore
import GLTF
import VRM

/// A motion for any humanoid, independent of a skeleton: a VRMA file (VRMC_vrm_animation 1.0).
public struct BodyClip: Sendable {
    public let durationSeconds: Double

    struct BoneTrack: Sendable {
        var bone: HumanBone
        /// The bone's rotation at rest, and its parent's in the world.
        var rest: Quaternion
        var parent: Quaternion
        var rotations: Animation.Sampler
    }

    struct HipsTrack: Sendable {
        var parent: Matrix4
        var rest: SIMD3<Float>
        var translations: Animation.Sampler
    }

    let bones: [BoneTrack]
    let hips: HipsTrack?
    let expressions: [(name: String, weights: Animation.Sampler)]
    let gaze: Animation.Sampler?

    /// - Throws: `AvatariumError` E024 if the document is not a VRMA file or animates nothing.
    public init(_ document: Document) throws {
        guard let json = document.json["extensions"]?["VRMC_vrm_animation"],
            let animation = document.animations.first
        else {
            throw AvatariumError(
                .avatarModelInvalid,
                "the file is not a VRM animation: it needs VRMC_vrm_animation and one animation",
                context: ["path": document.path, "pointer": "/extensions/VRMC_vrm_animation"])
        }
        try animation.requirePlayable(path: document.path)
        let graph = NodeGraph(document, facing: .identity)
        let world = graph.world(graph.rest)
        func sampler(_ node: Int, _ path: Animation.Path) -> Animation.Sampler? {
            animation.channels.first { $0.node == node && $0.path == path }.flatMap {
                animation.samplers.indices.contains($0.sampler) ? animation.samplers[$0.sampler] : nil
            }
        }
        func node(_ json: JSON?) -> Int? {
            guard let node = json?["node"]?.int, document.nodes.indices.contains(node) else { return nil }
            return node
        }
        var bones: [BoneTrack] = []
        var hips: HipsTrack?
        let table = json["humanoid"]?["humanBones"]
        for name in table?.object?.keys ?? [] {
            guard let bone = HumanBone(rawValue: name), let node = node(table?[name]) else { continue }
            let parent = graph.parentWorld(of: node, world)
            if let rotations = sampler(node, .rotation) {
                bones.append(
                    BoneTrack(
                        bone: bone, rest: graph.rest[node].rotation, parent: parent.rotation,
                        rotations: rotations))
            }
            if bone == .hips, let translations = sampler(node, .translation) {
                hips = HipsTrack(
                    parent: parent, rest: world[node].translation, translations: translations)
            }
        }
        var expressions: [(name: String, weights: Animation.Sampler)] = []
        for group in ["preset", "custom"] {
            let table = json["expressions"]?[group]
            for name in table?.object?.keys ?? [] {
                // The weight is the node's x.
                if let weights = node(table?[name]).flatMap({ sampler($0, .translation) }) {
                    expressions.append((name, weights))
                }
            }
        }
        let gaze = node(json["lookAt"]).flatMap { sampler($0, .rotation) }
        guard !bones.isEmpty || hips != nil || !expressions.isEmpty || gaze != nil else {
            throw AvatariumError(
                .avatarModelInvalid,
                "the VRM animation animates none of the bones, expressions and gaze targets that it "
                    + "declares; export it with keyframes",
                context: ["path": document.path, "pointer": "/animations/0"])
        }
        self.bones = bones
        self.hips = hips
        self.expressions = expressions
        self.gaze = gaze
        durationSeconds = Double(animation.durationSeconds)
    }
}
