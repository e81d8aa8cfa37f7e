import AvatariumCore
import GLTF
import Testing
import VRM

@Suite struct VRM1Tests {
    @Test func readsExpressionsWithTheirRules() throws {
        let document = try Fixture.document(
            targets: ["A", "wink"], bones: ["Head"],
            extensions: """
                {"VRMC_vrm": {"specVersion": "1.0", "humanoid": {"humanBones": {"head": {"node": 1},
                  "neck": {"node": -1}}},
                 "expressions": {"preset": {"aa": {"morphTargetBinds": [{"node": 0, "index": 0, "weight": 0.8}],
                    "overrideBlink": "block", "overrideMouth": "blend", "isBinary": true}},
                  "custom": {"JawOpen": {"morphTargetBinds": [{"node": 0, "index": 1, "weight": 1},
                    {"node": 0, "index": 7, "weight": 1}]}}},
                 "lookAt": {"type": "expression", "offsetFromHeadBone": [0, 0.1, 0.2],
                  "rangeMapVerticalUp": {"inputMaxValue": 30, "outputScale": 1}}}}
                """)
        let model = try AvatarReader.read(document)
        #expect(model.dialect == .vrm1 && model.facing == .identity)
        #expect(model.humanoid[.head] == 1)
        let aa = try #require(model.expressions.first)
        #expect(aa.morphs == [MorphTarget(node: 0, target: 0, scale: 0.8)])
        #expect(aa.overrideBlink == .block && aa.overrideMouth == .blend && aa.overrideLookAt == .none)
        #expect(aa.isBinary && aa.isPreset)
        #expect(model.lookAt?.kind == .expression && model.lookAt?.verticalUp.inputMaxValue == 30)
        // A custom expression by ARKit's name ("perfect sync") serves as the shape.
        #expect(model.face.arkit[.jawOpen] == [MorphTarget(node: 0, target: 1)])
        #expect(
            model.diagnostics.map(\.pointer) == [
                "/extensions/VRMC_vrm/humanoid/humanBones/neck",
                "/extensions/VRMC_vrm/expressions/custom/JawOpen/morphTargetBinds/1",
            ])
    }

    @Test func saysWhenExpressionsBindNothing() throws {
        let document = try Fixture.document(
            targets: ["viseme_aa", "viseme_PP"],
            extensions: "{\"VRMC_vrm\": {\"expressions\": {\"preset\": {\"aa\": {}, \"happy\": {}}}}}")
        let model = try AvatarReader.read(document)
        #expect(model.diagnostics.map(\.code) == ["VRM_EXPRESSIONS_EMPTY"])
        #expect(Set(model.face.visemes.keys) == [.aa, .PP])
    }

    @Test func readsSprings() throws {
        let document = try Fixture.document(
            targets: [], bones: ["a", "b", "c"],
            extensions: """
                {"VRMC_vrm": {}, "VRMC_springBone": {
                 "colliders": [{"node": 1, "shape": {"sphere": {"offset": [0, 1, 0], "radius": 0.2}}},
                  {"node": 1, "shape": {"capsule": {"offset": [0, 0, 0], "tail": [0, 1, 0], "radius": 0.1}}}],
                 "colliderGroups": [{"colliders": [0, 1, 9]}],
                 "springs": [{"joints": [{"node": 1, "stiffness": 0.5, "dragForce": 2}, {"node": 2}],
                   "colliderGroups": [0, 4], "center": 0}, {"joints": [{"node": 1}, {"node": 77}]}]}}
                """)
        let model = try AvatarReader.read(document)
        let chain = try #require(model.springs.first)
        #expect(model.springs.count == 1)
        #expect(chain.joints.map(\.node) == [1, 2] && chain.joints[0].stiffness == 0.5)
        #expect(chain.joints[0].dragForce == 1)
        #expect(chain.colliders.count == 2 && chain.center == 0)
    }

    @Test func readsConstraintsAndToonMaterials() throws {
        var document = try Fixture.document(targets: [], bones: ["a", "b"], extensions: "{\"VRMC_vrm\": {}}")
        document.materials = [Material(), Material()]
        document.textures = [Texture()]
        document.json = try JSONParser.parse(
            """
            {"extensions": {"VRMC_vrm": {}}, "nodes": [{}, {"extensions": {"VRMC_node_constraint": {"constraint":
              {"roll": {"source": 2, "rollAxis": "Z", "weight": 0.5}}}}}, {"extensions": {"VRMC_node_constraint":
              {"constraint": {"aim": {"source": 2}}}}}],
             "materials": [{}, {"extensions": {"VRMC_materials_mtoon": {"shadeColorFactor": [0.1, 0.2, 0.3],
              "shadeMultiplyTexture": {"index": 0, "extensions": {"KHR_texture_transform": {"scale": [2, 2]}}},
              "matcapTexture": {"index": 5}, "outlineWidthMode": "screenCoordinates",
              "renderQueueOffsetNumber": 40}}}]}
            """)
        let model = try AvatarReader.read(document)
        #expect(model.constraints.count == 1)
        let roll = try #require(model.constraints.first)
        #expect(roll.node == 1 && roll.source == 2 && roll.weight == 0.5)
        guard case .roll(let axis) = roll.kind else {
            Issue.record("no roll")
            return
        }
        #expect(axis == SIMD3(0, 0, 1))
        let toon = try #require(model.toonMaterials[1])
        #expect(toon.shadeColor == SIMD3(0.1, 0.2, 0.3) && toon.shadeMultiplyTexture?.uvScale == SIMD2(2, 2))
        #expect(toon.matcapTexture == nil && toon.outlineWidthMode == .screenCoordinates)
        #expect(toon.renderQueueOffset == 9)
        #expect(model.toonMaterials[0] == nil)
    }
}
