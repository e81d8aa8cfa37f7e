import AvatariumCore
import GLTF
import VRM

/// Adds up the material changes of a frame's expressions: each moves a value from the material's own towards its
/// target by its weight (VRMC_vrm 1.0, materialColorBinds and textureTransformBinds).
struct MaterialBlend {
    private let model: AvatarModel
    private(set) var overrides: [Int: MaterialOverride] = [:]
    private var transforms: [Int: Transform] = [:]

    init(_ model: AvatarModel) { self.model = model }

    mutating func add(_ expression: Expression, _ weight: Float) {
        guard weight > 0 else { return }
        for bind in expression.colors where model.document.materials.indices.contains(bind.material) {
            let material = model.document.materials[bind.material]
            let toon = model.toonMaterials[bind.material]
            let target = SIMD3(bind.target.x, bind.target.y, bind.target.z)
            var change = overrides[bind.material] ?? MaterialOverride()
            func moved(_ now: SIMD3<Float>?, _ own: SIMD3<Float>) -> SIMD3<Float> {
                (now ?? own) + (target - own) * weight
            }
            switch bind.kind {
            case .color:
                let own = material.baseColorFactor
                change.baseColor = (change.baseColor ?? own) + (bind.target - own) * weight
            case .emissionColor: change.emissive = moved(change.emissive, material.emissiveFactor)
            case .shadeColor:
                change.shadeColor = moved(change.shadeColor, toon?.shadeColor ?? SIMD3(repeating: 1))
            case .matcapColor:
                change.matcapColor = moved(change.matcapColor, toon?.matcapFactor ?? SIMD3(repeating: 1))
            case .rimColor: change.rimColor = moved(change.rimColor, toon?.rimColor ?? .zero)
            case .outlineColor:
                change.outlineColor = moved(change.outlineColor, toon?.outlineColor ?? .zero)
            }
            overrides[bind.material] = change
        }
        for bind in expression.textureTransforms
        where model.document.materials.indices.contains(bind.material) {
            let own = Transform(model.document.materials[bind.material].baseColorTexture)
            var now = transforms[bind.material] ?? own
            for axis in [bind.changesU ? 0 : nil, bind.changesV ? 1 : nil].compactMap({ $0 }) {
                now.scale[axis] += (bind.scale[axis] - own.scale[axis]) * weight
                now.offset[axis] += (bind.offset[axis] - own.offset[axis]) * weight
            }
            transforms[bind.material] = now
            var change = overrides[bind.material] ?? MaterialOverride()
            // The renderer applies the override after the texture's own transform.
            var scale = SIMD2<Float>(repeating: 1)
            for axis in 0..<2 where own.scale[axis] != 0 { scale[axis] = now.scale[axis] / own.scale[axis] }
            change.textureScale = scale
            change.textureOffset = now.offset - own.offset * scale
            overrides[bind.material] = change
        }
    }

    /// Scale and offset of a texture's coordinates.
    private struct Transform {
        var scale = SIMD2<Float>(repeating: 1)
        var offset = SIMD2<Float>.zero

        init(_ info: TextureInfo?) {
            guard let info else { return }
            scale = info.uvScale
            offset = info.offset
        }
    }
}
