import AvatariumCore
import Testing
import VRM

@Suite struct FaceMappingTests {
    @Test func replacesWhatWasRecognised() throws {
        let mapping = try FaceMapping(
            json: Array(
                """
                {"shapes": {"jawOpen": [{"mesh": "Head", "target": "Gape", "scale": 0.5}], "mouthClose": [],
                 "viseme_PP": [{"target": "mmm"}]}}
                """.utf8))
        let document = Fixture.document(targets: ["jawOpen", "mouthClose", "Gape", "mmm"])
        let model = try AvatarReader.read(document, mapping: mapping)
        #expect(model.face.arkit[.jawOpen] == [MorphTarget(node: 0, target: 2, scale: 0.5)])
        #expect(model.face.arkit[.mouthClose] == nil)
        #expect(model.face.visemes[.PP] == [MorphTarget(node: 0, target: 3)])
    }

    @Test func reportsATargetThatTheModelLacks() throws {
        let mapping = FaceMapping(shapes: ["jawOpen": [FaceMapping.Entry(target: "Gape")]])
        let model = try AvatarReader.read(Fixture.document(targets: ["jawOpen"]), mapping: mapping)
        #expect(model.diagnostics.map(\.code).contains("MAPPING_TARGET_NOT_FOUND"))
    }

    @Test(arguments: [
        ("{", "offset"), ("{\"shapes\": 3}", "field"), ("{\"shapes\": {\"jawOpened\": []}}", "field"),
        ("{\"shapes\": {\"jawOpen\": [{}]}}", "field"), ("[]", "field"),
    ])
    func refusesABrokenFile(text: String, key: String) throws {
        #expect(
            performing: {
                try FaceMapping(json: Array(text.utf8))
            },
            throws: {
                let error = $0 as? AvatariumError
                return error?.code == .validationError && error?.context[key] != nil
            })
    }

    @Test func writesATemplateThatReadsBackToTheSameFace() throws {
        let document = Fixture.document(targets: ["jawOpen", "eyeBlink", "viseme_PP", "Hat"])
        let model = try AvatarReader.read(document)
        let template = FaceMapping(templateFor: model)
        #expect(template.unused == ["Head: Hat"])
        #expect(template.shapes.count == ARKitShape.count + OculusViseme.count)
        #expect(String(decoding: try template.json(), as: UTF8.self).contains("\"cheekPuff\" : [],\n"))
        let again = try AvatarReader.read(document, mapping: try FaceMapping(json: try template.json()))
        #expect(again.face.arkit == model.face.arkit)
        #expect(again.face.visemes == model.face.visemes)
    }
}
