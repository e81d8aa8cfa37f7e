import AvatariumCore
import GLTF

extension VRM1Reader {
    /// `VRMC_materials_mtoon` 1.0 of every material. Colours are linear in the file.
    func readToon(_ model: inout AvatarModel) {
        for (index, json) in document.cursor.list("materials").enumerated()
        where index < document.materials.count {
            guard let toon = json["extensions"]?["VRMC_materials_mtoon"] else { continue }
            model.toonMaterials[index] = toonMaterial(toon)
        }
    }

    private func toonMaterial(_ json: JSONCursor) -> ToonMaterial {
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
            json.string("outlineWidthMode").flatMap(ToonMaterial.OutlineWidthMode.init(rawValue:)) ?? .none
        toon.outlineWidth = json.number("outlineWidthFactor") ?? toon.outlineWidth
        toon.outlineWidthTexture = texture(json["outlineWidthMultiplyTexture"])
        toon.outlineColor = json.vector3("outlineColorFactor") ?? toon.outlineColor
        toon.outlineLightingMix = json.number("outlineLightingMixFactor") ?? toon.outlineLightingMix
        toon.transparentWithZWrite = json.bool("transparentWithZWrite") ?? false
        toon.renderQueueOffset = clamp(json["renderQueueOffsetNumber"]?.value.int ?? 0, -9, 9)
        toon.uvAnimationMaskTexture = texture(json["uvAnimationMaskTexture"])
        toon.uvScrollSpeed = SIMD2(
            json.number("uvAnimationScrollXSpeedFactor") ?? 0,
            json.number("uvAnimationScrollYSpeedFactor") ?? 0)
        toon.uvRotationSpeed = json.number("uvAnimationRotationSpeedFactor") ?? 0
        return toon
    }

    /// A textureInfo with KHR_texture_transform.
    private func texture(_ json: JSONCursor?) -> TextureInfo? {
        guard let json, let index = json.index("index", below: document.textures.count) else { return nil }
        var info = TextureInfo(texture: index)
        info.texCoord = clamp(json["texCoord"]?.value.int ?? 0, 0, 7)
        info.scale = json.number("scale") ?? 1
        if let transform = json["extensions"]?["KHR_texture_transform"] {
            info.offset = transform.vector2("offset") ?? .zero
            info.uvScale = transform.vector2("scale") ?? SIMD2(repeating: 1)
            info.rotation = transform.number("rotation") ?? 0
            info.texCoord = clamp(transform["texCoord"]?.value.int ?? info.texCoord, 0, 7)
        }
        return document.inKeptSets(info)
    }
}
