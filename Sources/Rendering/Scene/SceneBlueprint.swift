import AvatariumCore
import GLES
import GLTF
import Geometry
import VRM

/// A model made ready for drawing as far as that needs no GL: images decoded, triangles sorted. Renderers that draw
/// the same look can share it.
package struct SceneBlueprint: Sendable {
    /// What of a look and of the limits decides the blueprint.
    package struct Key: Hashable, Sendable {
        /// Largest side of a texture, in pixels.
        var textureSide: Int
        var quality: Quality
        var keyLight: Bool
        var modelLights: Bool
        var faceMaterials: Bool
        var limits: RenderLimits

        package init(_ look: RenderLook, _ limits: RenderLimits = RenderLimits()) {
            // Twice the picture's height is as much detail as a face that fills it can show.
            textureSide = 512
            while textureSide < 2 * max(look.size.width, look.size.height), textureSide < limits.textureSide {
                textureSide *= 2
            }
            textureSide = min(textureSide, limits.textureSide)
            quality = look.quality
            keyLight = look.keyLight
            modelLights = look.modelLights
            faceMaterials = look.faceMaterials
            self.limits = limits
        }
    }

    /// One primitive of one mesh, as every node that shows it draws it.
    struct Item: Sendable {
        /// The nodes that show it.
        var nodes: [Int]
        var mesh: Int
        var material: Int?
        var geometry: MeshGeometry
        var surface: SurfaceMaterial
        /// Whether an expression changes the material.
        var isChanged: Bool
        /// `aFace` of the vertices (`surface.vert`), for the materials of faces; else empty.
        var face: [SIMD4<Float>] = []
        /// The first indices, whose triangles are lit at their vertices.
        var steady: Int
    }

    let model: AvatarModel
    let lights: LightRig
    private(set) var items: [Item] = []
    /// What the materials of a face know of its shape; nil for what has none.
    private(set) var face: FaceBake?
    /// What the vertices of each item know of their surroundings (`aFace` of `surface.vert`); empty where they need not.
    package var faceValues: [[SIMD4<Float>]] { items.map(\.face) }
    /// Whether the display transform of each item is computed at its vertices.
    package var areVertexToneMapped: [Bool] { items.map(\.surface.key.isVertexToneMapped) }
    /// How many places rays were cast from.
    package var facePointCount: Int { face?.pointCount ?? 0 }
    let images: TextureImages
    private(set) var diagnostics: [Diagnostic] = []

    /// - Throws: E024 for a model that cannot be drawn, `CancellationError`.
    package init(_ model: AvatarModel, _ key: Key) throws {
        self.model = model
        lights = LightRig(model.document, keyLight: key.keyLight, modelLights: key.modelLights)
        let document = model.document
        let jobs = Self.shownPrimitives(document)
        guard !jobs.isEmpty else {
            throw AvatariumError(
                .avatarModelInvalid, "the model's scene contains no mesh to draw; export it with its meshes",
                context: ["path": document.path, "rule": "NO_GEOMETRY", "pointer": "/meshes"])
        }
        let plan = Plan(model, jobs, key)
        let size = plan.bytes
        guard size <= key.limits.sceneBytes else {
            throw AvatariumError(
                .avatarModelInvalid,
                "drawing the model takes about \(size >> 20) MiB; the limit is \(key.limits.sceneBytes >> 20) MiB: "
                    + "give it fewer vertices or smaller textures",
                context: ["path": document.path, "rule": "SCENE_TOO_LARGE", "pointer": "/meshes"])
        }
        let used = plan.materials
        var images = try TextureImages(document, plan.textures, key)
        var materials: [Int?: SurfaceMaterial] = [nil: SurfaceMaterial(Material()) { _ in nil }]
        for index in used {
            materials[index] = SurfaceMaterial(
                document.materials[index], toon: model.toonMaterials[index], range: images.range)
        }
        try images.reduce(Set(materials.values.flatMap(\.textureUses)))
        self.images = images
        diagnostics = images.diagnostics + lights.diagnostics
        let geometries = try ConcurrentRows(count: jobs.count, cancellable: true) { i in
            let job = jobs[i]
            let material = document.meshes[job.mesh].primitives[job.primitive].material
            return Result {
                try MeshGeometry(
                    document: document, mesh: job.mesh, primitive: job.primitive,
                    tangentSet: material.flatMap { document.materials[$0].normalMapSet },
                    isSkinned: job.nodes.contains { document.nodes[$0].skin != nil })
            }
        }
        let changed = Set(model.expressions.flatMap { $0.colors.map(\.material) })
        for (job, result) in zip(jobs, geometries.values) {
            let geometry = try result.get()
            guard !geometry.indices.isEmpty else { continue }
            let material = document.meshes[job.mesh].primitives[job.primitive].material
            guard var surface = materials[material] ?? materials[nil] else { continue }
            let place = FaceParts.Place(mesh: job.mesh, primitive: job.primitive)
            if key.faceMaterials, let found = model.faceParts.byPlace[place] {
                let looks = images.small(surface.textures[.base])
                surface.adaptToFace(found.part, isNamed: found.source != .mesh, picture: looks)
            }
            var item = Item(
                nodes: job.nodes, mesh: job.mesh, material: material, geometry: geometry, surface: surface,
                isChanged: material.map(changed.contains) ?? false, steady: 0)
            item.fitSurface(hasPunctualLights: lights.hasPunctual)
            items.append(item)
        }
        let pictures = images
        face = try FaceBake(model, items, key: LightRig.keyDirection) { (surface: SurfaceMaterial) in
            pictures.small(surface.textures[.base])
        }
        for (i, values) in (face?.values ?? []).enumerated() {
            items[i].face = values
            items[i].surface.key.hasFace = !values.isEmpty && items[i].surface.key.isLit
            if values.isEmpty { items[i].surface.leaveFace() }
        }
        if face == nil { for i in items.indices { items[i].surface.leaveFace() } }
        var budget = MaterialBudget(items.lazy.map(\.surface), limit: key.limits.materialKinds)
        for i in items.indices {
            try Task.checkCancellation()
            budget.fit(&items[i].surface, material: items[i].material)
            items[i].sort(key.quality)
            if key.quality == .draft, items[i].steady > 0 {
                items[i].surface.toneMapAtVertices(
                    items[i].geometry, texture: images.small(items[i].surface.textures[.base]))
            }
        }
        diagnostics += budget.diagnostics
    }

    /// A primitive and the nodes that show it.
    private struct Job {
        var mesh: Int
        var primitive: Int
        var nodes: [Int]
    }

    private static func shownPrimitives(_ document: Document) -> [Job] {
        var nodes: [Int: [Int]] = [:]
        var order: [Int] = []
        for index in document.shownNodes {
            guard let mesh = document.nodes[index].mesh else { continue }
            if nodes[mesh] == nil { order.append(mesh) }
            nodes[mesh, default: []].append(index)
        }
        return order.flatMap { mesh in
            document.meshes[mesh].primitives.indices.compactMap { i in
                document.meshes[mesh].primitives[i].attributes["POSITION"] == nil
                    ? nil : Job(mesh: mesh, primitive: i, nodes: nodes[mesh] ?? [])
            }
        }
    }

    private static func textureUses(_ model: AvatarModel, _ materials: Set<Int>) -> Set<TextureUse> {
        Set(
            materials.flatMap { index in
                SurfaceMaterial.slots(model.document.materials[index], model.toonMaterials[index])
                    .map { TextureUse(info: $1, content: $0.content) }
            })
    }

    /// Bytes that drawing a model takes beside the encoder's and the model's own, from its headers alone: textures as they
    /// are decoded, kept and uploaded, vertices, programs, and what is drawn to. For planning; measured peaks lie below.
    package static func estimatedBytes(
        _ model: AvatarModel, _ look: RenderLook, limits: RenderLimits = RenderLimits()
    ) -> Int {
        let pixels = look.size.width * look.size.height
        let target = pixels * 8 * (look.samples > 1 ? look.samples + 1 : 1)
        return Plan(model, shownPrimitives(model.document), Key(look, limits)).bytes + target
    }

    /// What a blueprint will hold, from the model's headers alone.
    private struct Plan {
        /// The materials that are seen.
        let materials: Set<Int>
        let textures: TexturePlan
        /// Bytes of all but the picture.
        let bytes: Int

        init(_ model: AvatarModel, _ jobs: [Job], _ key: Key) {
            let document = model.document
            let primitives = jobs.map { document.meshes[$0.mesh].primitives[$0.primitive] }
            materials = Set(primitives.compactMap(\.material))
            textures = TexturePlan(document, SceneBlueprint.textureUses(model, materials), key)
            var vertices = 0
            for (job, primitive) in zip(jobs, primitives) {
                let count = primitive.attributes["POSITION"].map { document.accessors[$0].count } ?? 0
                // Read, deformed and uploaded; and the indices in two copies.
                vertices +=
                    count * (primitive.targets.isEmpty ? 200 : 400) * max(1, min(job.nodes.count, 1 << 16))
                vertices += (primitive.indices.map { document.accessors[$0].count } ?? count) * 8
            }
            let programs = min(materials.count * 2 + 1, key.limits.materialKinds * 2) << 20
            bytes = 2 * textures.bytes + 2 * textures.largestDecodeBytes + vertices + programs
        }
    }
}

extension Document {
    /// Nodes of the shown scene whose mesh is in the picture, in the order of `sceneNodes`.
    fileprivate var shownNodes: [Int] {
        var hidden: Set<Int> = []
        return sceneNodes.filter { index in
            let node = nodes[index]
            // Parents come before their children.
            if !node.isVisible || node.parent.map(hidden.contains) == true {
                hidden.insert(index)
                return false
            }
            return !node.hidesMesh
        }
    }
}

extension Material {
    /// The texture coordinates along which tangents lie.
    fileprivate var normalMapSet: Int? { (normalTexture ?? clearcoat?.normalTexture)?.texCoord }
}

/// Bounds the programs that a scene compiles: llvmpipe takes 0.1 to 0.3 s of a core and a megabyte for each.
struct MaterialBudget {
    private let limit: Int
    /// Materials that are alike but for which of their textures share coordinates: as many kinds as there are ways to
    /// share them, or one where each texture has coordinates of its own.
    private var varied: Set<ShaderKey> = []
    private var kinds: Set<ShaderKey> = []
    private var simplified: Set<Int> = []

    /// More ways to share coordinates than this become one kind.
    private static let mostPartitions = 2

    init(_ surfaces: some Sequence<SurfaceMaterial>, limit: Int) {
        self.limit = max(2, limit)
        var partitions: [ShaderKey: Set<ShaderKey>] = [:]
        for var surface in surfaces {
            let key = surface.key
            surface.separateUVSets()
            partitions[surface.key, default: []].insert(key)
        }
        varied = Set(partitions.lazy.filter { $0.value.count > Self.mostPartitions }.map(\.key))
    }

    /// Makes the surface one of the known kinds where there are too many: what comes last keeps only its base texture.
    mutating func fit(_ surface: inout SurfaceMaterial, material: Int?) {
        if kinds.contains(surface.key) { return }
        var separate = surface
        separate.separateUVSets()
        if varied.contains(separate.key) { surface = separate }
        if kinds.count >= limit, !kinds.contains(surface.key) {
            surface.simplify()
            if let material { simplified.insert(material) }
            return
        }
        kinds.insert(surface.key)
    }

    var diagnostics: [Diagnostic] {
        guard let first = simplified.min() else { return [] }
        return [
            Diagnostic(
                .warning, "MATERIAL_SIMPLIFIED", pointer: "/materials/\(first)",
                "\(simplified.count) materials are drawn with their base colour alone, since the scene has more "
                    + "than \(limit) kinds of materials")
        ]
    }
}

extension SceneBlueprint.Item {
    /// What the mesh lacks, its material does without.
    fileprivate mutating func fitSurface(hasPunctualLights: Bool) {
        // MToon ignores colours of vertices.
        if surface.key.isToon { geometry.colors = [] }
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
                steady = sorted.partitionByNormalVariation(
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
