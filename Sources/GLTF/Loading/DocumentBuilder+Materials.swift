import AvatariumCore

extension DocumentBuilder {
    mutating func readMaterials() throws {
        try readAll("materials", into: \.materials, or: Material()) { try $0.readMaterial($1) }
    }

    private mutating func readMaterial(_ cursor: JSONCursor) throws -> Material {
        var material = Material()
        material.name = try name(cursor)
        try readCore(cursor, into: &material)
        try readLayers(cursor, into: &material)
        try readTransmission(cursor, into: &material)
        try readEffects(cursor, into: &material)
        noteIgnoredExtensions(of: cursor)
        if let old = cursor.extensionNamed("KHR_materials_pbrSpecularGlossiness") {
            try convert(old, into: &material)
        }
        return material
    }

    /// Says of each extension that is not read that its effect is missing.
    private mutating func noteIgnoredExtensions(of cursor: JSONCursor) {
        for (name, member) in cursor["extensions"]?.members ?? []
        where member.value.object != nil && !Extensions.supported.contains(name) {
            note(
                GLTFIssue.materialExtensionIgnored.diagnostic(
                    at: member.pointer,
                    "'\(name.quotedForMessage(limit: 60))' is not supported: the material is drawn without "
                        + "it"))
        }
    }

    private func readCore(_ cursor: JSONCursor, into material: inout Material) throws {
        if let pbr = cursor["pbrMetallicRoughness"] {
            material.baseColorFactor = try pbr.vector4("baseColorFactor") ?? material.baseColorFactor
            material.baseColorTexture = try textureInfo(pbr["baseColorTexture"])
            material.metallicFactor = clamp(try pbr.float("metallicFactor") ?? 1, 0, 1)
            material.roughnessFactor = clamp(try pbr.float("roughnessFactor") ?? 1, 0, 1)
            material.metallicRoughnessTexture = try textureInfo(pbr["metallicRoughnessTexture"])
        }
        material.normalTexture = try textureInfo(cursor["normalTexture"], scaleKey: "scale")
        material.occlusionTexture = try textureInfo(cursor["occlusionTexture"], scaleKey: "strength")
        material.emissiveTexture = try textureInfo(cursor["emissiveTexture"])
        material.emissiveFactor = try cursor.vector3("emissiveFactor") ?? .zero
        if let mode = try cursor.string("alphaMode") {
            material.alphaMode = Material.AlphaMode(rawValue: mode) ?? .opaque
        }
        material.alphaCutoff = max(0, try cursor.float("alphaCutoff") ?? 0.5)
        material.doubleSided = try cursor.bool("doubleSided") ?? false
    }

    private func readLayers(_ cursor: JSONCursor, into material: inout Material) throws {
        material.unlit = cursor.extensionNamed("KHR_materials_unlit") != nil
        if let ext = cursor.extensionNamed("KHR_materials_emissive_strength") {
            material.emissiveStrength = try ext.float("emissiveStrength") ?? 1
        } else if let ext = cursor.extensionNamed("VRMC_materials_hdr_emissiveMultiplier") {
            material.emissiveStrength = try ext.float("emissiveMultiplier") ?? 1
        }
        if let ext = cursor.extensionNamed("KHR_materials_ior") {
            material.ior = try ext.float("ior") ?? 1.5
        }
        if let ext = cursor.extensionNamed("KHR_materials_specular") {
            material.specularFactor = try ext.float("specularFactor") ?? 1
            material.specularTexture = try textureInfo(ext["specularTexture"])
            material.specularColorFactor =
                try ext.vector3("specularColorFactor") ?? material.specularColorFactor
            material.specularColorTexture = try textureInfo(ext["specularColorTexture"])
        }
        if let ext = cursor.extensionNamed("KHR_materials_clearcoat") {
            var coat = Material.Clearcoat()
            coat.factor = try ext.float("clearcoatFactor") ?? 0
            coat.texture = try textureInfo(ext["clearcoatTexture"])
            coat.roughness = try ext.float("clearcoatRoughnessFactor") ?? 0
            coat.roughnessTexture = try textureInfo(ext["clearcoatRoughnessTexture"])
            coat.normalTexture = try textureInfo(ext["clearcoatNormalTexture"], scaleKey: "scale")
            material.clearcoat = coat
        }
        if let ext = cursor.extensionNamed("KHR_materials_sheen") {
            var sheen = Material.Sheen()
            sheen.color = try ext.vector3("sheenColorFactor") ?? .zero
            sheen.colorTexture = try textureInfo(ext["sheenColorTexture"])
            sheen.roughness = try ext.float("sheenRoughnessFactor") ?? 0
            sheen.roughnessTexture = try textureInfo(ext["sheenRoughnessTexture"])
            material.sheen = sheen
        }
    }

    private func readTransmission(_ cursor: JSONCursor, into material: inout Material) throws {
        if let ext = cursor.extensionNamed("KHR_materials_transmission") {
            var transmission = Material.Transmission()
            transmission.factor = try ext.float("transmissionFactor") ?? 0
            transmission.texture = try textureInfo(ext["transmissionTexture"])
            material.transmission = transmission
        }
        if let ext = cursor.extensionNamed("KHR_materials_volume") {
            var transmission = material.transmission ?? Material.Transmission()
            transmission.thickness = try ext.float("thicknessFactor") ?? 0
            transmission.thicknessTexture = try textureInfo(ext["thicknessTexture"])
            transmission.attenuationDistance = try ext.float("attenuationDistance") ?? .infinity
            transmission.attenuationColor =
                try ext.vector3("attenuationColor") ?? transmission.attenuationColor
            material.transmission = transmission
        }
    }

    private mutating func readEffects(_ cursor: JSONCursor, into material: inout Material) throws {
        if let ext = cursor.extensionNamed("KHR_materials_iridescence") {
            var film = Material.Iridescence()
            film.factor = try ext.float("iridescenceFactor") ?? 0
            film.texture = try textureInfo(ext["iridescenceTexture"])
            film.ior = try ext.float("iridescenceIor") ?? 1.3
            film.thickness.lowerBound = try ext.float("iridescenceThicknessMinimum") ?? 100
            film.thickness.upperBound = try ext.float("iridescenceThicknessMaximum") ?? 400
            film.thicknessTexture = try textureInfo(ext["iridescenceThicknessTexture"])
            material.iridescence = film
        }
        if let ext = cursor.extensionNamed("KHR_materials_dispersion") {
            material.dispersion = try ext.float("dispersion") ?? 0
        }
        if let ext = cursor.extensionNamed("KHR_materials_anisotropy") {
            var anisotropy = Material.Anisotropy()
            anisotropy.strength = try ext.float("anisotropyStrength") ?? 0
            anisotropy.rotation = try ext.float("anisotropyRotation") ?? 0
            anisotropy.texture = try textureInfo(ext["anisotropyTexture"])
            material.anisotropy = anisotropy
            if anisotropy.strength != 0 {
                note(
                    GLTFIssue.materialExtensionApproximated.diagnostic(
                        at: ext.pointer, "highlights are drawn isotropic, not stretched"))
            }
        }
    }

    /// Converts KHR_materials_pbrSpecularGlossiness (archived) as its appendix and glTF-Transform's `metalRough` do: a
    /// dielectric whose reflectance at normal incidence is the specular colour itself, which an index of refraction of
    /// 1000 gives KHR_materials_specular.
    private mutating func convert(_ old: JSONCursor, into material: inout Material) throws {
        material.baseColorFactor = try old.vector4("diffuseFactor") ?? SIMD4(repeating: 1)
        material.baseColorTexture = try textureInfo(old["diffuseTexture"])
        material.metallicFactor = 0
        material.metallicRoughnessTexture = nil
        let glossiness = clamp(try old.float("glossinessFactor") ?? 1, 0, 1)
        material.roughnessFactor = 1 - glossiness
        material.ior = 1000
        material.specularFactor = 1
        material.specularTexture = nil
        material.specularColorFactor = try old.vector3("specularFactor") ?? SIMD3(repeating: 1)
        material.specularColorTexture = try textureInfo(old["specularGlossinessTexture"])
        if let texture = material.specularColorTexture {
            material.glossiness = Material.Glossiness(factor: glossiness, texture: texture)
        }
        note(GLTFIssue.materialConverted.diagnostic(at: old.pointer))
    }
}
