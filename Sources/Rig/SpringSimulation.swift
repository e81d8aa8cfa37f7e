import AvatariumCore
import GLTF
import VRM

/// Spring bones (VRMC_springBone 1.0) by Verlet steps on a fixed clock of 60 Hz, the rate that files are tuned
/// at. Between frames the avatar's own motion is interpolated, and what is shown lies between the last two steps,
/// so that every frame rate gives the same motion.
struct SpringSimulation: Sendable {
    private static let stepsPerSecond = 60.0
    /// Steps before the first frame, in its pose: two seconds, after which hair hangs still.
    private static let warmUpSteps = 120
    /// A longer jump in time starts afresh.
    private static let longestJumpSeconds = 1.0

    private let graph: NodeGraph
    private let chains: [SpringChain]
    private var bones: [SpringBone]
    /// The step that `current` is at, and the frame before.
    private var step: Int?
    private var lastSeconds = 0.0
    private var lastWorld: [Matrix4] = []

    init(_ model: AvatarModel, _ graph: NodeGraph) {
        self.graph = graph
        chains = model.springs
        bones = SpringBone.bones(model, graph)
    }

    /// Moves the springs on to `seconds` and turns their nodes; `world` must be that of `locals` and is updated.
    mutating func advance(to seconds: Double, _ locals: inout [LocalTransform], _ world: inout [Matrix4]) {
        guard !bones.isEmpty else { return }
        let clock = max(seconds, 0) * SpringSimulation.stepsPerSecond + 1e-6
        // One step past the frame, so that the frame lies between two.
        let target = Int(clock.rounded(.down)) + 1
        let still = world
        if let step, target >= step, seconds - lastSeconds <= SpringSimulation.longestJumpSeconds {
            for next in step..<target {
                let time = Double(next + 1) / SpringSimulation.stepsPerSecond
                let span = seconds - lastSeconds
                // The step past the frame keeps the frame's own pose.
                let part = span > 0 ? Float(clamp((time - lastSeconds) / span, 0, 1)) : 1
                var between = part < 1 ? interpolated(to: still, part) : still
                simulate(&locals, &between)
            }
        } else {
            settle(world)
            for _ in 0..<SpringSimulation.warmUpSteps {
                var now = still
                simulate(&locals, &now)
            }
        }
        step = target
        lastSeconds = seconds
        lastWorld = still
        show(Float(clock - clock.rounded(.down)), &locals, &world)
    }

    private func interpolated(to world: [Matrix4], _ part: Float) -> [Matrix4] {
        zip(lastWorld, world).map { Matrix4.between($0, $1, part) }
    }

    /// Puts every tail where the unsprung pose has it.
    private mutating func settle(_ world: [Matrix4]) {
        for i in bones.indices {
            let tail = world[bones[i].node].transformPoint(bones[i].tailOffset)
            let inverse = centre(bones[i], world)?.inverse
            bones[i].current = inverse?.transformPoint(tail) ?? tail
            bones[i].previous = bones[i].current
        }
    }

    private func centre(_ bone: SpringBone, _ world: [Matrix4]) -> Matrix4? {
        chains[bone.chain].center.map { world[$0] }
    }

    private mutating func simulate(_ locals: inout [LocalTransform], _ world: inout [Matrix4]) {
        let dt = Float(1 / SpringSimulation.stepsPerSecond)
        for i in bones.indices {
            let bone = bones[i]
            let settings = bone.settings
            carry(bone, locals, &world)
            let centre = self.centre(bone, world)
            let current = centre?.transformPoint(bone.current) ?? bone.current
            let previous = centre?.transformPoint(bone.previous) ?? bone.previous
            let rest = restWorld(bone, locals, world)
            let origin = rest.translation
            let restTail = rest.transformPoint(bone.tailOffset)
            let boneLength = length(restTail - origin)
            let stiffness = normalize(restTail - origin) * (settings.stiffness * dt)
            let gravity = settings.gravityDirection * (settings.gravityPower * dt)
            let inertia = (current - previous) * (1 - settings.dragForce)
            var next = current + inertia + stiffness + gravity
            next = origin + normalize(next - origin) * boneLength
            for collider in chains[bone.chain].colliders {
                next = collider.push(next, settings.hitRadius, world)
                next = origin + normalize(next - origin) * boneLength
            }
            let inverse = centre?.inverse
            bones[i].previous = bone.current
            bones[i].current = inverse?.transformPoint(next) ?? next
            turn(bone, toward: next, &locals, &world)
        }
    }

    /// Turns all nodes to where their tails are between the last two steps.
    private func show(_ part: Float, _ locals: inout [LocalTransform], _ world: inout [Matrix4]) {
        for bone in bones {
            carry(bone, locals, &world)
            let tail = mix(bone.previous, bone.current, part)
            turn(bone, toward: centre(bone, world)?.transformPoint(tail) ?? tail, &locals, &world)
        }
        graph.updateWorld(&world, locals)
    }

    /// Brings the nodes that hang between two bones up to date with the upper one.
    private func carry(_ bone: SpringBone, _ locals: [LocalTransform], _ world: inout [Matrix4]) {
        for node in bone.carried { world[node] = graph.parentWorld(of: node, world) * locals[node].matrix }
    }

    private func restWorld(
        _ bone: SpringBone, _ locals: [LocalTransform], _ world: [Matrix4]
    ) -> Matrix4 {
        graph.parentWorld(of: bone.node, world)
            * Matrix4(
                translation: locals[bone.node].translation, rotation: bone.restRotation,
                scale: locals[bone.node].scale)
    }

    /// Turns a bone's node so that its tail points at a place, and updates the node's own world matrix.
    private func turn(
        _ bone: SpringBone, toward tail: SIMD3<Float>, _ locals: inout [LocalTransform],
        _ world: inout [Matrix4]
    ) {
        guard let inverse = restWorld(bone, locals, world).inverse else { return }
        let direction = normalize(inverse.transformPoint(tail))
        guard length(direction) > 0.5 else { return }
        locals[bone.node].setRotation(bone.restRotation * Quaternion(from: bone.axis, to: direction))
        world[bone.node] = graph.parentWorld(of: bone.node, world) * locals[bone.node].matrix
    }
}
