import AvatariumCore
import GLTF
import Testing

/// Extensions of old and new exporters: read rightly, or said.
struct OldExtensionTests {
    private func load(_ builder: GLBBuilder) throws -> Document {
        try Loader().load(bytes: builder.build(), name: "fixture.glb")
    }

    private func require(_ name: String, _ builder: inout GLBBuilder) {
        builder.members = [#""extensionsUsed": ["\#(name)"], "extensionsRequired": ["\#(name)"]"#]
    }

    @Test func `specular and glossiness become base colour, roughness and specular colour`() throws {
        var builder = GLBBuilder.triangle(primitive: #", "material": 0"#)
        require("KHR_materials_pbrSpecularGlossiness", &builder)
        builder.add(
            "materials",
            #"{"pbrMetallicRoughness": {"metallicFactor": 1}, "extensions": {"KHR_materials_pbrSpecularGlossiness": "#
                + #"{"diffuseFactor": [0.9, 0.4, 0.1, 0.5], "specularFactor": [0.2, 0.1, 0.3], "glossinessFactor": 0.75}}}"#
        )
        let document = try load(builder)
        let material = document.materials[0]
        #expect(material.baseColorFactor == SIMD4(0.9, 0.4, 0.1, 0.5))
        #expect(material.metallicFactor == 0 && material.roughnessFactor == 0.25)
        #expect(material.specularColorFactor == SIMD3(0.2, 0.1, 0.3))
        // The reflectance at normal incidence is the specular colour itself.
        let f0 = ((material.ior - 1) / (material.ior + 1)) * ((material.ior - 1) / (material.ior + 1))
        #expect(f0 > 0.99)
        #expect(document.diagnostics.contains { $0.code == "MATERIAL_CONVERTED" })
    }

    @Test func `a hidden node hides what is below it`() throws {
        var builder = GLBBuilder.triangle()
        require("KHR_node_visibility", &builder)
        builder.add(
            "nodes",
            #"{"mesh": 0, "children": [2], "extensions": {"KHR_node_visibility": {"visible": false}}}"#)
        builder.add("nodes", #"{"mesh": 0}"#)
        builder.add("scenes", #"{"nodes": [0, 1]}"#)
        builder.members.append(#""scene": 1"#)
        let document = try load(builder)
        #expect(document.drawnMeshNodes.map(\.node) == [0])
    }

    @Test func `every copy of an instanced mesh is a node of its own`() throws {
        var builder = GLBBuilder.triangle()
        require("EXT_mesh_gpu_instancing", &builder)
        let places = builder.addFloats([1, 2, 3, 4, 5, 6], type: "VEC3", components: 3)
        let turns = builder.addFloats([0, 0, 0, 1, 0, 1, 0, 0], type: "VEC4", components: 4)
        builder.add(
            "nodes",
            #"{"mesh": 0, "translation": [10, 0, 0], "extensions": {"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": \#(places), "ROTATION": \#(turns), "_ID": 0}}}}"#
        )
        builder.add("scenes", #"{"nodes": [1]}"#)
        builder.members.append(#""scene": 1"#)
        let document = try load(builder)
        #expect(document.drawnMeshNodes.map(\.node) == [2, 3])
        #expect(document.nodes[3].translation == SIMD3(4, 5, 6) && document.nodes[3].parent == 1)
        #expect(document.nodes[3].rotation.vector == SIMD4(0, 1, 0, 0))
        var loader = Loader()
        loader.limits.nodes = 3
        let error = #expect(throws: AvatariumError.self) {
            try loader.load(bytes: builder.build(), name: "x.glb")
        }
        #expect(error?.context["rule"] == "TOO_MANY_DRAWS")
    }

    @Test func `two sets of texture coordinates are drawn, whichever they are`() throws {
        var builder = GLBBuilder()
        let positions = builder.addFloats([0, 0, 0, 1, 0, 0, 0, 1, 0], type: "VEC3", components: 3)
        let sets = (0..<4).map { n in
            builder.addFloats((0..<6).map { Float(n * 10 + $0) }, type: "VEC2", components: 2)
        }
        let attributes = sets.enumerated().map { "\"TEXCOORD_\($0)\": \($1)" }.joined(separator: ", ")
        builder.add(
            "meshes",
            "{\"primitives\": [{\"attributes\": {\"POSITION\": \(positions), \(attributes)}, \"material\": 0}]}"
        )
        builder.add("nodes", #"{"mesh": 0}"#)
        builder.add("textures", "{}")
        builder.add(
            "materials",
            #"{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0, "texCoord": 3}}, "occlusionTexture": {"index": 0, "texCoord": 1}}"#
        )
        let document = try load(builder)
        #expect(document.materials[0].baseColorTexture?.texCoord == 1)
        #expect(document.materials[0].occlusionTexture?.texCoord == 0)
        let primitive = document.meshes[0].primitives[0]
        #expect(
            primitive.attributes["TEXCOORD_0"] == sets[1] && primitive.attributes["TEXCOORD_1"] == sets[3])
        #expect(!document.diagnostics.contains { $0.code == "TEXCOORD_SET_IGNORED" })
    }

    @Test func `effects that are not drawn and textures without a picture are said`() throws {
        var builder = GLBBuilder.triangle(primitive: #", "material": 0"#)
        builder.members = [
            #""extensionsUsed": ["KHR_materials_iridescence", "KHR_materials_anisotropy", "KHR_materials_dispersion", "EXT_texture_avif"]"#
        ]
        builder.add("images", #"{"uri": "data:image/avif;base64,AAAA"}"#)
        builder.add("textures", #"{"extensions": {"EXT_texture_avif": {"source": 0}}}"#)
        builder.add(
            "materials",
            #"{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}, "extensions": {"KHR_materials_iridescence": {"iridescenceFactor": 1, "iridescenceThicknessMaximum": 550}, "KHR_materials_anisotropy": {"anisotropyStrength": 0.6}, "KHR_materials_dispersion": {"dispersion": 0.2}}}"#
        )
        let document = try load(builder)
        #expect(document.materials[0].iridescence?.thickness.upperBound == 550)
        #expect(document.materials[0].anisotropy?.strength == 0.6 && document.materials[0].dispersion == 0.2)
        #expect(
            document.diagnostics.filter { $0.code == "MATERIAL_EXTENSION_APPROXIMATED" }.map(\.pointer) == [
                "/materials/0/extensions/KHR_materials_anisotropy"
            ])
        let texture = document.diagnostics.first { $0.code == "TEXTURE_WITHOUT_IMAGE" }
        #expect(texture?.pointer == "/textures/0/extensions/EXT_texture_avif")
    }
}
