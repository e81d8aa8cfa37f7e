import AvatariumCore

/// Writes a copy of a document with posed frames baked in as a glTF animation: morph weights and node transforms,
/// which three.js, Blender and every glTF viewer play. Material changes of VRM expressions are not in it.
///
/// The copy is one GLB that needs no decoder (`DocumentWriter`).
public struct AnimationBaker: Sendable {
    private let document: Document
    /// What the poses' root nodes are turned by.
    private let rootTransform: Matrix4
    private let frameRate: FrameRate
    private let name: String
    private var frameCount = 0
    private typealias Transform = (translation: SIMD3<Float>, rotation: Quaternion, scale: SIMD3<Float>)
    /// By node: local transforms and morph weights, frame after frame.
    private var transforms: [[Transform]]
    private var weights: [[Float]]
    private let meshNodes: [Int]

    /// - Parameters:
    ///   - rootTransform: What the poses' root nodes are turned by, which is not baked in.
    ///   - name: The animation's name in the file.
    public init(
        document: Document, rootTransform: Matrix4 = .identity, frameRate: FrameRate,
        name: String = "performance"
    ) {
        self.document = document
        self.rootTransform = rootTransform
        self.frameRate = frameRate
        self.name = name
        // Copies that the loader made of instanced meshes are not nodes of the file.
        let count = min(document.nodes.count, document.json["nodes"]?.array?.count ?? 0)
        transforms = [[Transform]](repeating: [], count: count)
        weights = [[Float]](repeating: [], count: count)
        meshNodes = (0..<count).filter { node in
            guard let mesh = document.nodes[node].mesh else { return false }
            return document.meshes[mesh].primitives.contains { !$0.targets.isEmpty }
        }
    }

    /// Adds the next frame's pose, as the rig gave it.
    public mutating func append(_ pose: FramePose) {
        guard pose.nodeMatrices.count == document.nodes.count else { return }
        for node in transforms.indices {
            let parent = document.nodes[node].parent.map { pose.nodeMatrices[$0] } ?? rootTransform
            let local = (parent.inverse ?? .identity) * pose.nodeMatrices[node]
            var parts = local.decomposed()
            // Neighbouring keys on the same half of the sphere.
            if let last = transforms[node].last, (last.rotation.vector * parts.rotation.vector).sum() < 0 {
                parts.rotation = Quaternion(-parts.rotation.vector)
            }
            transforms[node].append(parts)
        }
        for node in meshNodes { weights[node] += pose.morphWeights[node] }
        frameCount += 1
    }

    /// The GLB.
    /// - Throws: `AvatariumError` E024 when the model's document has no JSON to copy, or no frame was added.
    public func glb() throws -> [UInt8] {
        guard frameCount > 0, document.json.object != nil else {
            throw AvatariumError(
                .avatarModelInvalid, "there is nothing to bake: the performance has no frames",
                context: ["path": document.path])
        }
        var copy = DocumentWriter(document)
        let times = (0..<frameCount).map { Float(frameRate.seconds(atFrame: $0)) }
        let input = copy.addAccessor(times, type: "SCALAR", width: 1, bounded: true)
        var samplers: [JSON] = []
        var channels: [JSON] = []
        func add(_ node: Int, _ path: String, _ output: Int) {
            samplers.append(
                .members([
                    "input": .integer(input), "output": .integer(output), "interpolation": .string("LINEAR"),
                ]))
            channels.append(
                .members([
                    "sampler": .integer(samplers.count - 1),
                    "target": .members(["node": .integer(node), "path": .string(path)]),
                ]))
        }
        for node in transforms.indices {
            for (path, values, width, type) in movingParts(node) {
                copy.writeTransform(node, transforms[node][0])
                add(node, path, copy.addAccessor(values, type: type, width: width))
            }
        }
        for node in meshNodes where weights[node].contains(where: { $0 != 0 }) {
            add(node, "weights", copy.addAccessor(weights[node], type: "SCALAR", width: 1))
        }
        copy.addAnimation(
            .members(["name": .string(name), "samplers": .array(samplers), "channels": .array(channels)]))
        return copy.glb()
    }

    /// The parts of a node's transform that leave the file's own in any frame.
    private func movingParts(
        _ node: Int
    ) -> [(path: String, values: [Float], width: Int, type: String)] {
        let rest = document.nodes[node]
        let keys = transforms[node]
        let size = max(length(rest.translation), 1e-3)
        var parts: [(String, [Float], Int, String)] = []
        if keys.contains(where: { length($0.translation - rest.translation) > size * 1e-4 }) {
            parts.append(
                (
                    "translation", keys.flatMap { [$0.translation.x, $0.translation.y, $0.translation.z] }, 3,
                    "VEC3"
                ))
        }
        if keys.contains(where: { abs(($0.rotation.vector * rest.rotation.vector).sum()) < 1 - 1e-7 }) {
            parts.append(
                (
                    "rotation",
                    keys.flatMap {
                        [
                            $0.rotation.vector.x, $0.rotation.vector.y, $0.rotation.vector.z,
                            $0.rotation.vector.w,
                        ]
                    }, 4, "VEC4"
                ))
        }
        if keys.contains(where: { length($0.scale - rest.scale) > length(rest.scale) * 1e-4 }) {
            parts.append(("scale", keys.flatMap { [$0.scale.x, $0.scale.y, $0.scale.z] }, 3, "VEC3"))
        }
        return parts
    }
}
