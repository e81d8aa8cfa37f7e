import AvatariumCore
import Foundation
import GLTF
import Images
import Testing
import VRM

struct FileTests {
    @Test(arguments: BundledFile.allCases)
    func loaderHasNothingToSayAboutTheFile(_ file: BundledFile) throws {
        let report = try Loader().inspect(path: file.path)
        #expect(report.error == nil)
        #expect(report.diagnostics.isEmpty, "\(report.diagnostics)")
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

    @Test(arguments: BundledFile.allAda)
    func adaHasEveryARKitShapeAndEveryViseme(_ file: BundledFile) throws {
        let document = try file.document()
        let face = try #require(document.meshes.first { $0.name == "Face" })
        let all = Set(document.meshes.flatMap(\.targetNames))
        #expect(BundledFile.shapeNames.filter { !all.contains($0) } == [])
        #expect(BundledFile.visemeNames.filter { !face.targetNames.contains($0) } == [])
    }

    @Test(arguments: BundledFile.allCases)
    func skeletonHasHumanoidNamesAndTheClipsOfATalker(_ file: BundledFile) throws {
        let model = try file.model()
        let names = Set(model.document.nodes.compactMap(\.name))
        for bone in [HumanBone.hips, .spine, .chest, .neck, .head, .leftEye, .rightEye] {
            #expect(names.contains(bone.rawValue))
            #expect(model.humanoid[bone] != nil, "\(bone)")
        }
        #expect(model.document.animations.compactMap(\.name).sorted() == ["idle", "listening"])
    }

    @Test func vrmOfAdaHasTheGeometryOfTheGLB() throws {
        let (glb, vrm) = (try BundledFile.ada.document(), try BundledFile.adaVRM.document())
        #expect(glb.meshes.map(\.name) == vrm.meshes.map(\.name))
        let (a, b) = (try PosedPart(glb, "Face"), try PosedPart(vrm, "Face"))
        #expect(a.rest == b.rest)
        #expect(a.posed(["mouthSmileLeft": 1]) == b.posed(["mouthSmileLeft": 1]))
        #expect(try BundledFile.adaVRM.model().lookAt != nil)
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
