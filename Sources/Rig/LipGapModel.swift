import AvatariumCore
import GLTF
import Geometry
import VRM

/// An avatar's inner lips in the middle of its mouth, and how every morph target moves them: measures the gap of
/// the mesh as it is posed, not of coefficients.
struct LipGapModel: Sendable {
    /// The node whose mesh has the lips.
    let node: Int
    /// Gap of the neutral face in millimetres at human scale; negative where the lips overlap.
    let neutralGap: Float
    let millimetresPerUnit: Float
    /// How far each way opens the lips at full weight, millimetres at human scale; ways that the model lacks are
    /// missing.
    let openings: [MouthDriver.Way: Float]

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

    /// Measures the lips of the mesh that rounds them most.
    /// - Parameters:
    ///   - skullHeight: From chin to crown, in the model's units.
    ///   - jaw: The geometry with the jaw's joint fully open; nil without one.
    init?(_ model: AvatarModel, _ geometry: PosedGeometry, skullHeight: Float, jaw: PosedGeometry?) {
        let rounding = model.roundingTargets
        let ways: [(way: MouthDriver.Way, targets: [MorphTarget])] = [
            (.jawShape, model.face.arkit[.jawOpen] ?? []), (.viseme, model.face.visemes[.aa] ?? []),
            (.expression, model.morphs(of: .aa)),
        ]
        guard skullHeight > 0, !rounding.isEmpty else { return nil }
        // Of the meshes that both shapes move (head, teeth, beard) the one with most lip.
        var best: (field: MorphDisplacements, lips: [Float])?
        var mostMoved: Float = 0
        let opened = Set(ways.flatMap(\.targets).map(\.node))
        let rounded = Set(rounding.map(\.node))
        for node in (jaw == nil ? opened.intersection(rounded) : rounded).sorted() {
            guard let field = MorphDisplacements(geometry, node: node),
                let rounds = field.displacement(rounding)
            else {
                continue
            }
            let lips = rounds.map { length($0) }
            let moved = lips.reduce(0, +)
            if moved > mostMoved {
                mostMoved = moved
                best = (field, lips)
            }
        }
        guard let (field, lips) = best, let mostLip = lips.max(), mostLip > 0 else { return nil }
        let isLip = lips.map { $0 > mostLip * 0.25 }
        let millimetres = LipGapModel.headMillimetres / skullHeight
        var partings: [MouthDriver.Way: Parting] = [:]
        for (way, targets) in ways {
            partings[way] = field.displacement(targets).flatMap { Parting(field.positions, isLip, opens: $0) }
        }
        if let jaw, let turned = MorphDisplacements(jaw, node: field.node),
            turned.positions.count == field.positions.count
        {
            let opens = zip(turned.positions, field.positions).map { $0 - $1 }
            partings[.joint] = Parting(field.positions, isLip, opens: opens)
        }
        let measured = partings.mapValues { $0.opening * millimetres }
        // The lips are parted by what opens them first of all; one that hardly does separates them badly.
        let widest = measured.values.max() ?? 0
        let order = MouthDriver.Way.allCases.filter { partings[$0] != nil }
        guard let chosen = order.first(where: { measured[$0] ?? 0 >= widest * 0.35 }) ?? order.first,
            let parting = partings[chosen]
        else { return nil }
        openings = measured
        node = field.node
        millimetresPerUnit = millimetres
        upper = parting.upper.map { field.positions[$0].y }
        lower = parting.lower.map { field.positions[$0].y }
        let mesh = model.document.nodes[field.node].mesh ?? 0
        let count = model.document.meshes[mesh].primitives.map(\.targets.count).max() ?? 0
        changes = (0..<count).compactMap { target in
            let moves = field.displacement(target: target)
            let change = Change(
                target: target, upper: parting.upper.map { moves[$0].y },
                lower: parting.lower.map { moves[$0].y })
            return (change.upper + change.lower).contains { abs($0) > 1e-7 } ? change : nil
        }
        neutralGap = Heights(upper: self.upper, lower: self.lower).gap * millimetresPerUnit
    }

    /// Vertices of the upper and of the lower lip in the middle of the mouth, separated by a target that opens it.
    private struct Parting {
        var upper: [Int] = []
        var lower: [Int] = []
        /// How much further apart they come, in the model's units.
        var opening: Float = 0

        init?(_ positions: [SIMD3<Float>], _ isLip: [Bool], opens: [SIMD3<Float>]) {
            guard let mostOpen = opens.map({ -$0.y }).max(), mostOpen > 0,
                let mouth = Bounds(zip(positions, isLip).filter(\.1).map(\.0))
            else { return nil }
            // A column in the middle, widened until both lips are in it.
            for width in [0.08, 0.16, 0.3] as [Float] where upper.count < 2 || lower.count < 2 {
                let inColumn = positions.indices.filter {
                    isLip[$0] && abs(positions[$0].x - mouth.center.x) <= mouth.size.x * width
                }
                upper = inColumn.filter { -opens[$0].y < mostOpen * 0.3 }
                lower = inColumn.filter { -opens[$0].y > mostOpen * 0.5 }
            }
            guard !upper.isEmpty, !lower.isEmpty else { return nil }
            func gap(_ share: Float) -> Float {
                let above = upper.map { positions[$0].y + opens[$0].y * share }.min() ?? 0
                return above - (lower.map { positions[$0].y + opens[$0].y * share }.max() ?? 0)
            }
            opening = gap(1) - gap(0)
        }
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
