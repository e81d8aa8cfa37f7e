import AvatariumCore
import GLTF
import Geometry

/// Finds the head of a skeleton by what it carries: the joint that the face's skin hangs on, above jaw and eyes.
struct HeadFinder {
    private let document: Document
    private let face: FaceShapeMap
    /// The share of the face's movement that each joint carries with its descendants; nil where no skinned mesh has face
    /// shapes.
    private let shares: [Float]?

    /// A head carries at least this share of the face: the chin's skin may hang on the neck a little.
    private static let enough: Float = 0.75
    /// A joint that is called head and carries less than this is something else.
    private static let tooLittle: Float = 0.2
    /// Targets looked at: more say nothing new.
    private static let targetLimit = 24

    init(_ document: Document, face: FaceShapeMap, expressions: [Expression]) {
        self.document = document
        self.face = face
        let targets =
            (face.arkit.sorted { $0.key.rawValue < $1.key.rawValue }.flatMap(\.value)
                + face.visemes.sorted { $0.key.rawValue < $1.key.rawValue }.flatMap(\.value)
                + expressions.flatMap(\.morphs))
        shares = Self.shares(document, targets)
    }

    /// Sets the head where no name fits or the one that does carries nothing of the face, and the neck below it.
    func settle(_ bones: inout [HumanBone: Int]) {
        guard !document.skins.isEmpty else { return }
        let named = bones[.head]
        guard let head = headByFace(named: named) ?? (named == nil ? headAboveJaw(bones) : nil), head != named
        else { return }
        bones[.head] = head
        if let neck = bones[.neck], neck == head || !document.isAncestor(neck, of: head) {
            bones[.neck] = nil
        }
        if bones[.neck] == nil, let parent = document.nodes[head].parent, isJoint(parent),
            !bones.values.contains(parent), document.nodes[parent].children.filter(isJoint).count == 1
        {
            bones[.neck] = parent
        }
        // Rigify's chain of `DEF-spine` ends in neck and head, which its names do not say.
        for bone in [HumanBone.spine, .chest, .upperChest]
        where bones[bone].map({ $0 == head || $0 == bones[.neck] || document.isAncestor(head, of: $0) })
            ?? false
        {
            bones[bone] = nil
        }
    }

    /// Takes a jaw away that carries no skin and no mesh: turning it moves nothing.
    func dropIdleJaw(_ bones: inout [HumanBone: Int]) {
        guard let jaw = bones[.jaw], !document.skins.isEmpty, !carries(jaw) else { return }
        bones[.jaw] = nil
    }

    private func carries(_ node: Int) -> Bool {
        let geometry = PosedGeometry(document, world: [])
        guard geometry.isMeasurable else { return true }
        var below: Set<Int> = [node]
        var pending = [node]
        while let at = pending.popLast() {
            if document.nodes[at].mesh != nil, document.nodes[at].skin == nil { return true }
            below.formUnion(document.nodes[at].children)
            pending += document.nodes[at].children
        }
        return document.drawnMeshNodes.contains { drawn in
            document.nodes[drawn.node].skin != nil
                && document.meshes[drawn.mesh].primitives.contains { primitive in
                    let count = geometry.localPositions(primitive).count
                    return geometry.shares(of: below, node: drawn.node, primitive: primitive, count: count)
                        .contains { $0 > 0.05 }
                }
        }
    }

    private func isJoint(_ node: Int) -> Bool { document.skins.contains { $0.joints.contains(node) } }

    /// The deepest joint that carries the face; nil where the named one does well enough, or where none does.
    private func headByFace(named: Int?) -> Int? {
        guard let shares else { return nil }
        if let named, shares[named] >= Self.tooLittle { return nil }
        guard
            var head = document.nodes.indices.first(where: {
                document.nodes[$0].parent == nil && shares[$0] >= Self.enough
            })
        else { return nil }
        while let child = document.nodes[head].children.first(where: { shares[$0] >= Self.enough }) {
            head = child
        }
        // The root of a body that is skinned to nothing else is not a head.
        return isJoint(head) && document.nodes[head].parent != nil ? head : nil
    }

    /// The joint above jaw and eyes.
    private func headAboveJaw(_ bones: [HumanBone: Int]) -> Int? {
        let parts = [HumanBone.jaw, .leftEye, .rightEye].compactMap { bones[$0] }.filter(isJoint)
        guard let first = parts.first else { return nil }
        var head = document.nodes[first].parent
        while let node = head {
            if isJoint(node), parts.allSatisfy({ document.isAncestor(node, of: $0) }) { return node }
            head = document.nodes[node].parent
        }
        return nil
    }

    /// The skin weights of the vertices that face shapes move, added up from the leaves.
    private static func shares(_ document: Document, _ targets: [MorphTarget]) -> [Float]? {
        let geometry = PosedGeometry(document, world: [])
        guard geometry.isMeasurable else { return nil }
        var direct = [Float](repeating: 0, count: document.nodes.count)
        var byNode: [Int: [Int]] = [:]
        for target in targets where byNode[target.node]?.count ?? 0 < targetLimit {
            byNode[target.node, default: []].append(target.target)
        }
        for (node, targets) in byNode where document.nodes[node].skin != nil {
            for primitive in document.nodes[node].mesh.map({ document.meshes[$0].primitives }) ?? [] {
                let count = geometry.localPositions(primitive).count
                var moves = [Float](repeating: 0, count: count)
                for target in Set(targets) where primitive.targets.indices.contains(target) {
                    let delta = geometry.vectors(primitive.targets[target]["POSITION"])
                    guard delta.count == count else { continue }
                    for i in 0..<count { moves[i] += length(delta[i]) }
                }
                guard let most = moves.max(), most > 0 else { continue }
                // Each vertex that moves visibly counts once, however far it goes.
                _ = geometry.eachInfluence(node: node, primitive: primitive, count: count) {
                    vertex, joint, weight in
                    if moves[vertex] > most * 0.05 { direct[joint] += weight }
                }
            }
        }
        let total = direct.reduce(0, +)
        guard total > 0 else { return nil }
        var sums = direct
        var order: [Int] = []
        var pending = document.nodes.indices.filter { document.nodes[$0].parent == nil }
        while let node = pending.popLast() {
            order.append(node)
            pending += document.nodes[node].children
        }
        for node in order.reversed() {
            if let parent = document.nodes[node].parent { sums[parent] += sums[node] }
        }
        return sums.map { $0 / total }
    }
}
