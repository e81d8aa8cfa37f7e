import AvatariumCore
import Testing
import VRM

@Suite struct BoneNameTests {
    private func bones(_ names: [String]) throws -> [HumanBone: Int] {
        let document = Fixture.document(meshes: [("Body", ["jawOpen"])], bones: names)
        return try AvatarReader.read(document).humanoid.mapValues { $0 - 1 }
    }

    @Test(arguments: [
        "Head", "mixamorig:Head", "J_Bip_C_Head", "head", "CC_Base_Head", "Bip01 Head", "DEF-head", "Head_06",
        "head_Armature", "Armature|Head", "HeadBone", "頭", "head.x", "Head_M", "head_bind_JNT",
    ])
    func findsTheHead(name: String) throws { #expect(try bones([name])[.head] == 0) }

    @Test(arguments: ["LeftEye", "mixamorig:LeftEye", "J_Adj_L_FaceEye", "eye.L", "CC_Base_L_Eye", "左目"])
    func findsTheLeftEye(name: String) throws { #expect(try bones([name])[.leftEye] == 0) }

    @Test func tellsArmsFromForearmsAndLegsFromThighs() throws {
        let found = try bones([
            "LeftArm", "LeftForeArm", "RightUpLeg", "RightLeg", "Spine", "Spine1", "Spine2", "Neck", "Hips",
        ])
        #expect(found[.leftUpperArm] == 0)
        #expect(found[.leftLowerArm] == 1)
        #expect(found[.rightUpperLeg] == 2)
        #expect(found[.rightLowerLeg] == 3)
        #expect(found[.spine] == 4)
        #expect(found[.chest] == 5)
        #expect(found[.upperChest] == 6)
        #expect(found[.neck] == 7)
        #expect(found[.hips] == 8)
    }

    @Test(arguments: ["HeadTop_End", "head_end", "LeftHandThumb1", "hair_head", "PoleTarget.L"])
    func leavesHelpersAlone(name: String) throws { #expect(try bones([name]).isEmpty) }

    @Test func theHeadOfLoosePartsIsTheirGroup() throws {
        // group { head, eyes { leftEye } }, no skin.
        var document = Fixture.document(
            meshes: [("Face", ["jawOpen"])], bones: ["group", "head", "eyes", "eye_L"])
        document.nodes[1].children = [2, 3]
        document.nodes[2].children = [0]
        document.nodes[3].children = [4]
        document.nodes[0].parent = 2
        document.nodes[2].parent = 1
        document.nodes[3].parent = 1
        document.nodes[4].parent = 3
        document.sceneRoots = [1]
        #expect(try AvatarReader.read(document).humanoid[.head] == 1)
    }
}
