import AvatariumCore
import GLTF
import Geometry
import VRM

/// The space that an avatar's head takes, found from the model itself.
struct HeadRegion {
    /// Chin to crown, ear to ear, back to nose; hair that towers or hangs is cut at a natural height.
    var box: Bounds
    /// From the chin to the top of the face's own mesh, in the model's units: 225 mm in a human.
    var skullHeight: Float

    /// From what hangs on the head bone; else from the meshes with face shapes; nil where there is neither.
    init?(_ model: AvatarModel, _ graph: NodeGraph, _ geometry: PosedGeometry) {
        guard geometry.isMeasurable else { return nil }
        let faceNodes = Set(
            (model.face.arkit.values.flatMap { $0 } + model.face.visemes.values.flatMap { $0 }
                + model.expressions.flatMap(\.morphs)).map(\.node))
        let headBone = model.humanoid[.head].map { graph.descendants(of: [$0]) }
        var face: [SIMD3<Float>] = []
        var all: [SIMD3<Float>] = []
        // Of the meshes with face shapes, whatever bones they hang on.
        var shaped: [SIMD3<Float>] = []
        for (index, mesh) in model.document.drawnMeshNodes {
            for primitive in model.document.meshes[mesh].primitives {
                let points = geometry.positions(node: index, primitive: primitive)
                if faceNodes.contains(index) { shaped += points }
                guard let headBone else { continue }
                let shares = geometry.shares(
                    of: headBone, node: index, primitive: primitive, count: points.count)
                let mine = zip(points, shares).filter { $0.1 > 0.5 }.map(\.0)
                all += mine
                if faceNodes.contains(index) { face += mine }
            }
        }
        var chin = HeadRegion.chin(model, geometry)
        if face.isEmpty {
            // No head bone, or one that carries nothing of the face.
            face = shaped.count < 50 && !all.isEmpty ? all : shaped
            if let place = HeadRegion.chinOfBody(model, geometry) {
                face.removeAll { $0.y < place }
                chin = nil
            }
        } else if face.count < 50, !all.isEmpty {
            face = all
        }
        guard var box = Bounds(face), box.size.y > 0 else { return nil }
        if let chin, chin > box.low.y, chin < mix(box.low.y, box.high.y, 0.5) {
            box.low.y = chin
            // Shoulders on the same mesh must not count for the head's width.
            if let above = Bounds(face.filter { $0.y >= chin }) { box = above }
        }
        skullHeight = box.size.y
        if let whole = Bounds(all) {
            // Hair and hats count, up to a fifth of the head above and an eighth beside it.
            box.high.y = min(max(box.high.y, whole.high.y), box.high.y + box.size.y * 0.2)
            let side = box.size.x * 0.125
            box.low.x = max(min(box.low.x, whole.low.x), box.low.x - side)
            box.high.x = min(max(box.high.x, whole.high.x), box.high.x + side)
        }
        self.box = box
    }

    /// The height of the chin where head and body are one mesh: the lowest place that the face shapes move, far above
    /// the mesh's lowest.
    private static func chinOfBody(_ model: AvatarModel, _ geometry: PosedGeometry) -> Float? {
        let targets = model.face.arkit.values.flatMap { $0 } + model.face.visemes.values.flatMap { $0 }
        var lowest: Float?
        for node in Set(targets.map(\.node)) {
            guard let field = MorphDisplacements(geometry, node: node), let whole = Bounds(field.positions)
            else {
                continue
            }
            for target in targets where target.node == node {
                guard let moves = field.displacement([target]),
                    let most = moves.map({ dot($0, $0) }).max(), most > 0
                else { continue }
                let moved = zip(field.positions, moves).filter { dot($0.1, $0.1) > most * 0.05 }.map(\.0)
                guard let box = Bounds(moved), box.low.y > whole.low.y + whole.size.y * 0.5 else {
                    return nil
                }
                lowest = min(lowest ?? box.low.y, box.low.y)
            }
        }
        return lowest
    }

    /// The height of the chin: the lowest place that an opening jaw carries with at least half of its movement,
    /// where the neck's skin does not follow.
    private static func chin(_ model: AvatarModel, _ geometry: PosedGeometry) -> Float? {
        let targets = model.openingTargets
        var lowest: Float?
        for node in Set(targets.map(\.node)) {
            guard let field = MorphDisplacements(geometry, node: node),
                let moves = field.displacement(targets), let most = moves.map({ -$0.y }).max(), most > 0
            else { continue }
            // A mouth alone, without a chin, says nothing.
            let carried = zip(field.positions, moves).filter { -$0.1.y > most * 0.5 }.map(\.0)
            guard let box = Bounds(carried), let whole = Bounds(field.positions),
                box.size.y > whole.size.y * 0.1
            else { continue }
            lowest = min(lowest ?? box.low.y, box.low.y)
        }
        return lowest
    }
}
