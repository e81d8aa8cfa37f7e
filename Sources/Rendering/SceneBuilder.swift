import AvatariumCore
import GLES
import GLTF
import Geometry
import VRM

/// Decodes and uploads what a scene draws.
struct SceneBuilder {
    let context: Context
    let programs: ProgramCache
    let model: AvatarModel
    let settings: RenderSettings
    let samples: Int
    let hasEnvironment: Bool
    let lights: LightRig
    let constants: ShaderConstants

    private struct Job {
        var node: Int
        var mesh: Int
        var primitive: Int
    }

    func build() throws -> ([DrawItem], [Diagnostic]) {
        let document = model.document
        let jobs = visiblePrimitives(document)
        guard !jobs.isEmpty else {
            throw AvatariumError(
                .avatarModelInvalid, "the model's scene holds no mesh to draw; export it with its meshes",
                context: ["path": document.path, "rule": "NO_GEOMETRY", "pointer": "/meshes"])
        }
        let used = Set(jobs.compactMap { document.meshes[$0.mesh].primitives[$0.primitive].material })
        let infos = used.sorted().flatMap {
            textureInfos(document.materials[$0]) + textureInfos(model.toonMaterials[$0])
        }
        let library = TextureLibrary(
            context, document, textures: Set(infos.map(\.texture)), limit: textureLimit,
            quality: settings.quality)
        var materials: [Int?: SurfaceMaterial] = [nil: SurfaceMaterial(Material()) { _ in nil }]
        for index in used {
            var surface = SurfaceMaterial(
                document.materials[index], toon: model.toonMaterials[index], pixels: library.pixels)
            if settings.keyLight, !model.face.byName.isEmpty || !model.humanoid.isEmpty {
                surface.adaptToFace(name: document.materials[index].name ?? "")
            }
            materials[index] = surface
        }
        library.prepare(
            materials.values.flatMap { m in m.textures.map { ($0.value, $0.key.content) } })
        library.forgetPixels()
        let geometries = ConcurrentRows(count: jobs.count) { i in
            let job = jobs[i]
            let material = document.meshes[job.mesh].primitives[job.primitive].material
            let needsTangents =
                material.map {
                    document.materials[$0].normalTexture != nil
                        || document.materials[$0].clearcoat?.normalTexture != nil
                } ?? false
            return Result {
                try MeshGeometry(
                    document: document, mesh: job.mesh, primitive: job.primitive,
                    needsTangents: needsTangents)
            }
        }
        var items: [DrawItem] = []
        for (job, result) in zip(jobs, geometries.values) {
            let geometry = try result.get()
            guard !geometry.indices.isEmpty else { continue }
            let material = document.meshes[job.mesh].primitives[job.primitive].material
            guard let surface = materials[material] ?? materials[nil] else { continue }
            items.append(try item(job, material, geometry, surface, library))
        }
        return (items, library.diagnostics)
    }

    private func item(
        _ job: Job, _ material: Int?, _ geometry: MeshGeometry, _ base: SurfaceMaterial,
        _ library: TextureLibrary
    ) throws -> DrawItem {
        var surface = base
        let isChanged = material.map(changedMaterials.contains) ?? false
        surface.considerAlpha(vertexAlpha: geometry.colors.map(\.w).min() ?? 1, isChanged: isChanged)
        var key = surface.key
        if geometry.normals.isEmpty {
            key.isLit = false
            key.isToon = false
        }
        if geometry.tangents.isEmpty {
            for slot in [ShaderKey.Slot.normal, .coatNormal] {
                key.uvOfSlot[slot] = nil
                surface.textures[slot] = nil
            }
        }
        key.hasTransmission = key.hasTransmission && key.isLit
        key.hasVertexColors = !geometry.colors.isEmpty
        key.isWorldSpace = geometry.isSkinned
        key.usesAlphaToCoverage = samples > 1
        key.hasEnvironment = hasEnvironment && !key.isToon
        key.lightCount = key.isLit && !key.isToon ? lights.count : 0
        key.hasPunctualLights = key.isLit && lights.hasPunctual
        // Toon colours are meant to be seen as they are painted.
        key.toneMap = key.isToon ? .none : settings.toneMap
        key.hasBaseFactor = isChanged || surface.baseColor != SIMD4(repeating: 1)
        key.isEmissive = isChanged || surface.emissive != .zero
        surface.key = key
        var geometry = geometry
        let parts = try parts(&geometry, surface)
        var outline: Program?
        if key.isToon, key.alpha != .blend, surface.hasOutline {
            var hull = key
            hull.isOutline = true
            outline = try programs.program(hull, constants)
        }
        var textures: [(unit: Int, texture: GLES.Texture)] = []
        for (unit, slot) in ShaderKey.Slot.allCases.enumerated()
        where key.uvOfSlot[slot] != nil || (slot == .matcap && key.hasMatcap) {
            if let info = surface.textures[slot], let texture = library.texture(info, slot.content) {
                textures.append((unit + 1, texture))
            }
        }
        let node = model.document.nodes[job.node]
        return DrawItem(
            context, node: job.node, mesh: job.mesh, skin: geometry.isSkinned ? node.skin : nil,
            material: material, geometry: geometry, surface: surface, parts: parts,
            outline: outline, textures: textures)
    }

    /// Triangles lit at their vertices, and those that need light at each pixel. Where triangles are blended their
    /// order counts, so they stay together.
    private func parts(_ geometry: inout MeshGeometry, _ surface: SurfaceMaterial) throws -> [DrawItem.Part] {
        let count = geometry.indices.count
        let isSolid = surface.key.alpha != .blend
        var vertexLit = surface.key
        vertexLit.isVertexLit = true
        var steady = 0
        if surface.canBeVertexLit(surface.key, settings.quality) {
            if settings.quality == .draft {
                steady = count
            } else {
                var sorted = geometry
                steady = sorted.sortBySteadiness(
                    cosine: SurfaceMaterial.steadyCosine, edge: SurfaceMaterial.longestEdge)
                if isSolid { geometry = sorted } else if steady < count { steady = 0 }
            }
        }
        if isSolid, settings.quality != .high {
            geometry.orderForDrawing(0..<steady)
            geometry.orderForDrawing(steady..<count)
        }
        let parts = [(vertexLit, 0..<steady), (surface.key, steady..<count)].filter { !$0.1.isEmpty }
        return try parts.map { DrawItem.Part(program: try programs.program($0, constants), indices: $1) }
    }

    /// Those that an expression changes.
    private var changedMaterials: Set<Int> {
        Set(model.expressions.flatMap { $0.colors.map(\.material) })
    }

    /// Twice the picture's height is as much detail as a face that fills it can show.
    private var textureLimit: Int {
        var limit = 512
        while limit < 2 * max(settings.width, settings.height), limit < 4096 { limit *= 2 }
        return limit
    }

    private func textureInfos(_ m: Material) -> [TextureInfo] {
        [
            m.baseColorTexture, m.metallicRoughnessTexture, m.normalTexture, m.occlusionTexture,
            m.emissiveTexture, m.clearcoat?.texture, m.clearcoat?.roughnessTexture,
            m.clearcoat?.normalTexture, m.sheen?.colorTexture, m.sheen?.roughnessTexture, m.specularTexture,
            m.specularColorTexture, m.transmission?.texture, m.transmission?.thicknessTexture,
        ].compactMap { $0 }
    }

    private func textureInfos(_ m: ToonMaterial?) -> [TextureInfo] {
        [m?.shadeMultiplyTexture, m?.matcapTexture, m?.rimTexture, m?.shadingShiftTexture].compactMap { $0 }
    }

    private func visiblePrimitives(_ document: Document) -> [Job] {
        var jobs: [Job] = []
        for index in document.sceneNodes {
            guard let mesh = document.nodes[index].mesh else { continue }
            for (i, primitive) in document.meshes[mesh].primitives.enumerated()
            where primitive.attributes["POSITION"] != nil {
                jobs.append(Job(node: index, mesh: mesh, primitive: i))
            }
        }
        return jobs
    }
}
