import AvatariumCore
import GLTF
import Testing
import VRM

/// The head is what the face's skin hangs on.
@Suite struct HeadFinderTests {
    private struct Bone {
        var name: String
        var parent: Int?
    }

    /// A body whose face mesh (a triangle whose target moves all of it) hangs on one joint, and whose other mesh hangs on
    /// another; `face` has a shape only where asked for.
    private func model(
        _ bones: [Bone], face: Int, target: String? = "jawOpen", meshName: String = "Body"
    ) throws -> AvatarModel {
        var document = Document()
        for bone in bones {
            var node = Node()
            node.name = bone.name
            node.parent = bone.parent
            document.nodes.append(node)
        }
        for (i, bone) in bones.enumerated() {
            if let parent = bone.parent { document.nodes[parent].children.append(i) }
        }
        func floats(_ values: [Float], _ type: Accessor.ElementType) -> Int {
            document.accessors.append(
                Accessor(
                    componentType: .float, elementType: type, normalized: false,
                    count: values.count / type.componentCount, bytes: values.withUnsafeBytes(Array.init)))
            return document.accessors.count - 1
        }
        document.accessors.append(
            Accessor(
                componentType: .unsignedByte, elementType: .vec4, normalized: false, count: 3,
                bytes: [UInt8](repeating: 0, count: 12).enumerated().map {
                    $0.offset % 4 == 0 ? UInt8(face) : 0
                }))
        let joints = document.accessors.count - 1
        var primitive = Primitive()
        primitive.attributes = [
            "POSITION": floats([0, 0, 0, 1, 0, 0, 0, 1, 0], .vec3), "JOINTS_0": joints,
            "WEIGHTS_0": floats((0..<12).map { $0 % 4 == 0 ? 1 : 0 }, .vec4),
        ]
        var mesh = Mesh()
        if let target {
            primitive.targets = [["POSITION": floats([Float](repeating: -0.1, count: 9), .vec3)]]
            mesh.targetNames = [target]
            mesh.weights = [0]
        }
        mesh.primitives = [primitive]
        document.meshes = [mesh]
        var skin = Skin()
        skin.joints = Array(bones.indices)
        skin.inverseBindMatrices = bones.map { _ in .identity }
        document.skins = [skin]
        var node = Node()
        node.name = meshName
        node.mesh = 0
        node.skin = 0
        document.nodes.append(node)
        document.sceneRoots = document.nodes.indices.filter { document.nodes[$0].parent == nil }
        return try AvatarReader.read(document)
    }

    @Test(arguments: [
        ["root.x", "spine_01.x", "neck.x", "head.x"], ["Root_M", "Spine1_M", "Neck_M", "Head_M"],
        ["hips_bind_JNT", "spine_bind_JNT", "neck_bind_JNT", "head_bind_JNT"],
        ["DEF-spine", "DEF-spine.003", "DEF-spine.004", "DEF-spine.006"], ["j0", "j1", "j2", "j3"],
    ])
    func `head and neck of every rig are found`(names: [String]) throws {
        let bones = names.enumerated().map { Bone(name: $1, parent: $0 > 0 ? $0 - 1 : nil) }
        let found = try model(bones, face: 3)
        #expect(found.humanoid[.head] == 3)
        #expect(found.humanoid[.neck] == 2)
        #expect(!found.diagnostics.contains { $0.code == "AVATAR_NO_HEAD_BONE" })
    }

    @Test func `without face shapes the head is the joint above the jaw, and never a skinned mesh`() throws {
        let bones = [
            Bone(name: "char:def_c_hips", parent: nil), Bone(name: "char:def_c_neckA", parent: 0),
            Bone(name: "char:def_c_neckB", parent: 1), Bone(name: "char:def_c_jaw", parent: 2),
        ]
        let found = try model(bones, face: 3, target: nil, meshName: "char:head")
        #expect(found.humanoid[.head] == 2 && found.humanoid[.jaw] == 3 && found.humanoid[.neck] == 1)
    }

    @Test func `a joint called head that carries nothing of the face is not it`() throws {
        let bones = [
            Bone(name: "hips", parent: nil), Bone(name: "Head", parent: 0), Bone(name: "skull", parent: 0),
        ]
        #expect(try model(bones, face: 2).humanoid[.head] == 2)
    }

    @Test func `a body without anything like a head says what will not move`() throws {
        let found = try model([Bone(name: "a", parent: nil)], face: 0)
        #expect(found.humanoid[.head] == nil)
        #expect(found.diagnostics.contains { $0.code == "AVATAR_NO_HEAD_BONE" })
    }
}
