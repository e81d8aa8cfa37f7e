import AvatariumCore
import GLTF
import VRM

/// Breath, weight and arms: what a `BodyFrame` says, on one avatar's joints.
struct BodyDriver: Sendable {
    private var spine: Joint?
    private var chest: Joint?
    private var neck: Joint?
    private var shoulders: [(joint: Joint, place: SIMD3<Float>)?] = [nil, nil]
    private var hips: Joint?
    private var hipsShift = SIMD3<Float>.zero
    private var legs: [Joint] = []
    private var feet: [Joint] = []
    /// The turn of the legs, and of the spine, that keep feet and head in place, radians.
    private var legTurn: Float = 0
    private var spineTurn: Float = 0
    private var arms: [Arm?] = [nil, nil]
    private var shape: BodyShape?

    /// Whether there are hands, to be seen, that make gestures: left, right.
    let hasHands: [Bool]

    /// Moves nothing.
    init() { hasHands = [false, false] }

    /// Turns at a full breath, radians.
    private enum Breath {
        static let spine: Float = -0.006
        static let chest: Float = -0.018
        static let shoulder: Float = 0.022
    }

    /// Turn of the shoulders at a full shrug, radians.
    private static let shrug: Float = 0.3
    /// How far the hips go aside, as a share of their height.
    private static let shift: Float = 0.014

    /// - Parameter world: Of the pose `neutral`.
    init(_ model: AvatarModel, _ graph: NodeGraph, neutral: [LocalTransform], _ world: [Matrix4]) {
        let bones = model.humanoid.filter { graph.rest.indices.contains($0.value) }
        func joint(_ bone: HumanBone) -> Joint? { bones[bone].map { Joint($0, graph, world) } }
        chest = joint(.upperChest) ?? joint(.chest)
        spine = joint(.spine)
        if chest == nil { (chest, spine) = (spine, nil) }
        neck = joint(.neck) ?? joint(.head)
        for (index, bone) in [HumanBone.leftShoulder, .rightShoulder].enumerated() {
            guard let shoulder = joint(bone) else { continue }
            shoulders[index] = (shoulder, world[shoulder.node].translation)
        }
        let hasArm = bones[.leftHand] != nil || bones[.rightHand] != nil
        let shape = hasArm ? BodyShape(model, graph, world) : nil
        self.shape = shape
        arms = (0..<2).map { index in
            Arm(
                model, graph, neutral: neutral, world, isLeft: index == 0,
                handLength: shape?.handLengths[index] ?? 0)
        }
        hasHands = arms.map { $0?.hasHand ?? false }
        prepareShift(model, graph, world, bones)
    }

    /// Only who stands on feet that can be seen shifts the weight from one to the other.
    private mutating func prepareShift(
        _ model: AvatarModel, _ graph: NodeGraph, _ world: [Matrix4], _ bones: [HumanBone: Int]
    ) {
        guard let hipsNode = bones[.hips], let headNode = bones[.head], spine != nil,
            let leftLeg = bones[.leftUpperLeg], let rightLeg = bones[.rightUpperLeg],
            let leftFoot = bones[.leftFoot], let rightFoot = bones[.rightFoot], hasHands.contains(true),
            carries([leftFoot, rightFoot], model, graph)
        else { return }
        let height =
            world[hipsNode].translation.y
            - min(
                world[leftFoot].translation.y, world[rightFoot].translation.y)
        let above = world[headNode].translation.y - world[hipsNode].translation.y
        guard height > 1e-3, above > 1e-3, height.isFinite, above.isFinite else { return }
        let aside = height * Self.shift
        guard let inverse = graph.parentWorld(of: hipsNode, world).inverse else { return }
        hips = Joint(hipsNode, graph, world)
        hipsShift = inverse.transformDirection(SIMD3(aside, 0, 0))
        legs = [leftLeg, rightLeg].map { Joint($0, graph, world) }
        feet = [leftFoot, rightFoot].map { Joint($0, graph, world) }
        legTurn = -aside / height
        spineTurn = aside / above
    }

    /// Whether vertices hang on each of the nodes or below it.
    private func carries(_ nodes: [Int], _ model: AvatarModel, _ graph: NodeGraph) -> Bool {
        let used = Set(model.document.skins.flatMap(\.joints))
        return nodes.allSatisfy { node in
            graph.descendants(of: [node]).contains {
                used.contains($0) || model.document.nodes[$0].mesh != nil
            }
        }
    }

    /// How far from the middle hands get in a gesture, metres; 0 without hands.
    var span: Float { arms.reduce(0) { max($0, $1.map { $0.hasHand ? $0.span : 0 } ?? 0) } }

    /// Lets arms hang that the file holds out sideways.
    func relax(_ locals: inout [LocalTransform]) {
        for arm in arms { arm?.relax(&locals, beside: shape) }
    }

    /// - Parameter clipTurns: Nodes that a clip moves; of these only gestures take any.
    func apply(_ body: BodyFrame, except clipTurns: Set<Int>, to locals: inout [LocalTransform]) {
        guard body != BodyFrame() else { return }
        let free = { (joint: Joint?) in joint.flatMap { clipTurns.contains($0.node) ? nil : $0 } }
        if body.weightShift != 0, let hips = free(hips) {
            locals[hips.node].setTranslation(
                locals[hips.node].translation + hipsShift * body.weightShift)
            for leg in legs { free(leg)?.turn(roll(legTurn * body.weightShift), &locals) }
            for foot in feet { free(foot)?.turn(roll(-legTurn * body.weightShift), &locals) }
            free(spine)?.turn(roll(spineTurn * body.weightShift), &locals)
            free(neck)?.turn(roll(-spineTurn * body.weightShift), &locals)
        }
        if body.breath != 0 {
            var bent: Float = 0
            if let spine = free(spine) {
                spine.turn(pitch(Breath.spine * body.breath), &locals)
                bent += Breath.spine
            }
            if let chest = free(chest) {
                chest.turn(pitch(Breath.chest * body.breath), &locals)
                bent += Breath.chest
            }
            // The head stays upright.
            free(neck)?.turn(pitch(-bent * body.breath), &locals)
        }
        let lift = Breath.shoulder * body.breath + Self.shrug * body.shoulders
        move(0, body.left, lift: lift, except: clipTurns, &locals)
        move(1, body.right, lift: lift, except: clipTurns, &locals)
    }

    /// Moves a shoulder and its arm.
    private func move(
        _ index: Int, _ pose: ArmPose, lift: Float, except clipTurns: Set<Int>,
        _ locals: inout [LocalTransform]
    ) {
        var turned: (turn: Quaternion, about: SIMD3<Float>)?
        if lift != 0, let shoulder = shoulders[index], !clipTurns.contains(shoulder.joint.node) {
            let turn = roll(index == 0 ? lift : -lift)
            shoulder.joint.turn(turn, &locals)
            turned = (turn, shoulder.place)
        }
        arms[index]?.apply(pose, shoulder: turned, clearOf: shape, to: &locals)
    }

    private func roll(_ angle: Float) -> Quaternion { Quaternion(axis: SIMD3(0, 0, 1), angle: angle) }
    private func pitch(_ angle: Float) -> Quaternion { Quaternion(axis: SIMD3(1, 0, 0), angle: angle) }
}
