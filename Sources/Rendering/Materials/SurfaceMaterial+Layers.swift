import AvatariumCore
import Foundation
import GLTF

/// KHR_materials_clearcoat, _sheen, _specular, _transmission, _volume, _dispersion and _iridescence; and the glossiness of
/// materials converted from KHR_materials_pbrSpecularGlossiness.
extension SurfaceMaterial {
    /// Layers without effect cost nothing: their code is left out of the shader.
    mutating func readLayers(_ material: Material, _ values: (TextureInfo) -> ChannelRange?) {
        if let coat = material.clearcoat, coat.factor > 0 {
            key.hasClearcoat = true
            layers[0] = SIMD4(
                min(coat.factor, 1), clamp(coat.roughness, 0, 1), coat.normalTexture?.scale ?? 1, 0)
            use(coat.texture, as: .coat, values)
            use(coat.roughnessTexture, as: .coatRoughness, values)
            use(coat.normalTexture, as: .coatNormal, values)
        }
        if let sheen = material.sheen, sheen.color != .zero {
            key.hasSheen = true
            layers[1] = SIMD4(sheen.color, clamp(sheen.roughness, 0, 1))
            use(sheen.colorTexture, as: .sheen, values)
            use(sheen.roughnessTexture, as: .sheenRoughness, values)
        }
        if let transmission = material.transmission, transmission.factor > 0, metallic < 1 {
            key.hasTransmission = true
            key.ignoresAlpha = key.alpha == .opaque
            key.alpha = .blend
            layers[0].w = clamp(material.ior, 1, 4)
            layers[2] = SIMD4(transmission.passing, min(transmission.factor, 1))
            layers[3].x = max(transmission.thickness, 0)
            use(transmission.texture, as: .transmission, values)
            if transmission.thickness > 0 {
                use(transmission.thicknessTexture, as: .thickness, values)
                key.hasDispersion = material.dispersion > 0
                layers[3].y = clamp(material.dispersion, 0, 10)
            }
        }
        if let film = material.iridescence, film.factor > 0 {
            key.hasIridescence = true
            use(film.texture, as: .film, values)
            use(film.thicknessTexture, as: .filmThickness, values)
            let thickest = max(film.thickness.upperBound, 0)
            layers[4] = SIMD4(
                min(film.factor, 1), clamp(film.ior, 1, 5),
                textures[.filmThickness] == nil ? thickest : max(film.thickness.lowerBound, 0), thickest)
        }
    }

    /// White textures are left out.
    mutating func readSpecular(_ material: Material, _ values: (TextureInfo) -> ChannelRange?) {
        guard material.specularFactor > 0 else { return }
        for (slot, info, channels) in [
            (ShaderKey.Slot.specular, material.specularTexture, [3]),
            (.specularColor, material.specularColorTexture, [0, 1, 2]),
        ] {
            guard let info, let range = values(info) else { continue }
            if channels.contains(where: { range.low[$0] < 255 }) { textures[slot] = info }
        }
        if let gloss = material.glossiness { use(gloss.texture, as: .gloss, values) }
    }

    private mutating func use(
        _ info: TextureInfo?, as slot: ShaderKey.Slot, _ values: (TextureInfo) -> ChannelRange?
    ) {
        if let info, values(info) != nil { textures[slot] = info }
    }
}

extension Material.Transmission {
    /// What the volume leaves of white light on its way through (KHR_materials_volume, Beer's law).
    var passing: SIMD3<Float> {
        guard thickness > 0, attenuationDistance.isFinite, attenuationDistance > 0 else {
            return SIMD3(repeating: 1)
        }
        let path = Double(thickness / attenuationDistance)
        return SIMD3(
            power(attenuationColor.x, path), power(attenuationColor.y, path), power(attenuationColor.z, path))
    }

    private func power(_ base: Float, _ exponent: Double) -> Float {
        base <= 0 ? 0 : Float(pow(Double(min(base, 1)), exponent))
    }
}
