import AvatariumCore
import GLTF

extension VRM1Reader {
    /// `VRMC_materials_mtoon` 1.0 of every material. Colours are linear in the file.
    func readToon(_ model: inout AvatarModel) {
        for (index, json) in (document.json["materials"]?.array ?? []).enumerated()
        where index < document.materials.count {
            guard let toon = json["extensions"]?["VRMC_materials_mtoon"] else { continue }
            model.toonMaterials[index] = toonMaterial(toon)
        }
    }

    private func toonMaterial(_ json: JSON) -> ToonMaterial {
        var toon = ToonMaterial()
        toon.shadeColor = json.vector3("shadeColorFactor") ?? toon.shadeColor
        toon.shadeMultiplyTexture = texture(json["shadeMultiplyTexture"])
        toon.shadingShift = json.number("shadingShiftFactor") ?? toon.shadingShift
        toon.shadingShiftTexture = texture(json["shadingShiftTexture"])
        toon.shadingToony = json.number("shadingToonyFactor") ?? toon.shadingToony
        toon.giEqualization = json.number("giEqualizationFactor") ?? toon.giEqualization
        toon.matcapFactor = json.vector3("matcapFactor") ?? toon.matcapFactor
        toon.matcapTexture = texture(json["matcapTexture"])
        toon.rimColor = json.vector3("parametricRimColorFactor") ?? toon.rimColor
        toon.rimTexture = texture(json["rimMultiplyTexture"])
        toon.rimLightingMix = json.number("rimLightingMixFactor") ?? toon.rimLightingMix
        toon.rimFresnelPower = json.number("parametricRimFresnelPowerFactor") ?? toon.rimFresnelPower
        toon.rimLift = json.number("parametricRimLiftFactor") ?? toon.rimLift
        toon.outlineWidthMode =
            json["outlineWidthMode"]?.string.flatMap(ToonMaterial.OutlineWidthMode.init(rawValue:)) ?? .none
        toon.outlineWidth = json.number("outlineWidthFactor") ?? toon.outlineWidth
        toon.outlineWidthTexture = texture(json["outlineWidthMultiplyTexture"])
        toon.outlineColor = json.vector3("outlineColorFactor") ?? toon.outlineColor
        toon.outlineLightingMix = json.number("outlineLightingMixFactor") ?? toon.outlineLightingMix
        toon.transparentWithZWrite = json["transparentWithZWrite"]?.bool ?? false
        toon.renderQueueOffset = clamp(json["renderQueueOffsetNumber"]?.int ?? 0, -9, 9)
        toon.uvScrollSpeed = SIMD2(
            json.number("uvAnimationScrollXSpeedFactor") ?? 0,
            json.number("uvAnimationScrollYSpeedFactor") ?? 0)
        toon.uvRotationSpeed = json.number("uvAnimationRotationSpeedFactor") ?? 0
        toon.uvAnimationMaskTexture = texture(json["uvAnimationMaskTexture"])
        return toon
    }

    /// A textureInfo with KHR_texture_transform.
    private func texture(_ json: JSON?) -> TextureInfo? {
        guard let json, let index = json.index("index", below: document.textures.count) else { return nil }
        var info = TextureInfo(texture: index)
        info.texCoord = clamp(json["texCoord"]?.int ?? 0, 0, 7)
        info.scale = json.number("scale") ?? 1
        guard let transform = json["extensions"]?["KHR_texture_transform"] else { return info }
        let offset = transform.numbers("offset")
        let scale = transform.numbers("scale")
        if offset.count == 2 { info.offset = SIMD2(offset[0], offset[1]) }
        if scale.count == 2 { info.uvScale = SIMD2(scale[0], scale[1]) }
        info.rotation = transform.number("rotation") ?? 0
        info.texCoord = clamp(transform["texCoord"]?.int ?? info.texCoord, 0, 7)
        return info
    }
}
