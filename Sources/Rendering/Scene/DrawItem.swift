import AvatariumCore
import GLES
import GLTF
import Geometry

/// The vertices of one primitive on the GPU, as the last pose has them.
final class DrawMesh {
    private(set) var deformer: MeshDeformer
    /// Whether poses change the vertices.
    let isDeformed: Bool
    private let vertices: Buffer
    private let array: VertexArray
    private let primitive: VertexArray.Primitive
    private let hasTangents: Bool

    /// - Parameter face: `aFace` of the vertices; empty where the material does without.
    init(_ context: Context, _ geometry: MeshGeometry, _ surface: SurfaceMaterial, face: [SIMD4<Float>]) {
        deformer = MeshDeformer(geometry)
        hasTangents = surface.key.needsTangents && !geometry.tangents.isEmpty
        isDeformed = geometry.isSkinned || geometry.isMorphed
        let count = geometry.vertexCount
        let stride = MemoryLayout<DeformedVertex>.stride
        vertices = Buffer(context, byteCount: count * (stride + (hasTangents ? 16 : 0)))
        let indices = Buffer(context, .indices, geometry.indices)
        var attributes = [
            VertexArray.Attribute(location: 0, components: 3, buffer: vertices, stride: stride),
            VertexArray.Attribute(location: 1, components: 3, buffer: vertices, offset: 16, stride: stride),
        ]
        if hasTangents {
            attributes.append(
                .init(
                    location: 2, components: 4, buffer: vertices, offset: count * stride, stride: 16))
        }
        let sets = Set(surface.uvSets.map(\.texCoord))
        if sets.contains(0), !geometry.uv0.isEmpty {
            let uv = Buffer(context, .vertices, geometry.uv0)
            attributes.append(.init(location: 3, components: 2, buffer: uv, stride: 8))
        }
        if sets.contains(1), !geometry.uv1.isEmpty {
            let uv = Buffer(context, .vertices, geometry.uv1)
            attributes.append(.init(location: 4, components: 2, buffer: uv, stride: 8))
        }
        if !geometry.colors.isEmpty {
            let colors = Buffer(context, .vertices, geometry.colors)
            attributes.append(.init(location: 5, components: 4, buffer: colors, stride: 16))
        }
        if !face.isEmpty {
            let values = Buffer(context, .vertices, face)
            attributes.append(.init(location: 6, components: 4, buffer: values, stride: 16))
        }
        array = VertexArray(context, attributes, indices: indices)
        primitive =
            switch geometry.topology {
            case .triangles: .triangles
            case .lines: .lines
            case .points: .points
            }
    }

    /// Brings the vertices to a pose.
    /// - Returns: Whether they were elsewhere.
    func update(weights: [Float], palette: [Matrix4]) throws -> Bool {
        guard deformer.needsUpdate(weights: weights, palette: palette) else { return false }
        let split = deformer.geometry.vertexCount * MemoryLayout<DeformedVertex>.stride
        try vertices.rewrite { memory in
            let main = UnsafeMutableRawBufferPointer(rebasing: memory[..<split])
            let rest = UnsafeMutableRawBufferPointer(rebasing: memory[split...])
            deformer.deform(
                weights: weights, palette: palette, into: main.bindMemory(to: DeformedVertex.self),
                tangents: hasTangents ? rest.bindMemory(to: SIMD4<Float>.self) : nil)
        }
        return true
    }

    /// See `MeshDeformer.reach`.
    func reach(weights: [Float], palette: [Matrix4]) -> Bounds? {
        deformer.reach(weights: weights, palette: palette)
    }

    func draw(_ indices: Range<Int>) {
        array.draw(primitive, first: indices.lowerBound, count: indices.count)
    }
}

/// One primitive of one node, on the GPU.
final class DrawItem {
    /// Indices that one program draws.
    struct Part {
        let program: Program
        let indices: Range<Int>
    }

    /// Index into the blueprint's items.
    let source: Int
    let node: Int
    let skin: Int?
    let material: Int?
    let mesh: DrawMesh
    let surface: SurfaceMaterial
    let parts: [Part]
    /// Draws the hull behind a toon surface.
    let outline: Program?
    let textures: [(unit: Int, texture: GLES.Texture)]
    /// `Item` of `blocks.glsl`.
    let block: UniformBlock
    /// Whether its vertices are asked for in every pose, be they seen or not.
    var isFollowed = false
    /// Whether the last pose brought its vertices to other places.
    private(set) var hasMoved = true
    /// World-space bounds in the last pose, or larger ones where nothing of it is seen.
    private(set) var worldBounds = Bounds()

    init(
        _ context: Context, source: Int, node: Int, skin: Int?, material: Int?, mesh: DrawMesh,
        surface: SurfaceMaterial, parts: [Part], outline: Program?,
        textures: [(unit: Int, texture: GLES.Texture)]
    ) {
        self.source = source
        self.node = node
        self.skin = skin
        self.material = material
        self.mesh = mesh
        self.surface = surface
        self.parts = parts
        self.outline = outline
        self.textures = textures
        block = UniformBlock(context)
    }

    private var isSkinned: Bool { mesh.deformer.geometry.isSkinned }

    /// Brings the vertices to the pose, unless nothing of them can be seen in it.
    func update(_ pose: FramePose, palettes: [[Matrix4]], isVisible: (Bounds) -> Bool) throws {
        let weights = node < pose.morphWeights.count ? pose.morphWeights[node] : []
        let palette = skin.map { palettes[$0] } ?? []
        if !isFollowed, let reach = mesh.reach(weights: weights, palette: palette), !isVisible(reach) {
            worldBounds = reach
            return
        }
        hasMoved = try mesh.update(weights: weights, palette: palette)
        let bounds = mesh.deformer.bounds
        worldBounds = isSkinned ? bounds : bounds.transformed(by: matrix(pose))
    }

    /// Mesh space to world space.
    func matrix(_ pose: FramePose) -> Matrix4 {
        isSkinned || node >= pose.nodeMatrices.count ? .identity : pose.nodeMatrices[node]
    }

    /// Whether the node's matrix turns triangles round. A skinned mesh has its places from its joints, and its
    /// winding from its node nevertheless (glTF 2.0 section 3.7.4).
    func isMirrored(_ pose: FramePose) -> Bool {
        node < pose.nodeMatrices.count && pose.nodeMatrices[node].determinant3 < 0
    }

    /// All indices.
    var whole: Range<Int> { 0..<(parts.last?.indices.upperBound ?? 0) }

    func draw(_ indices: Range<Int>, _ state: StateCache) {
        for (unit, texture) in textures { state.bind(texture, unit: unit) }
        mesh.draw(indices)
    }
}
