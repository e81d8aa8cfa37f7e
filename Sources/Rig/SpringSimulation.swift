import AvatariumCore
import GLTF
import VRM

/// Spring bones (VRMC_springBone 1.0) by Verlet steps on a fixed clock of 60 Hz, the rate that files are tuned
/// at; what is shown lies between the last two steps, so that any frame rate gets smooth motion.
struct SpringSimulation: Sendable {
    private static let stepsPerSecond = 60.0
    /// Steps before the first frame, in its pose: two seconds, after which hair hangs still.
    private static let warmUpSteps = 120
    /// A longer jump in time starts afresh.
    private static let longestJumpSeconds = 1.0

    private struct Bone: Sendable {
        var node: Int
        var settings: SpringChain.Joint
        var chain: Int
        /// Direction to the next joint in the node's own space, and the distance in its parent's.
        var axis: SIMD3<Float>
        var tailOffset: SIMD3<Float>
        var restRotation: Quaternion
        var current = SIMD3<Float>.zero
        var previous = SIMD3<Float>.zero
    }

    private let graph: NodeGraph
    private let chains: [SpringChain]
    private var bones: [Bone] = []
    private var step: Int?

    var isEmpty: Bool { bones.isEmpty }

    init(_ model: AvatarModel, _ graph: NodeGraph) {
        self.graph = graph
        chains = model.springs
        var rank = [Int](repeating: 0, count: graph.order.count)
        for (place, node) in graph.order.enumerated() { rank[node] = place }
        for (index, chain) in model.springs.enumerated() {
            for (i, joint) in chain.joints.enumerated() {
                let offset: SIMD3<Float>
                if i + 1 < chain.joints.count {
                    let next = chain.joints[i + 1].node
                    guard graph.parents[next] == joint.node else { continue }
                    offset = graph.rest[next].translation
                } else if chain.endLength > 0 {
                    let own = graph.rest[joint.node].translation
                    offset = length(own) > 0 ? normalize(own) * chain.endLength : SIMD3(0, chain.endLength, 0)
                } else {
                    continue
                }
                guard length(offset) > 1e-6 else { continue }
                bones.append(
                    Bone(
                        node: joint.node, settings: joint, chain: index, axis: normalize(offset),
                        tailOffset: offset, restRotation: graph.rest[joint.node].rotation))
            }
        }
        bones.sort { rank[$0.node] < rank[$1.node] }
    }

    /// Moves the springs on to `seconds` and turns their nodes; `world` must be that of `locals` and is updated.
    mutating func advance(to seconds: Double, _ locals: inout [LocalTransform], _ world: inout [Matrix4]) {
        guard !bones.isEmpty else { return }
        let clock = max(seconds, 0) * SpringSimulation.stepsPerSecond + 1e-6
        let target = Int(clock.rounded(.down)) + 1
        let jump = Int(SpringSimulation.longestJumpSeconds * SpringSimulation.stepsPerSecond)
        var steps: Int
        if let step, target >= step, target - step <= jump {
            steps = target - step
        } else {
            settle(world)
            steps = SpringSimulation.warmUpSteps
        }
        step = target
        while steps > 0 {
            simulate(&locals, &world)
            steps -= 1
        }
        // The clock lies between the last two steps.
        let part = Float(clock - clock.rounded(.down))
        for i in bones.indices {
            let tail = mix(bones[i].previous, bones[i].current, part)
            turn(bones[i], toward: tail, &locals, &world)
        }
        graph.updateWorld(&world, locals)
    }

    /// Puts every tail where the unsprung pose has it.
    private mutating func settle(_ world: [Matrix4]) {
        for i in bones.indices {
            let tail = world[bones[i].node].transformPoint(bones[i].tailOffset)
            bones[i].current = tail
            bones[i].previous = tail
        }
    }

    private mutating func simulate(_ locals: inout [LocalTransform], _ world: inout [Matrix4]) {
        let dt = Float(1 / SpringSimulation.stepsPerSecond)
        for i in bones.indices {
            let bone = bones[i]
            let settings = bone.settings
            let parent = graph.parentWorld(of: bone.node, world)
            let origin = parent.transformPoint(locals[bone.node].translation)
            let restWorld =
                parent
                * Matrix4(
                    translation: locals[bone.node].translation, rotation: bone.restRotation,
                    scale: locals[bone.node].scale)
            let restTail = restWorld.transformPoint(bone.tailOffset)
            let boneLength = length(restTail - origin)
            let stiffness = normalize(restTail - origin) * (settings.stiffness * dt)
            let gravity = settings.gravityDirection * (settings.gravityPower * dt)
            let inertia = (bone.current - bone.previous) * (1 - settings.dragForce)
            var next = bone.current + inertia + stiffness + gravity
            next = origin + normalize(next - origin) * boneLength
            for collider in chains[bone.chain].colliders {
                next = push(next, settings.hitRadius, out: collider, world)
                next = origin + normalize(next - origin) * boneLength
            }
            bones[i].previous = bone.current
            bones[i].current = next
            turn(bones[i], toward: next, &locals, &world)
        }
    }

    /// Turns a bone's node so that its tail points at a place, and updates the node's own world matrix.
    private func turn(
        _ bone: Bone, toward tail: SIMD3<Float>, _ locals: inout [LocalTransform], _ world: inout [Matrix4]
    ) {
        let parent = graph.parentWorld(of: bone.node, world)
        let rest =
            parent
            * Matrix4(
                translation: locals[bone.node].translation, rotation: bone.restRotation,
                scale: locals[bone.node].scale)
        guard let inverse = rest.inverse else { return }
        let direction = normalize(inverse.transformPoint(tail))
        guard length(direction) > 0.5 else { return }
        locals[bone.node].setRotation(bone.restRotation * Quaternion(from: bone.axis, to: direction))
        world[bone.node] = parent * locals[bone.node].matrix
    }

    private func push(
        _ tail: SIMD3<Float>, _ hitRadius: Float, out collider: SpringChain.Collider, _ world: [Matrix4]
    ) -> SIMD3<Float> {
        let centre: SIMD3<Float>
        let radius: Float
        switch collider {
        case .sphere(let node, let offset, let r):
            centre = world[node].transformPoint(offset)
            radius = r * world[node].largestScale
        case .capsule(let node, let offset, let end, let r):
            let a = world[node].transformPoint(offset)
            let b = world[node].transformPoint(end)
            let along = b - a
            let t = dot(along, along) > 0 ? clamp(dot(tail - a, along) / dot(along, along), 0, 1) : 0
            centre = a + along * t
            radius = r * world[node].largestScale
        }
        let away = tail - centre
        let distance = length(away)
        let wanted = radius + hitRadius
        guard distance < wanted, distance > 0 else { return tail }
        return centre + away * (wanted / distance)
    }
}

extension Matrix4 {
    var largestScale: Float {
        max(
            length(transformDirection(SIMD3(1, 0, 0))),
            max(length(transformDirection(SIMD3(0, 1, 0))), length(transformDirection(SIMD3(0, 0, 1)))))
    }
}
