import AvatarMaker
import AvatariumCore
import Foundation
import GLTF
import Testing
import VRM

struct MakerTests {
    private let maker: AvatarMaker
    private let family: Family

    init() throws {
        family = try Family(avatars: BundledFile.people.map { ($0.rawValue, $0.path) })
        maker = AvatarMaker(family)
    }

    private func made(_ recipe: AvatarRecipe) throws -> Document {
        try Loader().load(bytes: try maker.make(recipe), name: "made.glb")
    }

    private func factor(_ document: Document, _ material: String) throws -> SIMD4<Float> {
        try #require(document.materials.first { $0.name == material }).baseColorFactor
    }

    @Test func `the family says who it is and under which licence`() throws {
        #expect(family.people.map(\.name) == BundledFile.people.map(\.rawValue))
        #expect(family.people.allSatisfy { $0.licence.hasPrefix("CC0") && !$0.note.isEmpty })
    }

    /// The robot, which is not of the family, had neither.
    @Test(arguments: BundledFile.allCases) func `a bundled avatar says who it is and under which licence`(
        _ avatar: BundledFile
    ) throws {
        let note = try #require(AvatarNote(path: avatar.path))
        #expect(note.licence.hasPrefix("CC0") && !note.who.isEmpty, "\(note)")
    }

    @Test(arguments: [
        (
            #"{"asset": {"version": "2.0"}, "extensions": {"VRM": {"meta": {"title": "Mia", "author": "Ann", "licenseName": "CC_BY"}}}}"#,
            "Mia, by Ann", "CC_BY"
        ),
        (
            #"{"extensions": {"VRMC_vrm": {"meta": {"name": "Mia", "authors": [], "licenseUrl": "https://vrm.dev/licenses/1.0/"}}}}"#,
            "Mia", "https://vrm.dev/licenses/1.0/"
        ),
        (#"{"asset": {"copyright": "CC BY 4.0"}}"#, "", "CC BY 4.0"), (#"{"asset": 1}"#, "", ""),
    ])
    func `other people's files say it in VRM's meta data or glTF's copyright`(
        json: String, who: String, licence: String
    ) throws {
        func word(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(value >> (8 * $0) & 255) } }
        let bytes =
            Array("glTF".utf8) + word(2) + word(20 + json.utf8.count) + word(json.utf8.count)
            + Array("JSON".utf8) + json.utf8
        let path = NSTemporaryDirectory() + "\(UUID()).vrm"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let note = try #require(AvatarNote(path: path))
        #expect((note.who, note.licence) == (who, licence))
        try Data(bytes.prefix(19)).write(to: URL(fileURLWithPath: path))
        #expect(AvatarNote(path: path) == nil)
    }

    @Test(arguments: [BundledFile.ada, .ruth, .amira]) func `a recipe without wishes gives the person`(
        _ person: BundledFile
    ) throws {
        let (old, new) = (try person.document(), try made(AvatarRecipe(like: person.rawValue)))
        #expect(new.diagnostics.beyondTheLayout.isEmpty, "\(new.diagnostics)")
        #expect(new.meshes.map(\.name) == old.meshes.map(\.name))
        #expect(new.meshes.map(\.targetNames) == old.meshes.map(\.targetNames))
        let (a, b) = (try PosedPart(old, "Wolf3D_Head"), try PosedPart(new, "Wolf3D_Head"))
        #expect(a.posed(["jawOpen": 1]) == b.posed(["jawOpen": 1]))
        #expect(new.images.map(\.bytes) == old.images.map(\.bytes) || new.images.count == old.images.count)
    }

    @Test func `skin, hair, eyes, glasses and clothes are the wished ones`() throws {
        let recipe = AvatarRecipe(
            like: "ada", skin: 9, hair: "curls", hairColour: "black", eyes: "green", glasses: "round",
            clothesColour: "#ff0000",
            name: "Me")
        let document = try made(recipe)
        #expect(document.diagnostics.beyondTheLayout.isEmpty, "\(document.diagnostics)")
        let nia = try BundledFile.nia.document()
        #expect(
            try PosedPart(document, "Wolf3D_Hair").rest.count == PosedPart(nia, "Wolf3D_Hair").rest.count)
        #expect(document.meshes.contains { $0.name == "Wolf3D_Glasses" })
        // #50301f over a texture of 0.78: (0x50 / 255) decoded is 0.0802.
        #expect(abs(try factor(document, "Wolf3D_Skin").x - 0.0802 / 0.78) < 0.001)
        #expect(try factor(document, "Wolf3D_Body") == factor(document, "Wolf3D_Skin"))
        #expect(abs(try factor(document, "Wolf3D_Outfit_Top").x - 1) < 0.001)
        let eye = try #require(document.images.first { $0.name == "eye" })
        #expect(eye.bytes == (try BundledFile.leo.document().images.first { $0.name == "eye" })?.bytes)
        let model = try AvatarReader.read(document)
        #expect(model.dialect == .vrm1)
        #expect(model.expressions.contains { $0.name == "happy" && !$0.bindsNothing })
    }

    @Test func `glasses can be taken off, and VRM's binds still point to the face`() throws {
        let document = try made(AvatarRecipe(like: "ruth", glasses: "none"))
        #expect(document.diagnostics.beyondTheLayout.isEmpty, "\(document.diagnostics)")
        #expect(!document.nodes.contains { $0.name == "Wolf3D_Glasses" })
        let model = try AvatarReader.read(document)
        let blink = try #require(model.expressions.first { $0.name == "blink" })
        for bind in blink.morphs {
            let mesh = try #require(document.nodes[bind.node].mesh)
            #expect(document.meshes[mesh].targetNames[bind.target].hasPrefix("eyeBlink"))
        }
    }

    @Test func `other spellings make the same avatar, and glasses that are only asked for are round`() throws
    {
        let json = try JSONParser.parse(
            Array(#"{"like": "ada", "hair": "Curly", "hairColour": "blonde", "glasses": true}"#.utf8))
        #expect(
            try maker.make(AvatarRecipe(json: json))
                == maker.make(
                    AvatarRecipe(like: "ada", hair: "curls", hairColour: "blond", glasses: "round")))
    }

    @Test func `the same recipe gives the same bytes`() throws {
        let recipe = AvatarRecipe(like: "ben", hair: "fringe", hairColour: "#40201a")
        #expect(try maker.make(recipe) == maker.make(recipe))
    }

    @Test(
        arguments: [
            (AvatarRecipe(like: "nobody"), "like"), (AvatarRecipe(like: "ada", skin: 11), "skin"),
            (AvatarRecipe(like: "ada", hair: "mullet"), "hair"),
            (AvatarRecipe(like: "ada", hairColour: "mauve"), "hairColour"),
            (AvatarRecipe(like: "ada", eyes: "red"), "eyes"),
            (AvatarRecipe(like: "ada", glasses: "oval"), "glasses"),
            (AvatarRecipe(like: "ada", clothesColour: "#12345"), "clothesColour"),
        ])
    func `a value that is not known is refused by its field`(recipe: AvatarRecipe, field: String) throws {
        let error = #expect(throws: AvatariumError.self) { try maker.make(recipe) }
        #expect(error?.code == .invalidConfig)
        #expect(error?.context["field"] == "/" + field)
    }

    @Test(
        arguments: [
            (AvatarRecipe(like: "adda"), "ada"), (AvatarRecipe(like: "ada", hair: "curlz"), "curls"),
            (AvatarRecipe(like: "ada", hairColour: "blondd"), "blond"),
            (AvatarRecipe(like: "ada", eyes: "grean"), "green"),
            (AvatarRecipe(like: "ada", glasses: "sqare"), "square"),
        ])
    func `a misspelt value is refused with the one that was meant`(recipe: AvatarRecipe, meant: String) throws
    {
        let error = #expect(throws: AvatariumError.self) { try maker.make(recipe) }
        #expect(error?.message.contains("did you mean \(meant)?") == true, "\(error?.message ?? "")")
    }

    @Test func `who wears a scarf shows no earrings`() throws {
        #expect(try BundledFile.ruth.document().nodes.contains { $0.name == "Earrings" })
        let document = try made(AvatarRecipe(like: "ruth", hair: "scarf"))
        #expect(!document.nodes.contains { $0.name == "Earrings" })
        #expect(document.diagnostics.beyondTheLayout.isEmpty, "\(document.diagnostics)")
    }

    @Test func `a beard has the colour of the hair`() throws {
        for recipe in [AvatarRecipe(like: "omar"), AvatarRecipe(like: "ben", hairColour: "ginger")] {
            let document = try made(recipe)
            let (hair, beard) = (try factor(document, "Wolf3D_Hair"), try factor(document, "Beard"))
            // The textures that they tint differ in headroom, 0.6 and 0.8.
            for k in 0..<3 { #expect(abs(hair[k] * 0.6 - beard[k] * 0.8) < 0.001) }
        }
    }

    @Test func `a recipe in JSON is read, and a misspelt key is refused`() throws {
        let json = try JSONParser.parse(#"{"like": "ada", "skin": 4, "hairColour": "black"}"#)
        #expect(try AvatarRecipe(json: json) == AvatarRecipe(like: "ada", skin: 4, hairColour: "black"))
        #expect(throws: AvatariumError.self) {
            try AvatarRecipe(json: try JSONParser.parse(#"{"like": "ada", "hairColor": "black"}"#))
        }
        #expect(throws: AvatariumError.self) { try AvatarRecipe(json: try JSONParser.parse(#"{"skin": 4}"#)) }
        #expect(throws: AvatariumError.self) {
            try AvatarRecipe(json: try JSONParser.parse(#"{"like": "ada", "skin": "4"}"#))
        }
    }
}
