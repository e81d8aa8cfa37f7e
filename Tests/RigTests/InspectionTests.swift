import AvatariumCore
import Foundation
import Rig
import Testing
import VRM

@Suite struct InspectionTests {
    @Test func tellsTheFaceAndItsGaps() throws {
        let document = Fixture.document(
            Fixture.human(), targets: ["jawOpen", "eyeBlink_L", "viseme_PP", "Hat"])
        let inspection = ModelInspection(try AvatarReader.read(document))
        #expect(inspection.dialect == .gltf)
        #expect(inspection.arkit["jawOpen"]?.map(\.name) == ["jawOpen"])
        #expect(inspection.missingARKit.count == 50 && inspection.missingVisemes.count == 14)
        #expect(inspection.unusedTargets == ["Face: Hat"])
        #expect(inspection.humanoidBones["head"] == "head")
        #expect(inspection.vertices == 3 && inspection.triangles == 1)
    }

    @Test func survivesJSON() throws {
        let inspection = ModelInspection(try AvatarReader.read(Fixture.awkwardFace()))
        let data = try JSONEncoder().encode(inspection)
        #expect(try JSONDecoder().decode(ModelInspection.self, from: data) == inspection)
    }
}
