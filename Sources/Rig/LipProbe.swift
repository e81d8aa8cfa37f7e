import AvatariumCore
import GLTF
import VRM

/// An avatar's inner lips in the middle of its mouth, and how every morph target moves them: measures the gap of
/// the mesh as it is posed, not of coefficients.
struct LipProbe: Sendable {
    /// The node whose mesh has the lips.
    let node: Int
    /// Gap of the neutral face in millimetres at human scale; negative where the lips overlap.
    let neutralGap: Float
    let millimetresPerUnit: Float

    /// Heights of vertices of the upper and the lower lip, and how each target changes them.
    private let upper: [Float]
    private let lower: [Float]
    private let changes: [Change]

    private struct Change: Sendable {
        var target: Int
        var upper: [Float]
        var lower: [Float]
    }

    /// A human head from chin to crown, millimetres (DIN 33402: 50th percentile).
    private static let headMillimetres: Float = 225

    init?(_ model: AvatarModel, _ geometry: RestGeometry, skullHeight: Float) {
        let opening = model.openingTargets
        let rounding = model.roundingTargets
        guard skullHeight > 0, !opening.isEmpty, !rounding.isEmpty else { return nil }
        // Of the meshes that both shapes move (head, teeth, beard) the one with most lip.
        var best: (field: FaceField, opens: [SIMD3<Float>], lips: [Float])?
        var mostMoved: Float = 0
        for node in Set(opening.map(\.node)).intersection(rounding.map(\.node)).sorted() {
            guard let field = FaceField(geometry, node: node), let opens = field.displacement(opening),
                let rounds = field.displacement(rounding)
            else { continue }
            let lips = rounds.map { length($0) }
            let moved = lips.reduce(0, +)
            if moved > mostMoved {
                mostMoved = moved
                best = (field, opens, lips)
            }
        }
        guard let (field, opens, lips) = best, let mostLip = lips.max(), mostLip > 0,
            let mostOpen = opens.map({ -$0.y }).max(), mostOpen > 0
        else { return nil }
        let isLip = lips.map { $0 > mostLip * 0.25 }
        guard let mouth = BoundingBox(zip(field.positions, isLip).filter(\.1).map(\.0)) else { return nil }
        // A column in the middle, widened until both lips are in it.
        var upper: [Int] = []
        var lower: [Int] = []
        for width in [0.08, 0.16, 0.3] as [Float] where upper.count < 2 || lower.count < 2 {
            let inColumn = field.positions.indices.filter {
                isLip[$0] && abs(field.positions[$0].x - mouth.centre.x) <= mouth.size.x * width
            }
            upper = inColumn.filter { -opens[$0].y < mostOpen * 0.3 }
            lower = inColumn.filter { -opens[$0].y > mostOpen * 0.5 }
        }
        guard upper.count >= 1, lower.count >= 1 else { return nil }
        node = field.node
        millimetresPerUnit = LipProbe.headMillimetres / skullHeight
        self.upper = upper.map { field.positions[$0].y }
        self.lower = lower.map { field.positions[$0].y }
        let mesh = model.document.nodes[node].mesh ?? 0
        let count = model.document.meshes[mesh].primitives.map(\.targets.count).max() ?? 0
        changes = (0..<count).compactMap { target in
            let moves = field.displacement(target: target)
            let change = Change(
                target: target, upper: upper.map { moves[$0].y }, lower: lower.map { moves[$0].y })
            return (change.upper + change.lower).contains { abs($0) > 1e-7 } ? change : nil
        }
        neutralGap = Heights(upper: self.upper, lower: self.lower).gap * millimetresPerUnit
    }

    /// Heights of the lips' vertices in some pose, in the model's units.
    struct Heights {
        var upper: [Float]
        var lower: [Float]

        mutating func add(_ other: Heights, _ weight: Float) {
            for i in upper.indices { upper[i] += other.upper[i] * weight }
            for i in lower.indices { lower[i] += other.lower[i] * weight }
        }

        /// From the lowest place of the upper lip to the highest of the lower one.
        var gap: Float {
            (upper.min() ?? 0) - (lower.max() ?? 0)
        }
    }

    /// The lips under the node's weights.
    func heights(_ weights: [Float]) -> Heights {
        var heights = Heights(upper: upper, lower: lower)
        for change in changes where change.target < weights.count && weights[change.target] != 0 {
            add(change, weights[change.target], to: &heights)
        }
        return heights
    }

    /// Adds `weight` of the shape's targets on this node.
    func add(_ targets: [MorphTarget], _ weight: Float, to heights: inout Heights) {
        guard weight != 0 else { return }
        for target in targets where target.node == node {
            guard let change = changes.first(where: { $0.target == target.target }) else { continue }
            add(change, weight * target.scale, to: &heights)
        }
    }

    private func add(_ change: Change, _ weight: Float, to heights: inout Heights) {
        for i in heights.upper.indices { heights.upper[i] += change.upper[i] * weight }
        for i in heights.lower.indices { heights.lower[i] += change.lower[i] * weight }
    }

    /// Whether a target moves the lips' middle by more than a third of a millimetre.
    func moves(_ target: MorphTarget) -> Bool {
        guard target.node == node, let change = changes.first(where: { $0.target == target.target }) else {
            return false
        }
        return (change.upper + change.lower).contains { abs($0) * millimetresPerUnit > 0.33 }
    }

    /// The gap over the neutral face's, in millimetres at human scale.
    func gapOverNeutral(_ heights: Heights) -> Float { heights.gap * millimetresPerUnit - neutralGap }
}
