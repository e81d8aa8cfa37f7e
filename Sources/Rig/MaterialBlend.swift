import AvatariumCore
import GLTF
import VRM

/// Adds up the material changes of a frame's expressions: each moves a value from the material's own towards its
/// target by its weight (VRMC_vrm 1.0, materialColorBinds and textureTransformBinds).
struct MaterialBlend {
    private let model: AvatarModel
    private(set) var overrides: [Int: MaterialOverride] = [:]

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
        for bind in expression.textureTransforms {
            var change = overrides[bind.material] ?? MaterialOverride()
            let one = SIMD2<Float>(repeating: 1)
            change.textureScale = (change.textureScale ?? one) + (bind.scale - one) * weight
            change.textureOffset = (change.textureOffset ?? .zero) + bind.offset * weight
            overrides[bind.material] = change
        }
    }
}
