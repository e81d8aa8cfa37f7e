import AvatariumCore
import GLTF

extension VRM0Reader {
    /// `materialProperties`: one for each material, in order. Conversions follow UniVRM's migration to MToon 1.0.
    func readMaterials(_ vrm: JSONCursor, _ model: inout AvatarModel) {
        for (index, json) in vrm.list("materialProperties").enumerated()
        where index < document.materials.count {
            switch json.string("shader") {
            case "VRM/MToon": model.toonMaterials[index] = toonMaterial(json)
            case "VRM/UnlitTexture", "VRM/UnlitCutout", "VRM/UnlitTransparent",
                "VRM/UnlitTransparentZWrite":
                model.document.materials[index].unlit = true
            default: break
            }
        }
    }

    private func toonMaterial(_ json: JSONCursor) -> ToonMaterial {
        var toon = ToonMaterial()
        func value(_ key: String, _ fallback: Float) -> Float {
            json["floatProperties"]?.number(key) ?? fallback
        }
        func color(_ key: String, _ fallback: SIMD3<Float>) -> SIMD3<Float> {
            (json["vectorProperties"]?.vector3(key)).map(SRGB.decoded) ?? fallback
        }
        func texture(_ key: String) -> TextureInfo? {
            json["textureProperties"]?.index(key, below: document.textures.count).map {
                mainTransform(json, TextureInfo(texture: $0))
            }
        }
        toon.shadeColor = color("_ShadeColor", SIMD3(0.97, 0.81, 0.86))
        toon.shadeMultiplyTexture = texture("_ShadeTexture")
        // The ramp from shift to mix(1, shift, toony), as 1.0's centre and width.
        let low = value("_ShadeShift", 0)
        let high = mix(1, low, value("_ShadeToony", 0.9))
        toon.shadingToony = clamp((2 - (high - low)) / 2, 0, 1)
        toon.shadingShift = clamp(-(high + low) / 2, -1, 1)
        toon.giEqualization = clamp(1 - value("_IndirectLightIntensity", 0.1), 0, 1)
        toon.matcapTexture = texture("_SphereAdd")
        toon.rimColor = color("_RimColor", .zero)
        toon.rimTexture = texture("_RimTexture")
        toon.rimLightingMix = value("_RimLightingMix", 0)
        toon.rimFresnelPower = value("_RimFresnelPower", 1)
        toon.rimLift = value("_RimLift", 0)
        switch value("_OutlineWidthMode", 0) {
        case 1:
            toon.outlineWidthMode = .worldCoordinates
            // Centimetres in 0.x.
            toon.outlineWidth = value("_OutlineWidth", 0.5) / 100
        case 2:
            toon.outlineWidthMode = .screenCoordinates
            // Per cent of half the screen's height in 0.x.
            toon.outlineWidth = value("_OutlineWidth", 0.5) / 200
        default: break
        }
        toon.outlineWidthTexture = texture("_OutlineWidthTexture")
        toon.outlineColor = color("_OutlineColor", .zero)
        toon.outlineLightingMix =
            value("_OutlineColorMode", 0) == 1 ? value("_OutlineLightingMix", 1) : 0
        toon.transparentWithZWrite = value("_BlendMode", 0) == 3
        toon.uvAnimationMaskTexture = texture("_UvAnimMaskTexture")
        // The texture's origin is at the bottom left in 0.x, and it turns in turns, not radians.
        toon.uvScrollSpeed = SIMD2(value("_UvAnimScrollX", 0), -value("_UvAnimScrollY", 0))
        toon.uvRotationSpeed = value("_UvAnimRotation", 0) * 2 * .pi
        return toon
    }

    /// 0.x has one texture transform for the whole material, with the origin at the bottom left.
    private func mainTransform(_ json: JSONCursor, _ info: TextureInfo) -> TextureInfo {
        guard let st = json["vectorProperties"]?.numbers("_MainTex"), st.count == 4, st[2] != 0, st[3] != 0
        else { return info }
        var copy = info
        copy.uvScale = SIMD2(st[2], st[3])
        copy.offset = SIMD2(st[0], 1 - st[3] - st[1])
        return copy
    }
}
