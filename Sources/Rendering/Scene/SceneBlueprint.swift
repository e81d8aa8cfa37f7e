import AvatariumCore
import GLES
import GLTF
import Geometry
import VRM

/// A model made ready for drawing as far as that needs no GL: images decoded, triangles sorted. Renderers that draw
/// the same look can share it.
package struct SceneBlueprint: Sendable {
    /// What of a look decides the blueprint.
    package struct Key: Hashable, Sendable {
        /// Largest side of a texture, in pixels.
        var textureLimit: Int
        var quality: Quality
        var keyLight: Bool
        var modelLights: Bool
        var faceMaterials: Bool

        package init(_ look: RenderLook) {
            // Twice the picture's height is as much detail as a face that fills it can show.
            textureLimit = 512
            while textureLimit < 2 * max(look.size.width, look.size.height), textureLimit < 4096 {
                textureLimit *= 2
            }
            quality = look.quality
            keyLight = look.keyLight
            modelLights = look.modelLights
            faceMaterials = look.faceMaterials
        }
    }

    /// One primitive of one node.
    struct Item: Sendable {
        var node: Int
        var mesh: Int
        var material: Int?
        var geometry: MeshGeometry
        var surface: SurfaceMaterial
        /// Whether an expression changes the material.
        var isChanged: Bool
        /// The first indices, whose triangles are lit at their vertices.
        var steady: Int
    }

    let model: AvatarModel
    let lights: LightRig
    private(set) var items: [Item] = []
    let images: TextureImages
    private(set) var diagnostics: [Diagnostic] = []

    /// - Throws: E024 for a model that cannot be drawn.
    package init(_ model: AvatarModel, _ key: Key) throws {
        self.model = model
        lights = LightRig(model.document, keyLight: key.keyLight, modelLights: key.modelLights)
        let document = model.document
        let jobs = Self.visiblePrimitives(document)
        guard !jobs.isEmpty else {
            throw AvatariumError(
                .avatarModelInvalid, "the model's scene holds no mesh to draw; export it with its meshes",
                context: ["path": document.path, "rule": "NO_GEOMETRY", "pointer": "/meshes"])
        }
        let used = Set(jobs.compactMap { document.meshes[$0.mesh].primitives[$0.primitive].material })
        let infos = used.sorted().flatMap {
            Self.textureInfos(document.materials[$0]) + Self.textureInfos(model.toonMaterials[$0])
        }
        var images = TextureImages(document, textures: Set(infos.map(\.texture)))
        var materials: [Int?: SurfaceMaterial] = [nil: SurfaceMaterial(Material()) { _ in nil }]
        for index in used {
            var surface = SurfaceMaterial(
                document.materials[index], toon: model.toonMaterials[index], pixels: images.pixels)
            if key.faceMaterials, !model.face.byName.isEmpty || !model.humanoid.isEmpty {
                surface.adaptToFace(name: document.materials[index].name ?? "")
            }
            materials[index] = surface
        }
        images.reduce(
            materials.values.flatMap { m in m.textures.map { ($0.value, $0.key.content) } }, key)
        self.images = images
        diagnostics = images.diagnostics + lights.diagnostics
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
        let changed = Set(model.expressions.flatMap { $0.colors.map(\.material) })
        for (job, result) in zip(jobs, geometries.values) {
            let geometry = try result.get()
            guard !geometry.indices.isEmpty else { continue }
            let material = document.meshes[job.mesh].primitives[job.primitive].material
            guard let surface = materials[material] ?? materials[nil] else { continue }
            var item = Item(
                node: job.node, mesh: job.mesh, material: material, geometry: geometry, surface: surface,
                isChanged: material.map(changed.contains) ?? false, steady: 0)
            item.fitSurface(hasPunctualLights: lights.hasPunctual)
            item.sort(key.quality)
            items.append(item)
        }
    }

    private struct Job {
        var node: Int
        var mesh: Int
        var primitive: Int
    }

    private static func visiblePrimitives(_ document: Document) -> [Job] {
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

    private static func textureInfos(_ m: Material) -> [TextureInfo] {
        [
            m.baseColorTexture, m.metallicRoughnessTexture, m.normalTexture, m.occlusionTexture,
            m.emissiveTexture, m.clearcoat?.texture, m.clearcoat?.roughnessTexture,
            m.clearcoat?.normalTexture, m.sheen?.colorTexture, m.sheen?.roughnessTexture, m.specularTexture,
            m.specularColorTexture, m.transmission?.texture, m.transmission?.thicknessTexture,
        ].compactMap { $0 }
    }

    private static func textureInfos(_ m: ToonMaterial?) -> [TextureInfo] {
        [m?.shadeMultiplyTexture, m?.matcapTexture, m?.rimTexture, m?.shadingShiftTexture].compactMap { $0 }
    }
}

extension SceneBlueprint.Item {
    /// What the mesh lacks, its material does without.
    fileprivate mutating func fitSurface(hasPunctualLights: Bool) {
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
        key.hasPunctualLights = key.isLit && hasPunctualLights
        key.hasBaseFactor = isChanged || surface.baseColor != SIMD4(repeating: 1)
        key.isEmissive = isChanged || surface.emissive != .zero
        surface.key = key
    }

    /// Triangles lit at their vertices come first, then those that need light at each pixel. Where triangles are
    /// blended their order counts, so they stay together.
    fileprivate mutating func sort(_ quality: Quality) {
        let count = geometry.indices.count
        let isSolid = surface.key.alpha != .blend
        if surface.canBeVertexLit(surface.key, quality) {
            if quality == .draft {
                steady = count
            } else {
                var sorted = geometry
                steady = sorted.sortBySteadiness(
                    cosine: SurfaceMaterial.steadyCosine, edge: SurfaceMaterial.longestEdge)
                if isSolid { geometry = sorted } else if steady < count { steady = 0 }
            }
        }
        if isSolid, quality != .high {
            geometry.orderForDrawing(0..<steady)
            geometry.orderForDrawing(steady..<count)
        }
    }
}
