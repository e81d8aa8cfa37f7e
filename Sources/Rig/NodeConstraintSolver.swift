import AvatariumCore
import GLTF
import VRM

/// Node constraints (VRMC_node_constraint 1.0): roll, aim and rotation, solved in the order of the node graph.
enum NodeConstraintSolver {
    static func apply(
        _ constraints: [NodeConstraint], _ graph: NodeGraph, _ locals: inout [LocalTransform],
        _ world: inout [Matrix4]
    ) {
        for constraint in constraints {
            let rest = graph.rest[constraint.node].rotation
            let target: Quaternion
            switch constraint.kind {
            case .rotation:
                // The source's own turn since rest, applied to the destination's rest.
                let source =
                    graph.rest[constraint.source].rotation.inverse * locals[constraint.source].rotation
                target = rest * source
            case .roll(let axis):
                target = roll(constraint, axis, rest, graph, locals)
            case .aim(let axis):
                let parent = graph.parentWorld(of: constraint.node, world).rotation
                let place = world[constraint.node].translation
                let toSource = normalize(world[constraint.source].translation - place)
                guard length(toSource) > 0.5 else { continue }
                let from = (parent * rest).rotate(axis)
                let turn = Quaternion(from: normalize(from), to: toSource)
                target = parent.inverse * turn * parent * rest
            }
            locals[constraint.node].setRotation(Quaternion.slerp(rest, target, constraint.weight))
            graph.updateWorld(&world, locals)
        }
    }

    /// The part of the source's turn about one axis of the destination.
    private static func roll(
        _ constraint: NodeConstraint, _ axis: SIMD3<Float>, _ rest: Quaternion, _ graph: NodeGraph,
        _ locals: [LocalTransform]
    ) -> Quaternion {
        let sourceRest = graph.rest[constraint.source].rotation
        let turn = sourceRest.inverse * locals[constraint.source].rotation
        // Into the destination's space.
        let inParent = sourceRest * turn * sourceRest.inverse
        let inDestination = rest.inverse * inParent * rest
        let to = inDestination.rotate(axis)
        let swing = Quaternion(from: axis, to: normalize(to))
        return rest * swing.inverse * inDestination
    }
}
