import AvatariumCore
import GLES
import Geometry
import VRM

/// Uploads what a scene draws.
final class SceneBuilder {
    let context: Context
    let programs: ProgramCache
    let blueprint: SceneBlueprint
    let look: RenderLook
    let samples: Int
    let hasEnvironment: Bool
    let constants: ShaderConstants
    /// The scene's own programs; `programs` may forget some of them meanwhile.
    private var known: [ShaderKey: Program] = [:]

    init(
        context: Context, programs: ProgramCache, blueprint: SceneBlueprint, look: RenderLook, samples: Int,
        hasEnvironment: Bool, constants: ShaderConstants
    ) {
        self.context = context
        self.programs = programs
        self.blueprint = blueprint
        self.look = look
        self.samples = samples
        self.hasEnvironment = hasEnvironment
        self.constants = constants
    }

    private func program(_ key: ShaderKey) throws -> Program {
        if let program = known[key] { return program }
        let program = try programs.program(key, constants)
        known[key] = program
        return program
    }

    /// One item for each node and primitive, in the order of the scene's nodes.
    func build() throws -> [DrawItem] {
        let textures = TextureLibrary(context, blueprint.images)
        var positions: [Int: Int] = [:]
        for (i, node) in blueprint.model.document.sceneNodes.enumerated() { positions[node] = i }
        var found: [(place: Int, item: DrawItem)] = []
        for (i, item) in blueprint.items.enumerated() {
            try Task.checkCancellation()
            for drawn in try items(i, item, textures) { found.append((positions[drawn.node] ?? 0, drawn)) }
        }
        return found.enumerated().sorted { ($0.element.place, $0.offset) < ($1.element.place, $1.offset) }
            .map(\.element.item)
    }

    private func items(
        _ source: Int, _ item: SceneBlueprint.Item, _ library: TextureLibrary
    ) throws -> [DrawItem] {
        var surface = item.surface
        let lights = blueprint.lights
        surface.key.usesAlphaToCoverage = samples > 1
        surface.key.hasEnvironment = hasEnvironment
        surface.key.hasKeyLight = look.keyLight && surface.key.hasFace
        surface.key.lightCount = surface.key.isLit ? lights.count : 0
        // Toon colours are meant to be seen as they are painted, so light alone changes them.
        surface.key.toneMap = surface.key.isToon ? .linear : look.toneMap
        let key = surface.key
        var outline: Program?
        if key.isToon, key.alpha != .blend, surface.hasOutline {
            var hull = key
            hull.isOutline = true
            outline = try program(hull)
        }
        var textures: [(unit: Int, texture: GLES.Texture)] = []
        for (unit, slot) in ShaderKey.Slot.allCases.enumerated()
        where key.uvOfSlot[slot] != nil || (slot == .matcap && key.hasMatcap) {
            // What is interpolated between encoded colours reads texels as they are stored.
            let isDecoded = !(slot == .base && key.isVertexToneMapped)
            if let info = surface.textures[slot],
                let texture = library.texture(info, slot.content, isDecoded: isDecoded)
            {
                textures.append((unit + 1, texture))
            }
        }
        let parts = try parts(item, key)
        // Nodes share a mesh that no pose changes.
        var shared: DrawMesh?
        return item.nodes.map { node in
            let mesh = shared ?? DrawMesh(context, item.geometry, surface, face: item.face)
            if !mesh.isDeformed { shared = mesh }
            return DrawItem(
                context, source: source, node: node,
                skin: item.geometry.isSkinned ? blueprint.model.document.nodes[node].skin : nil,
                material: item.material, mesh: mesh, surface: surface, parts: parts, outline: outline,
                textures: textures)
        }
    }

    private func parts(_ item: SceneBlueprint.Item, _ key: ShaderKey) throws -> [DrawItem.Part] {
        var vertexLit = key
        vertexLit.isVertexLit = true
        let count = item.geometry.indices.count
        let parts = [(vertexLit, 0..<item.steady), (key, item.steady..<count)].filter { !$0.1.isEmpty }
        return try parts.map { DrawItem.Part(program: try program($0), indices: $1) }
    }
}
