import AvatariumCore
import GLES
import Geometry
import VRM

/// Uploads what a scene draws.
struct SceneBuilder {
    let context: Context
    let programs: ProgramCache
    let blueprint: SceneBlueprint
    let look: RenderLook
    let samples: Int
    let hasEnvironment: Bool
    let constants: ShaderConstants

    func build() throws -> [DrawItem] {
        let textures = blueprint.images.upload(context)
        return try blueprint.items.map { try item($0, textures) }
    }

    private func item(
        _ item: SceneBlueprint.Item, _ library: [TextureImages.Key: GLES.Texture]
    ) throws -> DrawItem {
        var surface = item.surface
        let lights = blueprint.lights
        surface.key.usesAlphaToCoverage = samples > 1
        surface.key.hasEnvironment = hasEnvironment && !surface.key.isToon
        surface.key.lightCount = surface.key.isLit && !surface.key.isToon ? lights.count : 0
        // Toon colours are meant to be seen as they are painted.
        surface.key.toneMap = surface.key.isToon ? .linear : look.toneMap
        let key = surface.key
        var outline: Program?
        if key.isToon, key.alpha != .blend, surface.hasOutline {
            var hull = key
            hull.isOutline = true
            outline = try programs.program(hull, constants)
        }
        var textures: [(unit: Int, texture: GLES.Texture)] = []
        for (unit, slot) in ShaderKey.Slot.allCases.enumerated()
        where key.uvOfSlot[slot] != nil || (slot == .matcap && key.hasMatcap) {
            if let info = surface.textures[slot], let key = blueprint.images.key(info, slot.content),
                let texture = library[key]
            {
                textures.append((unit + 1, texture))
            }
        }
        let geometry = item.geometry
        return DrawItem(
            context, node: item.node, mesh: item.mesh,
            skin: geometry.isSkinned ? blueprint.model.document.nodes[item.node].skin : nil,
            material: item.material, geometry: geometry, surface: surface, parts: try parts(item, key),
            outline: outline, textures: textures)
    }

    private func parts(_ item: SceneBlueprint.Item, _ key: ShaderKey) throws -> [DrawItem.Part] {
        var vertexLit = key
        vertexLit.isVertexLit = true
        let count = item.geometry.indices.count
        let parts = [(vertexLit, 0..<item.steady), (key, item.steady..<count)].filter { !$0.1.isEmpty }
        return try parts.map { DrawItem.Part(program: try programs.program($0, constants), indices: $1) }
    }
}
