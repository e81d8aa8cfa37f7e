import AvatariumCore
import GLTF
import Geometry
import VRM

/// Turns head, neck, spine, eyes and jaw by angles that mean the same on every skeleton: about the character's
/// own axes in the world, whatever the bones' local ones are.
struct HeadJoints: Sendable {
    /// The jaw bone's turn at an opening of 1, radians.
    static let jawRange: Float = 0.35

    private var joints: [Joint] = []
    private var eyes: [(joint: Joint, isLeft: Bool)] = []
    private var jaw: Joint?
    private let lookAt: LookAt?

    init(_ model: AvatarModel, _ graph: NodeGraph, _ world: [Matrix4]) {
        lookAt = model.lookAt
        func joint(_ node: Int, _ share: Float) -> Joint { Joint(node, graph, world, share: share) }
        let bones = model.humanoid.filter { graph.rest.indices.contains($0.value) }
        if let head = bones[.head] {
            let skinned = model.document.skins.contains { $0.joints.contains(head) }
            if let neck = bones[.neck] {
                let chest = bones[.upperChest] ?? bones[.chest] ?? bones[.spine]
                if let chest {
                    joints = [joint(chest, 0.08), joint(neck, 0.27), joint(head, 0.65)]
                } else {
                    joints = [joint(neck, 0.3), joint(head, 0.7)]
                }
            } else {
                var whole = joint(head, 1)
                if !skinned { whole.pivot = HeadJoints.pivot(below: [head], model, graph, world, of: head) }
                joints = [whole]
            }
        } else if !model.face.arkit.isEmpty || !model.face.visemes.isEmpty, model.document.skins.isEmpty {
            // A head of loose meshes: everything in the scene turns together.
            let roots = graph.order.filter { graph.parents[$0] < 0 }
            joints = roots.map { root in
                var whole = joint(root, 1)
                whole.pivot = HeadJoints.pivot(below: roots, model, graph, world, of: root)
                return whole
            }
        }
        let eyesMove = EyeGeometry.eyeShapesMoveEyeballs(model)
        let usesBones = model.lookAt.map { $0.kind == .bone } ?? !eyesMove
        if usesBones {
            for (bone, isLeft) in [(HumanBone.leftEye, true), (.rightEye, false)] {
                if let node = bones[bone] { eyes.append((joint(node, 1), isLeft)) }
            }
        }
        jaw = bones[.jaw].map { joint($0, 1) }
    }

    /// Where a head without a neck turns: low and behind the middle of what hangs under the nodes.
    private static func pivot(
        below nodes: [Int], _ model: AvatarModel, _ graph: NodeGraph, _ world: [Matrix4], of node: Int
    ) -> SIMD3<Float>? {
        let shown = graph.descendants(of: nodes)
        guard let box = PosedGeometry(model.document, world: world).bounds(ofNodes: shown) else { return nil }
        let point = SIMD3(
            (box.low.x + box.high.x) / 2, mix(box.low.y, box.high.y, 0.2),
            mix(box.low.z, box.high.z, 0.4))
        return graph.parentWorld(of: node, world).inverse?.transformPoint(point)
    }

    /// The geometry with the jaw's joint open as far as speech opens it; nil without a jaw.
    static func withOpenJaw(_ model: AvatarModel, _ graph: NodeGraph, _ world: [Matrix4]) -> PosedGeometry? {
        guard let jaw = model.humanoid[.jaw], world.indices.contains(jaw) else { return nil }
        let hinge = world[jaw].translation
        let turn =
            Matrix4(translation: hinge) * Quaternion(yaw: 0, pitch: jawRange, roll: 0).matrix
            * Matrix4(translation: -hinge)
        var turned = world
        for node in graph.descendants(of: [jaw]) { turned[node] = turn * world[node] }
        return PosedGeometry(model.document, world: turned)
    }

    /// - Parameters: `rotation` as `FaceFrame.headRotation`, `gaze` as `FaceFrame.gaze`, `jawOpen` 0...1.
    func apply(
        rotation: SIMD3<Float>, gaze: SIMD2<Float>, jawOpen: Float, to locals: inout [LocalTransform]
    ) {
        if rotation != .zero {
            for joint in joints {
                let part = rotation * joint.share
                joint.turn(Quaternion(yaw: part.y, pitch: part.x, roll: part.z), &locals)
            }
        }
        if gaze != .zero {
            for eye in eyes { eye.joint.turn(eyeTurn(gaze, isLeft: eye.isLeft), &locals) }
        }
        if jawOpen != 0, let jaw {
            jaw.turn(Quaternion(yaw: 0, pitch: jawOpen * HeadJoints.jawRange, roll: 0), &locals)
        }
    }

    private func eyeTurn(_ gaze: SIMD2<Float>, isLeft: Bool) -> Quaternion {
        guard let lookAt, lookAt.kind == .bone else {
            return Quaternion(
                yaw: clamp(gaze.y, -0.6, 0.6), pitch: clamp(gaze.x, -0.45, 0.45), roll: 0)
        }
        let degrees = gaze * (180 / .pi)
        let toLeft = degrees.y > 0
        let sideways = (toLeft == isLeft ? lookAt.horizontalOuter : lookAt.horizontalInner).output(
            abs(degrees.y))
        let vertical =
            degrees.x > 0 ? lookAt.verticalDown.output(degrees.x) : -lookAt.verticalUp.output(-degrees.x)
        return Quaternion(
            yaw: (toLeft ? sideways : -sideways) * .pi / 180, pitch: vertical * .pi / 180, roll: 0)
    }
}
