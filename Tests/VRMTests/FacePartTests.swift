import AvatariumCore
import GLTF
import Testing
import VRM

@Suite struct FacePartTests {
    private func parts(
        material: String? = nil, mesh: String? = nil, mapping: FaceMapping? = nil
    ) throws -> AvatarModel {
        var document = Fixture.document(targets: ["jawOpen"])
        var made = Material()
        made.name = material
        document.materials = [made]
        document.meshes[0].name = mesh
        document.nodes[0].name = nil
        for i in document.meshes[0].primitives.indices { document.meshes[0].primitives[i].material = 0 }
        return try AvatarReader.read(document, mapping: mapping)
    }

    private func part(_ model: AvatarModel) -> FacePart? {
        model.faceParts.byPlace[FaceParts.Place(mesh: 0, primitive: 0)]?.part
    }

    @Test(
        arguments: [
            ("Wolf3D_Skin", FacePart.skin), ("Wolf3D_Eye", .eye), ("Std_Eye_L", .eye), ("EyeLeft", .eye),
            ("Oral", .mouth),
            ("Wolf3D_Teeth", .mouth), ("Hair.001", .hair), ("Wolf3D_Beard", .hair), ("Eye_Lashes", nil),
            ("Eyebrow", nil),
            ("Std_Eye_Occlusion_L", nil), ("EyeGlasses", nil), ("glasses", nil), ("Material.003", nil),
            ("Outfit_Top", nil),
        ] as [(String, FacePart?)])
    func `a material's name tells what it is`(name: String, expected: FacePart?) throws {
        #expect(part(try parts(material: name)) == expected)
    }

    @Test func `a mesh tells it where the material does not`() throws {
        #expect(part(try parts(material: "lambert5", mesh: "eyeLeft")) == .eye)
        #expect(part(try parts(material: "Hair", mesh: "Head")) == .hair)
    }

    @Test func `the mapping has the last word`() throws {
        let mapping = try FaceMapping(
            json: Array(#"{"materials": {"Body": "none", "Ball": "eye", "Nowhere": "skin"}}"#.utf8))
        #expect(part(try parts(material: "Body", mapping: mapping)) == nil)
        #expect(part(try parts(material: "Body", mesh: "Ball", mapping: mapping)) == .eye)
        let codes = try parts(material: "Body", mesh: "Ball", mapping: mapping).diagnostics.filter {
            $0.code == "MAPPING_MATERIAL_NOT_FOUND"
        }
        #expect(codes.count == 1)
        #expect(codes.first?.message.contains("Nowhere") == true)
    }

    @Test func `a part that there is not is refused`() {
        #expect(
            performing: {
                try FaceMapping(json: Array(#"{"materials": {"Body": "wood"}}"#.utf8))
            }, throws: { ($0 as? AvatariumError)?.code == .validationError })
    }

    @Test func `a template reads back to the same parts`() throws {
        for (material, mesh) in [("lambert5", "eyeLeft"), ("Wolf3D_Skin", "Head")] {
            let model = try parts(material: material, mesh: mesh)
            let template = try FaceMapping(json: try FaceMapping(templateFor: model).json())
            #expect(try parts(material: material, mesh: mesh, mapping: template).faceParts == model.faceParts)
            #expect(template.materials.count == 1)
        }
    }

    @Test func `a thing without a face has no parts`() throws {
        var document = Fixture.document(targets: [])
        document.meshes[0].name = "Head"
        document.nodes[0].name = nil
        #expect(try AvatarReader.read(document).faceParts.byPlace.isEmpty)
    }
}
