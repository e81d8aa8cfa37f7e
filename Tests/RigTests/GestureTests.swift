import AvatariumCore
import Foundation
import GLTF
import Geometry
import LipSync
import Rig
import Testing
import VRM

/// Gestures on real bodies: hands stay out of head and body, and get where they should.
@Suite struct Gestures {
    /// The bundled people, and where the data folder is named, avatars that others made.
    static let bodies =
        ["ada", "ben", "nia", "kenji", "ruth", "omar", "priya", "leo", "amira"]
        + (RealAvatars.available
            ? [
                "avatars/Godette_vrm0.vrm", "avatars/rpm_brunette-t_67.glb",
                "avatars/rpm_visemes15_646d.glb",
            ] : [])
    static let gestures = GestureCue.Gesture.allCases.filter(\.isOfHands)

    static func model(_ body: String) throws -> AvatarModel {
        guard !body.contains("/") else { return try RealAvatars.model(body) }
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Models/avatars").standardizedFileURL.path
        return try AvatarReader.read(try Loader().load(path: "\(folder)/\(body).glb"))
    }

    /// The faces of one gesture made with both hands, or with its usual ones, every `step` seconds.
    static func frames(
        _ gesture: GestureCue.Gesture, hand: GestureCue.Hand? = .both, step: Double = 0.1
    ) -> [FaceFrame] {
        var options = PerformanceOptions(idle: false)
        options.gestures = [GestureCue(gesture, start: 0, hand: hand)]
        let end = GestureTimes(options.gestures[0])?.end ?? 0
        return LipSync(options: options).faceTrack(
            for: PhoneTimeline(phones: [], source: ""), durationSeconds: end + step,
            frameRate: FrameRate(Int(1 / step)) ?? .fps30
        ).frames
    }

    @Test(arguments: bodies)
    func `hands stay out of face and body`(file: String) throws {
        var rig = AvatarRig(model: try Self.model(file))
        #expect(rig.hasHands)
        #expect(rig.warning(forHands: true) == nil)
        let body = try #require(BodyCapsules(&rig))
        var worst: [String: Float] = [:]
        for gesture in Self.gestures {
            for (index, face) in Self.frames(gesture).enumerated() {
                let depth = body.depth(of: rig.pose(face, timeSeconds: Double(index) / 10).nodeMatrices)
                worst[gesture.rawValue] = max(worst[gesture.rawValue] ?? 0, depth)
            }
        }
        for (gesture, depth) in worst { #expect(depth < 0.012, "\(file): \(gesture) enters by \(depth) m") }
    }

    @Test(arguments: bodies)
    func `left and right are alike`(file: String) throws {
        let model = try Self.model(file)
        func wrists(_ gesture: GestureCue.Gesture) throws -> (SIMD3<Float>, SIMD3<Float>) {
            var rig = AvatarRig(model: model)
            let faces = Self.frames(gesture)
            let world = rig.pose(faces[9], timeSeconds: 0).nodeMatrices
            let left = try #require(model.humanoid[.leftHand])
            let right = try #require(model.humanoid[.rightHand])
            return (world[left].translation, world[right].translation)
        }
        for gesture in Self.gestures {
            let (left, right) = try wrists(gesture)
            // Artists' own arms differ by millimetres, and so do clothes.
            #expect(length(SIMD3(-left.x, left.y, left.z) - right) < 0.03, "\(gesture)")
        }
    }

    @Test(arguments: bodies)
    func `arms at rest hang beside the body`(file: String) throws {
        var rig = AvatarRig(model: try Self.model(file))
        let body = try #require(BodyCapsules(&rig))
        let world = rig.pose(FaceFrame(), timeSeconds: 0).nodeMatrices
        #expect(body.depth(of: world) < 0.005)
        for (hand, upper) in [(HumanBone.leftHand, HumanBone.leftUpperArm), (.rightHand, .rightUpperArm)] {
            let wrist = world[try #require(rig.model.humanoid[hand])].translation
            let shoulder = world[try #require(rig.model.humanoid[upper])].translation
            let down = shoulder.y - wrist.y
            #expect(down > 0.85 * length(wrist - shoulder))
            #expect((wrist.x - shoulder.x) * (hand == .leftHand ? 1 : -1) > 0)
        }
    }

    @Test(arguments: bodies)
    func `a gesture leaves the rest without a jump and returns to it exactly`(file: String) throws {
        let model = try Self.model(file)
        var rig = AvatarRig(model: model)
        let rest = rig.pose(FaceFrame(), timeSeconds: 0).nodeMatrices
        let hand = try #require(model.humanoid[.rightHand])
        for gesture in Self.gestures {
            let faces = Self.frames(gesture, hand: .right, step: 1.0 / 60)
            var before = rest[hand].translation
            for face in faces {
                var rig = rig
                let place = rig.pose(face, timeSeconds: 0).nodeMatrices[hand].translation
                // 4 m/s at most.
                #expect(length(place - before) < 4.0 / 60, "\(gesture)")
                before = place
            }
            #expect(length(before - rest[hand].translation) < 1e-5)
        }
        var again = AvatarRig(model: model)
        #expect(again.pose(FaceFrame(), timeSeconds: 0).nodeMatrices == rest)
    }

    @Test(arguments: bodies)
    func `hands are where gestures are seen`(file: String) throws {
        let model = try Self.model(file)
        var rig = AvatarRig(model: model)
        let rest = rig.pose(FaceFrame(), timeSeconds: 0).nodeMatrices
        let (hand, upper) = (
            try #require(model.humanoid[.rightHand]), try #require(model.humanoid[.rightUpperArm])
        )
        let lower = try #require(model.humanoid[.rightLowerArm])
        let reach =
            length(rest[upper].translation - rest[lower].translation)
            + length(rest[lower].translation - rest[hand].translation)
        for gesture in Self.gestures {
            let faces = Self.frames(gesture, hand: .right)
            let raised =
                faces.map { rig.pose($0, timeSeconds: 0).nodeMatrices[hand].translation.y }.max() ?? 0
            // Above the elbow of a hanging arm, nearly.
            #expect(raised - rest[hand].translation.y > 0.3 * reach, "\(file): \(gesture)")
        }
    }

    @Test func `an avatar without hands makes none, and says so`() throws {
        let document = Fixture.document(Fixture.human(), targets: ["jawOpen", "mouthPucker"])
        var model = try AvatarReader.read(document)
        for (index, node) in document.nodes.enumerated() {
            if let bone = HumanBone(rawValue: node.name ?? "") { model.humanoid[bone] = index }
        }
        var rig = AvatarRig(model: model)
        #expect(!rig.hasHands)
        #expect(rig.warning(forHands: true)?.code == "AVATAR_NO_HANDS")
        #expect(rig.warning(forHands: false) == nil)
        let rest = rig.pose(FaceFrame(), timeSeconds: 0).nodeMatrices
        for face in Self.frames(.wave) { #expect(rig.pose(face, timeSeconds: 0).nodeMatrices == rest) }
    }

    @Test func `breath moves chest and shoulders, and hardly the head`() throws {
        let document = Fixture.document(Fixture.human(), targets: ["jawOpen", "mouthPucker"])
        var model = try AvatarReader.read(document)
        for (index, node) in document.nodes.enumerated() {
            if let bone = HumanBone(rawValue: node.name ?? "") { model.humanoid[bone] = index }
        }
        var rig = AvatarRig(model: model)
        let still = rig.pose(FaceFrame(), timeSeconds: 0).nodeMatrices
        var face = FaceFrame()
        face.body.breath = 1
        let full = rig.pose(face, timeSeconds: 0).nodeMatrices
        let chest = try #require(model.humanoid[.spine])
        let head = try #require(model.humanoid[.head])
        #expect(full[chest] != still[chest])
        #expect(length(full[head].translation - still[head].translation) < 0.012)
        let up = SIMD3<Float>(0, 1, 0)
        let turned = full[head].transformDirection(up) - still[head].transformDirection(up)
        #expect(length(turned) < 0.002)
    }

    @Test func `fingers are recognised by their names`() throws {
        var document = Document()
        let names = [
            "mixamorig:LeftHandIndex1", "RightHandThumb1", "LeftHandPinky3", "index_02_l", "J_Bip_R_Middle1",
            "f_ring.01.L", "LeftHandIndex4", "LeftHand", "RightHand", "eye_ring_02_L",
        ]
        for (index, name) in names.enumerated() {
            var node = Node()
            node.name = name
            if index < 7 { node.parent = name.contains("R") ? 8 : 7 }
            document.nodes.append(node)
        }
        for index in 0..<7 { document.nodes[document.nodes[index].parent ?? 7].children.append(index) }
        // Something to draw.
        let body = Fixture.document(Fixture.human(), targets: ["jawOpen", "mouthPucker"])
        document.accessors = body.accessors
        document.meshes = body.meshes
        document.nodes[9].mesh = 0
        document.sceneRoots = [7, 8, 9]
        let bones = try AvatarReader.read(document).humanoid
        let expected: [HumanBone: Int] = [
            .leftIndexProximal: 0, .rightThumbMetacarpal: 1, .leftLittleDistal: 2, .leftIndexIntermediate: 3,
            .rightMiddleProximal: 4, .leftRingProximal: 5,
        ]
        for (bone, node) in expected { #expect(bones[bone] == node, "\(names[node])") }
        #expect(!bones.values.contains(6) && !bones.values.contains(9))
    }
}

/// Head, neck and trunk as flat capsules: an ellipse for each slice of the skin's own vertices.
private struct BodyCapsules {
    private struct Slice {
        var center = SIMD2<Float>.zero
        var radius = SIMD2<Float>.zero
    }

    private static let height: Float = 0.025
    private let low: Float
    private var slices: [Slice] = []
    /// Points of the hands' skin, each in the space of the joint that carries most of it.
    private var hands: [(joint: Int, point: SIMD3<Float>)] = []

    init?(_ rig: inout AvatarRig) {
        let model = rig.model
        let world = rig.pose(FaceFrame(), timeSeconds: 0).nodeMatrices
        let geometry = PosedGeometry(model.document, world: world)
        func below(_ bones: [HumanBone]) -> Set<Int> {
            var found = Set(bones.compactMap { model.humanoid[$0] })
            var grew = true
            while grew {
                let more = model.document.nodes.indices.filter { index in
                    !found.contains(index)
                        && (model.document.nodes[index].parent.map(found.contains) ?? false)
                }
                grew = !more.isEmpty
                found.formUnion(more)
            }
            return found
        }
        let arms = below([.leftUpperArm, .rightUpperArm])
        let hand = below([.leftHand, .rightHand])
        let head = below([.head])
        let core = Set(
            [HumanBone.hips, .spine, .chest, .upperChest, .neck].compactMap { model.humanoid[$0] })
        var points: [SIMD3<Float>] = []
        for (node, mesh) in model.document.drawnMeshNodes {
            for primitive in model.document.meshes[mesh].primitives {
                let positions = geometry.positions(node: node, primitive: primitive)
                var best = [(joint: Int, weight: Float)](repeating: (-1, 0), count: positions.count)
                _ = geometry.eachInfluence(node: node, primitive: primitive, count: positions.count) {
                    vertex, joint, weight in
                    if weight > best[vertex].weight { best[vertex] = (joint, weight) }
                }
                for (point, (joint, _)) in zip(positions, best) where joint >= 0 {
                    if hand.contains(joint) {
                        guard let inverse = world[joint].inverse else { continue }
                        hands.append((joint, inverse.transformPoint(point)))
                    } else if !arms.contains(joint), head.contains(joint) || core.contains(joint) {
                        points.append(point)
                    }
                }
            }
        }
        guard let box = Bounds(points), !hands.isEmpty else { return nil }
        low = box.low.y
        slices = (0...Int(box.size.y / Self.height)).map { index in
            let floor = box.low.y + Float(index) * Self.height
            let inside = points.filter { $0.y >= floor - 0.01 && $0.y < floor + Self.height + 0.01 }
            guard let part = Bounds(inside) else { return Slice() }
            return Slice(
                center: SIMD2(part.center.x, part.center.z),
                radius: SIMD2(part.size.x, part.size.z) / 2)
        }
    }

    /// How far a point of the hands is inside at most, metres.
    func depth(of world: [Matrix4]) -> Float {
        var deepest: Float = 0
        for (joint, point) in hands {
            let place = world[joint].transformPoint(point)
            let index = Int(((place.y - low) / Self.height).rounded(.down))
            guard slices.indices.contains(index), slices[index].radius.min() > 0.01 else { continue }
            let away = (SIMD2(place.x, place.z) - slices[index].center) / slices[index].radius
            let inside = 1 - (away * away).sum().squareRoot()
            deepest = max(deepest, inside * slices[index].radius.min())
        }
        return deepest
    }
}
