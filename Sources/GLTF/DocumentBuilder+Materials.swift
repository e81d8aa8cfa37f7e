import AvatariumCore

extension DocumentBuilder {
    mutating func readMaterials() throws {
        for cursor in try root.objects("materials") {
            var material = Material()
            try readCore(cursor, into: &material)
            try readExtensions(cursor, into: &material)
            document.materials.append(material)
        }
    }

    private func readCore(_ cursor: Cursor, into material: inout Material) throws {
        material.name = try cursor.string("name")
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

    private func readExtensions(_ cursor: Cursor, into material: inout Material) throws {
        material.unlit = cursor.extensionNamed("KHR_materials_unlit") != nil
        if let ext = cursor.extensionNamed("KHR_materials_emissive_strength") {
            material.emissiveStrength = try ext.float("emissiveStrength") ?? 1
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
}
