import AvatariumCore
import GLTF
import VRM

/// Moves the textures of MToon materials with time (VRMC_materials_mtoon 1.0, "UV animation"): scrolling, as an offset
/// of the whole material.
struct UVAnimationPlayer: Sendable {
    private let scrolls: [(material: Int, scroll: SIMD2<Float>)]

    init(_ model: AvatarModel) {
        scrolls = model.toonMaterials.sorted { $0.key < $1.key }.compactMap { index, toon in
            // Where a mask holds parts still, moving all of it would be wrong.
            guard toon.uvAnimation.mask == nil, toon.uvAnimation.scroll != .zero,
                model.document.materials.indices.contains(index)
            else { return nil }
            let scale = model.document.materials[index].baseColorTexture?.uvScale ?? SIMD2(repeating: 1)
            return (index, toon.uvAnimation.scroll * scale)
        }
    }

    /// Returns the changes of materials with what time adds.
    func adding(
        to changes: [Int: MaterialOverride], atSeconds seconds: Double
    ) -> [Int: MaterialOverride] {
        guard !scrolls.isEmpty else { return changes }
        var changes = changes
        for (material, scroll) in scrolls {
            var change = changes[material] ?? MaterialOverride()
            change.textureOffset = (change.textureOffset ?? .zero) + scroll * Float(seconds)
            changes[material] = change
        }
        return changes
    }
}
