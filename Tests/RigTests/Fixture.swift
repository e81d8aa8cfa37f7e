import AvatariumCore
import GLTF
import VRM

/// Avatars made in code.
enum Fixture {
    /// A bone: name, parent's name, place in the world, and an arbitrary turn of its local axes.
    struct Bone {
        var name: String
        var parent: String?
        var place: SIMD3<Float>
        var turn = Quaternion.identity
    }

    /// A human in T-pose facing +Z (or, turned about, -Z) whose bones' local axes follow no convention.
    static func human(facesMinusZ: Bool = false, wild: Bool = true) -> [Bone] {
        let turns = (0..<12).map { i in
            wild ? Quaternion(yaw: Float(i) * 0.7, pitch: Float(i) * 1.3, roll: Float(i) * 0.4) : .identity
        }
        let table: [(String, String?, SIMD3<Float>)] = [
            ("hips", nil, SIMD3(0, 1, 0)), ("spine", "hips", SIMD3(0, 1.2, 0)),
            ("neck", "spine", SIMD3(0, 1.5, 0)), ("head", "neck", SIMD3(0, 1.6, 0)),
            ("leftEye", "head", SIMD3(0.03, 1.7, 0.08)), ("rightEye", "head", SIMD3(-0.03, 1.7, 0.08)),
            ("leftUpperArm", "spine", SIMD3(0.2, 1.45, 0)),
            ("leftLowerArm", "leftUpperArm", SIMD3(0.5, 1.45, 0)),
            ("rightUpperArm", "spine", SIMD3(-0.2, 1.45, 0)),
            ("rightLowerArm", "rightUpperArm", SIMD3(-0.5, 1.45, 0)), ("jaw", "head", SIMD3(0, 1.62, 0.02)),
        ]
        let about = facesMinusZ ? Quaternion(x: 0, y: 1, z: 0, w: 0) : .identity
        return table.enumerated().map { i, row in
            Bone(name: row.0, parent: row.1, place: about.rotate(row.2), turn: about * turns[i])
        }
    }

    /// A document of bones, and a node with a mesh of morph targets that move nothing.
    static func document(_ bones: [Bone], targets: [String] = []) -> Document {
        var document = Document()
        let index = Dictionary(uniqueKeysWithValues: bones.enumerated().map { ($0.element.name, $0.offset) })
        let worlds = bones.map { Matrix4(translation: $0.place, rotation: $0.turn) }
        for (i, bone) in bones.enumerated() {
            var node = Node()
            node.name = bone.name
            node.parent = bone.parent.flatMap { index[$0] }
            if let parent = node.parent {
                let turn = bones[parent].turn.inverse
                node.rotation = turn * bone.turn
                node.translation = turn.rotate(worlds[i].translation - worlds[parent].translation)
            } else {
                node.rotation = bone.turn
                node.translation = bone.place
            }
            node.children = bones.indices.filter { bones[$0].parent == bone.name }
            document.nodes.append(node)
        }
        document.accessors = [vectors([.zero, SIMD3(0, 1, 0), SIMD3(1, 0, 0)])]
        addMesh(
            &document, positions: [.zero, SIMD3(0, 1, 0), SIMD3(1, 0, 0)],
            targets: targets.map { ($0, [.zero, .zero, .zero]) })
        document.sceneRoots = document.nodes.indices.filter { document.nodes[$0].parent == nil }
        return document
    }

    /// Adds a mesh on a root node of its own.
    static func addMesh(
        _ document: inout Document, name: String = "Face", positions: [SIMD3<Float>],
        targets: [(name: String, deltas: [SIMD3<Float>])]
    ) {
        var primitive = Primitive()
        document.accessors.append(vectors(positions))
        primitive.attributes["POSITION"] = document.accessors.count - 1
        for target in targets {
            document.accessors.append(vectors(target.deltas))
            primitive.targets.append(["POSITION": document.accessors.count - 1])
        }
        var mesh = Mesh()
        mesh.name = name
        mesh.primitives = [primitive]
        mesh.targetNames = targets.map(\.name)
        mesh.weights = [Float](repeating: 0, count: targets.count)
        document.meshes.append(mesh)
        var node = Node()
        node.name = name + "Node"
        node.mesh = document.meshes.count - 1
        document.nodes.append(node)
        document.sceneRoots = document.nodes.indices.filter { document.nodes[$0].parent == nil }
    }

    static func vectors(_ values: [SIMD3<Float>]) -> Accessor {
        let bytes = values.flatMap { v in
            [v.x, v.y, v.z].flatMap { c in (0..<4).map { UInt8(truncatingIfNeeded: c.bitPattern >> ($0 * 8)) }
            }
        }
        return Accessor(
            componentType: .float, elementType: .vec3, normalized: false, count: values.count, bytes: bytes)
    }

    /// A face whose jaw opens 30 mm and whose mouthClose closes only 20: unlike ARKit's reference face.
    /// - Parameters:
    ///   - jaw: How far `jawOpen` takes the lower lip down, millimetres.
    ///   - more: Further shapes, with how far each takes the lower lip down.
    ///   - isSkinned: Whether the lower lip and the chin hang on a joint `jaw` below `head`.
    static func awkwardFace(
        jaw: Float = 30, more: [(name: String, opens: Float)] = [], isSkinned: Bool = false
    ) -> Document {
        var document = Document()
        let metre: Float = 0.001
        var points: [SIMD3<Float>] = []
        var isLower: [Bool] = []
        var isUpper: [Bool] = []
        for x in stride(from: -25, through: 25, by: 5) as StrideThrough<Float> {
            for (y, lower) in [(Float(4), false), (0, false), (-0.5, true), (-5, true)] {
                points.append(SIMD3(x, y, 80) * metre)
                isLower.append(lower)
                isUpper.append(!lower)
            }
        }
        // Chin, crown, ears, back.
        for p in [
            SIMD3<Float>(0, -90, 60), SIMD3(0, 135, 0), SIMD3(75, 30, 0), SIMD3(-75, 30, 0),
            SIMD3(0, 30, -90),
        ] {
            points.append(p * metre)
            isLower.append(false)
            isUpper.append(false)
        }
        let chin = points.count - 5
        func shape(_ lower: SIMD3<Float>, _ upper: SIMD3<Float>, chin chinMoves: Bool = false) -> [SIMD3<
            Float
        >] {
            points.indices.map { i in
                (isLower[i] || (chinMoves && i == chin) ? lower : isUpper[i] ? upper : .zero) * metre
            }
        }
        addMesh(
            &document, positions: points,
            targets: [
                ("jawOpen", shape(SIMD3(0, -jaw, jaw == 0 ? 0 : -5), .zero, chin: true)),
                ("mouthClose", shape(SIMD3(0, 14, 0), SIMD3(0, -6, 0))),
                ("mouthPucker", shape(SIMD3(0, -2, 9), SIMD3(0, 1, 9))),
                ("mouthFunnel", shape(SIMD3(0, -9, 5), SIMD3(0, 6, 5))),
                ("mouthRollLower", shape(SIMD3(0, 8, -3), .zero)),
                ("mouthRollUpper", shape(.zero, SIMD3(0, -9, -3))),
                ("mouthPress_L", shape(SIMD3(0, 2, 0), SIMD3(0, -2, 0))),
                ("mouthPress_R", shape(SIMD3(0, 2, 0), SIMD3(0, -2, 0))),
                ("mouthSmile_L", shape(SIMD3(0, -3, 0), SIMD3(0, 2, 0))),
                ("mouthSmile_R", shape(SIMD3(0, -3, 0), SIMD3(0, 2, 0))),
            ] + more.map { ($0.name, shape(SIMD3(0, -$0.opens, 0), .zero)) })
        guard isSkinned else { return document }
        let onJaw = points.indices.map { isLower[$0] || $0 == chin }
        document.accessors.append(
            Accessor(
                componentType: .unsignedByte, elementType: .vec4, normalized: false, count: points.count,
                bytes: onJaw.flatMap { isOn -> [UInt8] in [isOn ? 1 : 0, 0, 0, 0] }))
        document.accessors.append(
            Accessor(
                componentType: .float, elementType: .vec4, normalized: false, count: points.count,
                bytes: points.flatMap { _ -> [Float] in [1, 0, 0, 0] }.withUnsafeBytes(Array.init)))
        let attributes = [
            "JOINTS_0": document.accessors.count - 2, "WEIGHTS_0": document.accessors.count - 1,
        ]
        document.meshes[0].primitives[0].attributes.merge(attributes) { a, _ in a }
        var head = Node()
        head.name = "head"
        head.children = [2]
        var hinge = Node()
        hinge.name = "jaw"
        hinge.parent = 1
        hinge.translation = SIMD3(0, 0.02, -0.02)
        document.nodes += [head, hinge]
        var skin = Skin()
        skin.joints = [1, 2]
        skin.inverseBindMatrices = [.identity, Matrix4(translation: -hinge.translation)]
        document.skins = [skin]
        document.nodes[0].skin = 0
        document.sceneRoots = [0, 1]
        return document
    }
}
