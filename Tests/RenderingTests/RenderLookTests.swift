import AvatariumCore
import Foundation
import Rendering
import Testing

@Suite struct RenderLookTests {
    private func read<T: Decodable>(_ type: T.Type, _ json: String) throws -> T {
        try JSONDecoder().decode(type, from: Data(json.utf8))
    }

    @Test func `absent fields have their defaults`() throws {
        let look = try read(RenderLook.self, "{}")
        #expect(look == RenderLook())
        #expect(look.size == ImageSize(width: 1280, height: 720) && look.samples == 1)
    }

    @Test func `every field survives a round trip`() throws {
        let json = """
            {"size": "64x48", "background": "#102030", "environment": "none", "exposure": 2, "toneMap": "none",
             "keyLight": false, "modelLights": false, "faceMaterials": false, "samples": 8, "quality": "draft"}
            """
        let stated = try read(RenderLook.Overrides.self, json)
        let look = RenderLook(stated)
        #expect(look.environment == .dark && look.toneMap == .linear && !look.keyLight && look.samples == 8)
        let again = try JSONDecoder().decode(RenderLook.self, from: JSONEncoder().encode(look))
        #expect(again == look)
        let partial = try JSONDecoder().decode(RenderLook.Overrides.self, from: JSONEncoder().encode(stated))
        #expect(partial == stated)
    }

    @Test func `an unknown field is refused with its name`() throws {
        let error = #expect(throws: DecodingError.self) { try read(RenderLook.self, #"{"exposur": 2}"#) }
        #expect(error?.fieldPointer == "/exposur")
    }

    @Test func `what is stated goes before what is stated for all, and that before the defaults`() {
        let all = RenderLook.Overrides(exposure: 2, samples: 8)
        let one = RenderLook.Overrides(exposure: 3, keyLight: false)
        let look = RenderLook(one.over(all).over(.still))
        #expect(look.exposure == 3 && look.samples == 8 && !look.keyLight && look.quality == .high)
    }

    @Test func `the quality decides the samples unless they are stated`() {
        #expect(RenderLook(.still).samples == 4)
        #expect(RenderLook(.init(samples: 2).over(.still)).samples == 2)
        #expect(RenderLook(.init(quality: .draft).over(.still)).samples == 1)
    }

    @Test(arguments: [
        ("size", RenderLook.Overrides(size: ImageSize(width: 8, height: 64))),
        ("exposure", .init(exposure: 0)), ("exposure", .init(exposure: .nan)),
        ("samples", .init(samples: 17)),
        ("environment", .init(environment: .hdr(path: "/nowhere.hdr"))),
        ("background", .init(background: .image("/nowhere.png"))),
    ])
    func `a look out of range names its field`(_ field: String, _ stated: RenderLook.Overrides) {
        let error = #expect(throws: AvatariumError.self) { try RenderLook(stated).validate() }
        #expect(error?.code == .invalidConfig && error?.context["field"] == "/" + field)
    }
}
