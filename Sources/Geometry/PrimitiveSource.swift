import AvatariumCore
import GLTF

/// Reads the accessors of one primitive into a `MeshGeometry`.
struct PrimitiveSource {
    let document: Document
    let mesh: Int
    let index: Int

    private let isSkinned: Bool

    init(document: Document, mesh: Int, primitive: Int, isSkinned: Bool) {
        self.document = document
        self.mesh = mesh
        self.index = primitive
        self.isSkinned = isSkinned
    }

    private var primitive: Primitive { document.meshes[mesh].primitives[index] }
    private var pointer: String { "/meshes/\(mesh)/primitives/\(index)" }

    func geometry(tangentsOf set: Int?) throws -> MeshGeometry {
        var g = MeshGeometry()
        g.positions = vectors(primitive.attributes["POSITION"], w: 1)
        let count = g.positions.count
        g.normals = try checked(vectors(primitive.attributes["NORMAL"], w: 0), count, "NORMAL")
        if set != nil {
            g.tangents = try checked(fourVectors(primitive.attributes["TANGENT"]), count, "TANGENT")
        }
        g.uv0 = try checked(pairs(primitive.attributes["TEXCOORD_0"]), count, "TEXCOORD_0")
        g.uv1 = try checked(pairs(primitive.attributes["TEXCOORD_1"]), count, "TEXCOORD_1")
        g.colors = try checked(vectors(primitive.attributes["COLOR_0"], w: 1), count, "COLOR_0")
        if isSkinned { try readSkin(&g) }
        (g.topology, g.indices) = TriangleAssembly.assemble(primitive.mode, try drawOrder(count))

        for p in g.positions { g.bounds.add(SIMD3(p.x, p.y, p.z)) }
        var flat: FlatNormals?
        if g.normals.isEmpty, g.topology == .triangles {
            flat = FlatNormals(&g)
        } else {
            for i in g.normals.indices { g.normals[i] = unit(g.normals[i]) }
        }
        if let set, g.tangents.isEmpty, g.topology == .triangles {
            // After flat normals, which have their own vertices.
            let uv = set == 1 && !g.uv1.isEmpty ? g.uv1 : g.uv0
            if !uv.isEmpty { g.tangents = TangentSpace.tangents(of: g, uv) }
        }
        try readTargets(&g, flat, vertexCount: count)
        return g
    }

    /// One after the other: dense, a hundred targets would be many times the mesh.
    private func readTargets(_ g: inout MeshGeometry, _ flat: FlatNormals?, vertexCount count: Int) throws {
        let extent = g.bounds.isEmpty ? 0 : length(g.bounds.size)
        var known: [[String: Int]: MorphDelta] = [:]
        for (t, attributes) in primitive.targets.enumerated() {
            if let same = known[attributes] {
                g.morphs.append(same)
                continue
            }
            let at = "targets/\(t)"
            var target = DenseTarget(
                positions: try checked(vectors(attributes["POSITION"], w: 0), count, at),
                normals: try checked(vectors(attributes["NORMAL"], w: 0), count, at),
                tangents: g.tangents.isEmpty
                    ? [] : try checked(vectors(attributes["TANGENT"], w: 0), count, at))
            if let flat { target = flat.spread(target) }
            let delta = MorphDelta(
                positions: target.positions, normals: g.normals.isEmpty ? [] : target.normals,
                tangents: target.tangents, threshold: extent * 1e-6)
            known[attributes] = delta
            g.morphs.append(delta)
        }
    }

    private func drawOrder(_ count: Int) throws -> [UInt32] {
        guard let accessor = primitive.indices else { return (0..<UInt32(count)).map { $0 } }
        let indices = document.accessors[accessor].integers()
        guard indices.allSatisfy({ $0 < count }) else {
            throw AvatariumError(
                .avatarModelInvalid,
                "an index of \(pointer) points past its \(count) vertices; export the model again",
                context: [
                    "pointer": "\(pointer)/indices", "rule": "ACCESSOR_INDEX_OOB", "path": document.path,
                ])
        }
        return indices
    }

    private func readSkin(_ g: inout MeshGeometry) throws {
        do {
            let influences = try VertexInfluences(
                document: document, primitive: primitive, vertexCount: g.positions.count)
            g.joints = influences?.joints ?? []
            g.weights = influences?.weights ?? []
        } catch {
            throw mismatch("JOINTS_\(error.set)")
        }
    }

    private func checked<T>(_ array: [T], _ count: Int, _ what: String) throws -> [T] {
        guard array.isEmpty || array.count == count else { throw mismatch(what) }
        return array
    }

    private func mismatch(_ what: String) -> AvatariumError {
        AvatariumError(
            .avatarModelInvalid,
            "\(pointer) has a different number of \(what) values than of positions; export the model again",
            context: [
                "pointer": "\(pointer)/\(what)", "path": document.path,
                "rule": "MESH_PRIMITIVE_UNEQUAL_ACCESSOR_COUNT",
            ])
    }

    /// Three or four components; a missing fourth becomes `w`.
    private func vectors(_ accessor: Int?, w: Float) -> [SIMD4<Float>] {
        guard let accessor else { return [] }
        let a = document.accessors[accessor]
        let n = a.elementType.componentCount
        guard n == 3 || n == 4 else { return [] }
        let f = a.floats()
        return (0..<a.count).map {
            SIMD4(f[$0 * n], f[$0 * n + 1], f[$0 * n + 2], n == 4 ? f[$0 * n + 3] : w)
        }
    }

    private func fourVectors(_ accessor: Int?) -> [SIMD4<Float>] {
        guard let accessor, document.accessors[accessor].elementType == .vec4 else { return [] }
        return vectors(accessor, w: 1)
    }

    private func pairs(_ accessor: Int?) -> [SIMD2<Float>] {
        guard let accessor, document.accessors[accessor].elementType == .vec2 else { return [] }
        let f = document.accessors[accessor].floats()
        return (0..<f.count / 2).map { SIMD2(f[$0 * 2], f[$0 * 2 + 1]) }
    }
}

/// A morph target with a value for every vertex; empty arrays where the file gives none.
struct DenseTarget {
    var positions: [SIMD4<Float>]
    var normals: [SIMD4<Float>]
    var tangents: [SIMD4<Float>]
}

@inline(__always) func unit(_ v: SIMD4<Float>) -> SIMD4<Float> {
    let d = v.x * v.x + v.y * v.y + v.z * v.z
    guard d > 0 else { return SIMD4(0, 0, 1, v.w) }
    let k = 1 / d.squareRoot()
    return SIMD4(v.x * k, v.y * k, v.z * k, v.w)
}
