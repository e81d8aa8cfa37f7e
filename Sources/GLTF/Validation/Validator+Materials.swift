import AvatariumCore

/// Textures of materials, and what their extensions ask of the material as a whole.
extension Validator {
    func linkMaterial(_ i: Int, _ json: JSON) {
        graph.materials[i]?.hasNormalTexture = json["normalTexture"]?.object != nil
        linkTextures(of: json, .material, material: i)
        guard let extensions = json["extensions"]?.object else { return }
        for name in extensions.keys where extensionsKnown.contains(name) {
            guard let inner = extensions[name] else { continue }
            within("extensions") { within(name) { checkMaterialExtension(name, inner, json, i) } }
        }
    }

    private func linkTextures(of json: JSON, _ kind: ObjectKind, material i: Int) {
        for property in Schema.properties(of: kind) {
            guard case .object(let inner) = property.rule, let value = json[property.name],
                value.object != nil
            else { continue }
            within(property.name) {
                switch inner {
                case .textureInfo, .normalTextureInfo, .occlusionTextureInfo:
                    linkTextureInfo(value, inner, material: i)
                default: linkTextures(of: value, inner, material: i)
                }
            }
        }
        guard let extensions = json["extensions"]?.object else { return }
        for name in extensions.keys where extensionsKnown.contains(name) {
            guard let inner = Schema.placements[name]?[kind], let value = extensions[name] else { continue }
            within("extensions") { within(name) { linkTextures(of: value, inner, material: i) } }
        }
    }

    private func linkTextureInfo(_ json: JSON, _ kind: ObjectKind, material i: Int) {
        resolve(json, "index", in: "textures") { exists("textures", $0) }
        if let set = json["texCoord"] == nil ? 0 : json.integer("texCoord") {
            graph.materials[i]?.texCoords.append((pointer(nil), set))
        }
        if kind == .normalTextureInfo { graph.materials[i]?.needsTangents = true }
        let name = "KHR_texture_transform"
        guard extensionsKnown.contains(name), let transform = json["extensions"]?[name],
            let set = transform.integer("texCoord")
        else { return }
        graph.materials[i]?.texCoords.append((pointer("extensions") + "/" + name, set))
    }

    private func checkMaterialExtension(_ name: String, _ json: JSON, _ material: JSON, _ i: Int) {
        let others = material["extensions"]?.object?.keys ?? []
        func differsFromNormalTexture(_ texture: JSON) -> Bool {
            guard let normal = material["normalTexture"], normal.object != nil else { return false }
            return normal.integer("texCoord") ?? 0 != texture.integer("texCoord") ?? 0
        }
        switch name {
        case "KHR_materials_anisotropy":
            guard let texture = json["anisotropyTexture"], texture.object != nil else { return }
            graph.materials[i]?.needsTangents = true
            if differsFromNormalTexture(texture) {
                report(
                    .khrMaterialsAnisotropyAnisotropyTextureTexcoord, "anisotropyTexture")
            }
        case "KHR_materials_clearcoat":
            guard let texture = json["clearcoatNormalTexture"], texture.object != nil else { return }
            if differsFromNormalTexture(texture) {
                report(
                    .khrMaterialsClearcoatClearcoatNormalTextureTexcoord, "clearcoatNormalTexture")
            }
        case "KHR_materials_dispersion":
            if !others.contains("KHR_materials_volume") {
                report(.khrMaterialsDispersionNoVolume)
            }
        case "KHR_materials_emissive_strength":
            guard let strength = json["emissiveStrength"]?.double, strength >= 0, strength != 1 else {
                return
            }
            if material.numberList("emissiveFactor", count: 3) ?? [0, 0, 0] == [0, 0, 0] {
                report(
                    .khrMaterialsEmissiveStrengthZeroFactor)
            }
        case "KHR_materials_volume":
            let mayTransmit = others.contains {
                $0 == "KHR_materials_transmission" || !extensionsKnown.contains($0)
            }
            if !mayTransmit {
                report(
                    .khrMaterialsVolumeNoTransmission)
            }
            if material["doubleSided"]?.bool ?? false, json["thicknessFactor"]?.double ?? 0 > 0 {
                report(.khrMaterialsVolumeDoubleSided)
            }
        default: break
        }
    }
}
