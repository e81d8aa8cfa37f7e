import AvatariumCore
import GLTF
import Testing
import VRM

@Suite struct VRM0Tests {
    private let file = """
        {"VRM": {
          "humanoid": {"humanBones": [{"bone": "head", "node": 1}, {"bone": "neck", "node": 99},
            {"bone": "leftThumbProximal", "node": 2}]},
          "firstPerson": {"firstPersonBoneOffset": {"x": 0, "y": 0.06, "z": 0.1}, "lookAtTypeName": "Bone",
            "lookAtHorizontalOuter": {"xRange": 80, "yRange": 12}},
          "blendShapeMaster": {"blendShapeGroups": [
            {"name": "A", "presetName": "a", "binds": [{"mesh": 0, "index": 1, "weight": 50}]},
            {"name": "Joy", "presetName": "joy", "isBinary": true,
             "binds": [{"mesh": 0, "index": 0, "weight": 100}, {"mesh": 3, "index": 0, "weight": 100}]},
            {"name": "Blush", "presetName": "unknown", "binds": [], "materialValues": [
              {"materialName": "Skin", "propertyName": "_Color", "targetValue": [1, 0.5, 0, 1]},
              {"materialName": "Skin", "propertyName": "_MainTex_ST", "targetValue": [0.5, 0.5, 0.25, 0]}]}]},
          "secondaryAnimation": {
            "colliderGroups": [{"node": 1, "colliders": [{"offset": {"x": 0, "y": 1, "z": 2}, "radius": 0.1}]}],
            "boneGroups": [{"stiffiness": 2, "dragForce": 0.3, "hitRadius": 0.02, "gravityPower": 1,
              "gravityDir": {"x": 0, "y": -1, "z": 0}, "bones": [2], "colliderGroups": [0]}]},
          "materialProperties": [{"name": "Skin", "shader": "VRM/MToon",
            "floatProperties": {"_ShadeShift": 0, "_ShadeToony": 0.9, "_OutlineWidthMode": 1, "_OutlineWidth": 0.5,
              "_IndirectLightIntensity": 0.1},
            "vectorProperties": {"_ShadeColor": [1, 0.5, 0, 1]}, "textureProperties": {}}]
        }}
        """

    private func model() throws -> AvatarModel {
        var document = try Fixture.document(
            targets: ["smile", "ah"], bones: ["a", "hair", "hair1", "hair2", "side"], extensions: file)
        document.nodes[2].children = [3, 5]
        document.nodes[3].children = [4]
        document.nodes[3].parent = 2
        document.nodes[4].parent = 3
        document.nodes[5].parent = 2
        var skin = Material()
        skin.name = "Skin"
        document.materials = [skin]
        return try AvatarReader.read(document)
    }

    @Test func facesMinusZAndIsTurnedRound() throws {
        let model = try model()
        #expect(model.dialect == .vrm0)
        let forward = model.facing.rotate(SIMD3(0, 0, -1))
        #expect(abs(forward.z - 1) < 1e-6)
    }

    @Test func renamesPresetsAndScalesWeights() throws {
        let expressions = try model().expressions
        #expect(expressions.map(\.name) == ["aa", "happy", "Blush"])
        #expect(expressions.map(\.isPreset) == [true, true, false])
        #expect(expressions[0].morphs == [MorphTarget(node: 0, target: 1, scale: 0.5)])
        #expect(expressions[1].isBinary)
        #expect(expressions[1].morphs.count == 1)
    }

    @Test func reportsReferencesToNothing() throws {
        let pointers = try model().diagnostics.filter { $0.code == "VRM_INVALID_REFERENCE" }.map(\.pointer)
        #expect(
            pointers == [
                "/extensions/VRM/humanoid/humanBones/1",
                "/extensions/VRM/blendShapeMaster/blendShapeGroups/1/binds/1",
            ])
    }

    @Test func convertsMaterialBindsToLinearColourAndTopLeftOrigin() throws {
        let blush = try model().expressions[2]
        let color = try #require(blush.colors.first)
        #expect(color.kind == .color && color.target.x == 1 && abs(color.target.y - 0.2140) < 1e-3)
        let transform = try #require(blush.textureTransforms.first)
        #expect(transform.scale == SIMD2(0.5, 0.5) && transform.offset == SIMD2(0.25, 0.5))
    }

    @Test func splitsBranchingSpringsIntoChains() throws {
        let springs = try model().springs
        #expect(springs.map { $0.joints.map(\.node) } == [[2, 3, 4], [5]])
        #expect(springs.allSatisfy { $0.endLength == 0.07 })
        #expect(springs[0].joints[0].stiffness == 2 && springs[0].joints[0].dragForce == 0.3)
        let collider = try #require(springs[0].colliders.first)
        guard case .sphere(let offset, let radius, let isInside) = collider.shape else {
            Issue.record("no collider")
            return
        }
        // Unity's Z points the other way.
        #expect(!isInside && collider.node == 1 && offset == SIMD3(0, 1, -2) && radius == 0.1)
    }

    @Test func convertsToonMaterials() throws {
        let toon = try #require(try model().toonMaterials[0])
        #expect(abs(toon.shadeColor.y - 0.2140) < 1e-3)
        // Ramp from 0 to 0.1: narrow, centred at 0.05.
        #expect(abs(toon.shadingToony - 0.95) < 1e-5 && abs(toon.shadingShift + 0.05) < 1e-5)
        #expect(abs(toon.giEqualization - 0.9) < 1e-5)
        #expect(toon.outlineWidthMode == .worldCoordinates && abs(toon.outlineWidth - 0.005) < 1e-6)
    }

    @Test func readsBonesAndLookAt() throws {
        let model = try model()
        #expect(model.humanoid[.head] == 1 && model.humanoid[.leftThumbMetacarpal] == 2)
        let lookAt = try #require(model.lookAt)
        #expect(lookAt.kind == .bone)
        #expect(lookAt.horizontalOuter.inputMaxValue == 80 && lookAt.horizontalOuter.outputScale == 12)
    }
}
