import AvatariumCore
import GLTF
import VRM

/// One arm with its hand: at rest, and in the gestures of an `ArmPose`, by inverse kinematics of two bones in the
/// model's own proportions.
///
/// All angles are found in the character's axes, from the arm as the file has it (`neutral`); a gesture is laid over
/// whatever pose the joints have, so that the hand leaves its rest and returns to it without a jump.
struct Arm: Sendable {
    private let side: Float
    private let upper: Joint
    private let lower: Joint
    /// Nil where the arm ends without a hand, or with bones that are not in proportion: it hangs, and makes no gestures.
    private let hand: Joint?
    /// Places in the file's pose, metres.
    private let shoulderPlace: SIMD3<Float>
    private let upperLength: Float
    private let lowerLength: Float
    /// Directions in the file's pose: along the bones, the axis about which the elbow bends, along the fingers, and out
    /// of the palm.
    private let upperAlong: SIMD3<Float>
    private let lowerAlong: SIMD3<Float>
    private let hinge: SIMD3<Float>
    private let handAlong: SIMD3<Float>
    private let palm: SIMD3<Float>
    private let neutral: [LocalTransform]
    /// Whether it makes gestures.
    let hasHand: Bool
    private let fingers: [Finger]
    /// From the wrist to the tips of the fingers, metres.
    private let handLength: Float

    private struct Finger: Sendable {
        var joint: Joint
        var neutral: Quaternion
        /// Its place in `ArmPose.curl`.
        var digit: Int
        /// In the axes of the joint's parent; a turn about it bends the finger.
        var axis: SIMD3<Float>
        /// The turn at a curl of 1, radians.
        var range: Float
        /// For thumbs that are spread: the axis, and the turn at a curl of -1, which stands off the hand.
        var spreadAxis: SIMD3<Float>
        var spread: Float
    }

    /// Nil where there is no upper arm with a lower arm below it.
    /// - Parameter world: Of the pose `neutral`.
    init?(
        _ model: AvatarModel, _ graph: NodeGraph, neutral: [LocalTransform], _ world: [Matrix4], isLeft: Bool,
        handLength measured: Float
    ) {
        let prefix = isLeft ? "left" : "right"
        func node(_ name: String) -> Int? {
            HumanBone(rawValue: prefix + name).flatMap { model.humanoid[$0] }.flatMap {
                world.indices.contains($0) ? $0 : nil
            }
        }
        guard let upperNode = node("UpperArm"), let lowerNode = node("LowerArm"),
            model.document.isAncestor(upperNode, of: lowerNode)
        else { return nil }
        var places = [upperNode, lowerNode].map { world[$0].translation }
        let upperLength = length(places[1] - places[0])
        guard upperLength > 1e-4, upperLength.isFinite else { return nil }
        let handNode = node("Hand").flatMap { node in
            model.document.isAncestor(lowerNode, of: node)
                && (0.3...3).contains(length(world[node].translation - places[1]) / upperLength)
                ? node : nil
        }
        places.append(handNode.map { world[$0].translation } ?? places[1] * 2 - places[0])
        let lowerLength = length(places[2] - places[1])
        (self.upperLength, self.lowerLength) = (upperLength, lowerLength)
        let side: Float = isLeft ? 1 : -1
        self.side = side
        hasHand = handNode != nil && measured > 0
        shoulderPlace = places[0]
        upper = Joint(upperNode, graph, world)
        lower = Joint(lowerNode, graph, world)
        hand = handNode.map { Joint($0, graph, world) }
        self.neutral = [upperNode, lowerNode, handNode ?? lowerNode].map { neutral[$0] }
        upperAlong = normalize(places[1] - places[0])
        lowerAlong = normalize(places[2] - places[1])
        // Elbows bend forwards; where the file's arm is bent already, its own axis is better.
        let ahead = SIMD3<Float>(0, 0, 1)
        let bent = cross(upperAlong, lowerAlong)
        let forward = normalize(cross(upperAlong, ahead))
        hinge =
            length(bent) > 0.15 && dot(normalize(bent), forward) > 0.3
            ? normalize(bent) : length(forward) > 0.5 ? forward : SIMD3(side, 0, 0)
        var knuckles: [SIMD3<Float>] = []
        for name in ["Index", "Middle", "Ring", "Little"] {
            if let knuckle = node(name + "Proximal") { knuckles.append(world[knuckle].translation) }
        }
        let middleKnuckle = node("MiddleProximal").map { world[$0].translation } ?? knuckles.first
        let toKnuckle = middleKnuckle.map { $0 - places[2] } ?? .zero
        let handAlong = length(toKnuckle) > 1e-5 ? normalize(toKnuckle) : lowerAlong
        self.handAlong = handAlong
        // The thumb is on the hand's front where an arm is held out sideways.
        let thumbPlace = (node("ThumbProximal") ?? node("ThumbMetacarpal")).map { world[$0].translation }
        var thumbSide = SIMD3<Float>(0, 0, 1)
        if let index = node("IndexProximal"), let little = node("LittleProximal") {
            thumbSide = world[index].translation - world[little].translation
        } else if let thumbPlace {
            thumbSide = thumbPlace - places[2]
        }
        thumbSide -= handAlong * dot(thumbSide, handAlong)
        if length(thumbSide) < 1e-5 { thumbSide = hinge - handAlong * dot(hinge, handAlong) }
        thumbSide = normalize(thumbSide)
        let palm = normalize(cross(handAlong, thumbSide)) * side
        self.palm = palm
        let usual = (upperLength + lowerLength) * 0.34
        handLength = measured > 0 ? clamp(measured, usual * 0.5, usual * 2) : usual
        var fingers: [Finger] = []
        let digits = [
            ("Thumb", ["Metacarpal", "Proximal", "Distal"]),
            ("Index", ["Proximal", "Intermediate", "Distal"]),
            ("Middle", ["Proximal", "Intermediate", "Distal"]),
            ("Ring", ["Proximal", "Intermediate", "Distal"]),
            ("Little", ["Proximal", "Intermediate", "Distal"]),
        ]
        for (digit, (name, parts)) in digits.enumerated() {
            let nodes = parts.map { node(name + $0) }
            for (part, node) in nodes.enumerated() {
                guard let node else { continue }
                let joint = Joint(node, graph, world)
                let next =
                    nodes.dropFirst(part + 1).compactMap { $0 }.first
                    ?? model.document.nodes[node].children.first { world.indices.contains($0) }
                let along = next.map { world[$0].translation - world[node].translation } ?? .zero
                let direction = length(along) > 1e-6 ? normalize(along) : handAlong
                // Fingers bend towards the palm; a thumb bends across it.
                let bends = digit == 0 ? palm * 0.5 - thumbSide * 0.8 : palm
                let axis = cross(direction, bends)
                guard length(axis) > 1e-4 else { continue }
                let spreadAxis = cross(direction, thumbSide)
                fingers.append(
                    Finger(
                        joint: joint, neutral: neutral[node].rotation, digit: digit,
                        axis: joint.parent.inverse.rotate(normalize(axis)),
                        range: digit == 0 ? [0.35, 0.7, 0.9][part] : [1.4, 1.65, 1.0][part],
                        spreadAxis: joint.parent.inverse.rotate(normalize(spreadAxis)),
                        spread: digit > 0
                            ? 0
                            : part == 0
                                ? arcTangent(length(spreadAxis), dot(direction, thumbSide))
                                : [0, 0.15, 0.1][part]))
            }
        }
        self.fingers = fingers
    }

    private var reach: Float { upperLength + lowerLength }

    /// How far from the middle of the character the hand gets in a gesture, metres.
    var span: Float { abs(shoulderPlace.x) + 0.75 * reach + 0.5 * handLength }

    // MARK: Rest

    /// The largest angle from straight down of an arm that hangs already, radians.
    private static let hangingAngle: Float = 0.4

    /// Lets an arm that is held out sideways hang beside the body, elbow and fingers a little bent: exporters leave
    /// bodies in T- or A-pose, which nobody wants to see in a video.
    func relax(_ locals: inout [LocalTransform], beside shape: BodyShape?) {
        guard -upperAlong.y < cosine(Self.hangingAngle), upperAlong.y < 0.7 else { return }
        let outward: Float = upperAlong.x >= 0 ? 1 : -1
        // As far out as hips, coats and skirts want it.
        var out: Float = 0.24
        var along = SIMD3<Float>.zero
        var forearm = SIMD3<Float>.zero
        for _ in 0..<8 {
            along = normalize(SIMD3(outward * out, -1, 0.02))
            forearm = normalize(SIMD3(outward * (out * 0.72), -1, 0.16))
            let wrist = shoulderPlace + along * upperLength + forearm * lowerLength
            guard let shape else { break }
            let needed = shape.halfWidth(from: wrist.y - handLength, to: wrist.y) + handLength * 0.12
            if abs(wrist.x - shape.middle) >= needed || out > 0.6 { break }
            out += 0.05
        }
        let axis = normalize(cross(along, forearm))
        let upperTurn = Self.turn(from: upperAlong, hinge, to: along, axis)
        let lowerTurn = Self.turn(from: lowerAlong, hinge, to: forearm, axis)
        set(upperTurn, lowerTurn, lowerTurn, share: 1, &locals)
        for finger in fingers {
            let angle = finger.range * (finger.digit == 0 ? 0.1 : 0.13 + 0.02 * Float(finger.digit))
            locals[finger.joint.node].setRotation(
                (Quaternion(axis: finger.axis, angle: angle) * finger.neutral).normalized)
        }
    }

    // MARK: Gestures

    /// Brings the arm into a pose of its weight.
    /// - Parameter shoulder: By what the shoulder above was turned, in the character's axes, and about which point.
    func apply(
        _ pose: ArmPose, shoulder: (turn: Quaternion, about: SIMD3<Float>)?, clearOf shape: BodyShape?,
        to locals: inout [LocalTransform]
    ) {
        guard pose.weight > 0, hasHand else { return }
        let lift = shoulder?.turn ?? .identity
        let base = shoulder.map { $0.about + lift.rotate(shoulderPlace - $0.about) } ?? shoulderPlace
        let along = normalize(mirrored(pose.fingers))
        var wrist = base + mirrored(pose.wrist) * reach
        wrist = clear(wrist, along, shape)
        // The elbow.
        var way = wrist - base
        let distance = clamp(length(way), abs(upperLength - lowerLength) + 0.02 * reach, 0.995 * reach)
        way = length(way) > 1e-5 ? normalize(way) : SIMD3(0, -1, 0)
        wrist = base + way * distance
        let pole = SIMD3(side * mix(0.35, 1.6, pose.elbow), -1, -0.35)
        var up = pole - way * dot(pole, way)
        up = length(up) > 1e-4 ? normalize(up) : normalize(cross(way, SIMD3(0, 0, side)))
        let share =
            (upperLength * upperLength - lowerLength * lowerLength + distance * distance) / (2 * distance)
        let height = max(0, upperLength * upperLength - share * share).squareRoot()
        let elbow = base + way * share + up * height
        let upperTo = normalize(elbow - base)
        let lowerTo = normalize(wrist - elbow)
        let bend = cross(upperTo, lowerTo)
        let axis = length(bend) > 1e-4 ? normalize(bend) : normalize(cross(up, way))
        let upperTurn = Self.turn(from: upperAlong, hinge, to: upperTo, axis)
        var lowerTurn = Self.turn(from: lowerAlong, hinge, to: lowerTo, axis)
        let (handTurn, twist) = handTurn(pose, along, lowerTo, lowerTurn)
        // Half of what turns the hand about the forearm is done by the forearm.
        lowerTurn = lowerTurn * Quaternion(axis: lowerAlong, angle: twist * 0.55)
        // The parents above were turned with the shoulder.
        let undo = lift.inverse
        set(undo * upperTurn, undo * lowerTurn, undo * handTurn, share: pose.weight, &locals)
        for finger in fingers {
            let curl = pose.curl[finger.digit]
            let turn =
                curl >= 0
                ? Quaternion(axis: finger.axis, angle: min(curl, 1.1) * finger.range)
                : Quaternion(axis: finger.spreadAxis, angle: max(curl, -1) * -finger.spread)
            let wanted = (turn * finger.neutral).normalized
            locals[finger.joint.node].setRotation(
                pose.weight >= 1
                    ? wanted : .slerp(locals[finger.joint.node].rotation, wanted, pose.weight))
        }
    }

    /// The widest angle between hand and forearm, radians.
    private static let wristRange: Float = 1.1

    /// The hand's turn, and how much of it is about the forearm, radians.
    private func handTurn(
        _ pose: ArmPose, _ along: SIMD3<Float>, _ forearm: SIMD3<Float>, _ lowerTurn: Quaternion
    ) -> (Quaternion, twist: Float) {
        var along = along
        let angle = arcTangent(length(cross(forearm, along)), dot(forearm, along))
        if angle > Self.wristRange {
            let axis = normalize(cross(forearm, along))
            along = Quaternion(axis: axis, angle: Self.wristRange).rotate(forearm)
        }
        let wanted = mirrored(pose.palm)
        let turn = Self.turn(from: handAlong, palm, to: along, wanted)
        let relative = lowerTurn.inverse * turn
        let vector = relative.vector
        let about = vector.x * lowerAlong.x + vector.y * lowerAlong.y + vector.z * lowerAlong.z
        var twist = 2 * arcTangent(about, vector.w)
        if twist > .pi { twist -= 2 * .pi }
        if twist < -.pi { twist += 2 * .pi }
        return (turn, twist)
    }

    /// Moves a wrist so that its hand is outside the body: forwards before it, sideways beside the head.
    private func clear(_ wrist: SIMD3<Float>, _ along: SIMD3<Float>, _ shape: BodyShape?) -> SIMD3<Float> {
        guard let shape else { return wrist }
        var wrist = wrist
        let radius = handLength * 0.24
        let ends = [Float(0), 0.45, 0.95].map { along * (handLength * $0) }
        if wrist.y > shoulderPlace.y - 0.12 * reach, (wrist.x - shape.middle) * side > 0 {
            // Beside the head, with air for hair that moves.
            var out: Float = 0
            for end in ends {
                let point = wrist + end
                let needed = shape.halfWidth(from: point.y - radius, to: point.y + radius) + radius
                // Where shoulders are wider than heads the hand is before them.
                if let front = shape.front(at: point.x, point.y, within: radius),
                    point.z - radius < front
                {
                    out = max(out, needed - (point.x - shape.middle) * side)
                }
            }
            wrist.x += side * out
            return wrist
        }
        var ahead: Float = 0
        for end in ends {
            let point = wrist + end
            guard let front = shape.front(at: point.x, point.y, within: radius * 1.5) else { continue }
            ahead = max(ahead, front + radius * 1.3 - point.z)
        }
        wrist.z += ahead
        return wrist
    }

    private func mirrored(_ v: SIMD3<Float>) -> SIMD3<Float> { SIMD3(v.x * side, v.y, v.z) }

    /// The turn that takes one direction to another, and an axis across it as near as can be to another axis.
    private static func turn(
        from a: SIMD3<Float>, _ axis: SIMD3<Float>, to b: SIMD3<Float>, _ wanted: SIMD3<Float>
    ) -> Quaternion {
        let first = Quaternion(from: a, to: b)
        let carried = first.rotate(axis)
        let x = carried - b * dot(carried, b)
        let y = wanted - b * dot(wanted, b)
        guard length(x) > 1e-5, length(y) > 1e-5 else { return first }
        let angle = arcTangent(dot(cross(x, y), b), dot(x, y))
        return (Quaternion(axis: b, angle: angle) * first).normalized
    }

    /// Sets the joints from turns of upper arm, lower arm and hand in the character's axes, each away from the file's
    /// pose.
    private func set(
        _ upperTurn: Quaternion, _ lowerTurn: Quaternion, _ handTurn: Quaternion, share: Float,
        _ locals: inout [LocalTransform]
    ) {
        let turns = (upperTurn, upperTurn.inverse * lowerTurn, lowerTurn.inverse * handTurn)
        func set(_ joint: Joint, _ turn: Quaternion, _ rest: LocalTransform) {
            let wanted = (joint.local(turn) * rest.rotation).normalized
            locals[joint.node].setRotation(
                share >= 1 ? wanted : .slerp(locals[joint.node].rotation, wanted, share))
        }
        set(upper, turns.0, neutral[0])
        guard let hand else { return }
        set(lower, turns.1, neutral[1])
        set(hand, turns.2, neutral[2])
    }
}
