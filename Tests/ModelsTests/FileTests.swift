import AvatariumCore
import Foundation
import GLTF
import Geometry
import Images
import Testing
import VRM

struct FileTests {
    @Test(arguments: BundledFile.allCases)
    func loaderHasNothingToSayAboutTheFile(_ file: BundledFile) throws {
        let report = try Loader().inspect(path: file.path)
        #expect(report.error == nil)
        #expect(report.diagnostics.beyondTheLayout.isEmpty, "\(report.diagnostics)")
    }

    @Test(arguments: BundledFile.allCases)
    func fileIsSmallAndItsTexturesArePowersOfTwo(_ file: BundledFile) throws {
        let size = try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int
        #expect(try #require(size) < 5_000_000)
        let document = try file.document()
        var triangles = 0
        for primitive in document.meshes.flatMap(\.primitives) {
            triangles += document.accessors[try #require(primitive.indices)].count / 3
        }
        #expect(triangles < 30_000)
        for image in document.images {
            let (width, height) = try ImageDecoder.dimensions(image.bytes)
            #expect(width.nonzeroBitCount == 1 && height.nonzeroBitCount == 1, "\(image.name ?? "")")
        }
    }

    @Test(arguments: BundledFile.allCases)
    func everyMorphMovesNormalsToo(_ file: BundledFile) throws {
        for mesh in try file.document().meshes {
            for primitive in mesh.primitives {
                #expect(primitive.targets.allSatisfy { $0["NORMAL"] != nil && $0["POSITION"] != nil })
                #expect(primitive.targets.count == mesh.targetNames.count)
            }
        }
    }

    @Test(arguments: BundledFile.people)
    func `a person has every ARKit shape, every viseme, and the shapes of Ready Player Me`(
        _ file: BundledFile
    ) throws {
        let document = try file.document()
        let face = try #require(document.meshes.first { $0.name == "Wolf3D_Head" })
        let all = Set(document.meshes.flatMap(\.targetNames))
        #expect(BundledFile.shapeNames.filter { !all.contains($0) } == [])
        #expect(BundledFile.visemeNames.filter { !face.targetNames.contains($0) } == [])
        for name in ["mouthOpen", "mouthSmile", "eyesClosed", "eyesLookUp", "eyesLookDown"] {
            #expect(all.contains(name), "\(name)")
        }
    }

    @Test(arguments: BundledFile.people)
    func `a person has Ready Player Me's meshes and Mixamo's bones`(_ file: BundledFile) throws {
        let document = try file.document()
        let names = Set(document.nodes.compactMap(\.name))
        for name in [
            "Wolf3D_Head", "Wolf3D_Teeth", "EyeLeft", "EyeRight", "Wolf3D_Hair", "Wolf3D_Outfit_Top",
            "Armature", "Hips",
            "Spine", "Spine1", "Spine2", "Neck", "Head", "LeftEye", "RightEye", "LeftShoulder", "LeftArm",
            "LeftForeArm",
            "LeftHand", "RightHand", "LeftUpLeg", "RightToeBase", "LeftHandThumb1", "LeftHandPinky3",
            "RightHandIndex4", "Wolf3D_Hands", "Wolf3D_Outfit_Bottom", "Wolf3D_Outfit_Footwear",
        ] { #expect(names.contains(name), "\(name)") }
    }

    @Test(arguments: BundledFile.people)
    func `a person is a VRM 1.0 avatar with every bone that VRM asks for`(_ file: BundledFile) throws {
        let model = try file.model()
        #expect(model.dialect == .vrm1)
        #expect(model.lookAt != nil)
        for bone: HumanBone in [
            .hips, .spine, .head, .leftUpperLeg, .leftLowerLeg, .leftFoot, .rightUpperLeg, .rightLowerLeg,
            .rightFoot,
            .leftUpperArm, .leftLowerArm, .leftHand, .rightUpperArm, .rightLowerArm, .rightHand,
        ] { #expect(model.humanoid[bone] != nil, "\(bone)") }
    }

    @Test(arguments: BundledFile.people)
    func `a person has hands with five fingers of three bones each`(_ file: BundledFile) throws {
        let model = try file.model()
        for side in ["left", "right"] {
            for digit in ["Thumb", "Index", "Middle", "Ring", "Little"] {
                let parts = [digit == "Thumb" ? "Metacarpal" : "Intermediate", "Proximal", "Distal"]
                for part in parts {
                    let bone = try #require(HumanBone(rawValue: side + digit + part))
                    #expect(model.humanoid[bone] != nil, "\(bone)")
                }
            }
        }
    }

    @Test(arguments: BundledFile.allCases)
    func `the weights of every vertex are of bones that there are, and add up to one`(_ file: BundledFile)
        throws
    {
        let document = try file.document()
        let geometry = PosedGeometry(document, world: [])
        for (node, mesh) in document.drawnMeshNodes {
            let joints = Set(document.nodes[node].skin.map { document.skins[$0].joints } ?? [])
            for primitive in document.meshes[mesh].primitives {
                let count = document.accessors[try #require(primitive.attributes["POSITION"])].count
                var sums = [Float](repeating: 0, count: count)
                _ = geometry.eachInfluence(node: node, primitive: primitive, count: count) {
                    vertex, joint, weight in
                    #expect(joints.contains(joint) && weight >= 0)
                    sums[vertex] += weight
                }
                #expect(sums.allSatisfy { abs($0 - 1) < 1e-3 }, "\(document.meshes[mesh].name ?? "")")
            }
        }
    }

    @Test(arguments: BundledFile.people)
    func `fingers hang on their own bones`(_ file: BundledFile) throws {
        let document = try file.document()
        let mesh = try #require(document.meshes.firstIndex { $0.name == "Wolf3D_Hands" })
        let node = try #require(document.nodes.firstIndex { $0.mesh == mesh })
        let primitive = document.meshes[mesh].primitives[0]
        let count = document.accessors[try #require(primitive.attributes["POSITION"])].count
        var most: [Int: Float] = [:]
        _ = PosedGeometry(document, world: []).eachInfluence(node: node, primitive: primitive, count: count) {
            most[$1] = max(most[$1] ?? 0, $2)
        }
        for side in ["Left", "Right"] {
            for digit in ["Thumb", "Index", "Middle", "Ring", "Pinky"] {
                for part in 1...3 {
                    let bone = try #require(
                        document.nodes.firstIndex { $0.name == "\(side)Hand\(digit)\(part)" })
                    #expect(most[bone] ?? 0 > 0.6, "\(side)Hand\(digit)\(part)")
                }
            }
        }
    }

    @Test func `all bundled avatars together are less than 25 MB`() throws {
        let sizes = try FileManager.default.contentsOfDirectory(atPath: BundledFile.folder).map { file in
            try FileManager.default.attributesOfItem(atPath: "\(BundledFile.folder)/\(file)")[.size] as? Int
                ?? 0
        }
        #expect(sizes.reduce(0, +) < 25_000_000)
    }

    @Test(arguments: BundledFile.allCases)
    func `an avatar has the bones of a talker and its clips`(_ file: BundledFile) throws {
        let model = try file.model()
        for bone in [HumanBone.hips, .spine, .chest, .neck, .head, .leftEye, .rightEye] {
            #expect(model.humanoid[bone] != nil, "\(bone)")
        }
        #expect(model.document.animations.compactMap(\.name).sorted() == ["idle", "listening"])
    }

    @Test func kitSpeaksOnlyInVRMExpressions() throws {
        let model = try BundledFile.kit.model()
        let targets = Set(model.document.meshes.flatMap(\.targetNames))
        #expect(targets.isDisjoint(with: BundledFile.shapeNames + BundledFile.visemeNames))
        let expressions = Set(model.expressions.map(\.name))
        for name in [
            "aa", "ih", "ou", "ee", "oh", "blink", "blinkLeft", "blinkRight", "happy", "angry", "sad",
            "relaxed", "surprised",
        ] { #expect(expressions.contains(name), "\(name)") }
    }
}
