import AvatariumCore
import GLTF
import Geometry
import Testing

/// One mesh of an avatar, in millimetres, with its shapes; measured in the pose it was bound in.
struct PosedPart: Sendable {
    let rest: [SIMD3<Float>]
    let normals: [SIMD3<Float>]
    let colors: [SIMD4<Float>]
    let triangles: [SIMD3<Int>]
    let shapes: [String: Shape]

    /// What one shape moves at weight 1, millimetres.
    struct Shape: Sendable {
        var vertices: [Int]
        var positions: [SIMD3<Float>]
        /// Empty where the file has none.
        var normals: [SIMD3<Float>]
    }

    /// The parts that shapes move, by their names, of every person; each file is read once.
    static let people = Result {
        Dictionary(
            uniqueKeysWithValues: try BundledFile.people.map { person in
                let document = try person.document()
                let parts = try ["Wolf3D_Head", "Wolf3D_Teeth", "Brows"].map {
                    ($0, try PosedPart(document, $0))
                }
                let eyes = try PosedPart(PosedPart(document, "EyeLeft"), PosedPart(document, "EyeRight"))
                return (person, Dictionary(uniqueKeysWithValues: parts + [("Eyes", eyes)]))
            })
    }

    static func part(_ name: String, of person: BundledFile) throws -> PosedPart {
        try #require(try people.get()[person]?[name])
    }

    /// Two parts as one.
    init(_ a: PosedPart, _ b: PosedPart) {
        let count = a.rest.count
        rest = a.rest + b.rest
        normals = a.normals + b.normals
        colors = a.colors + b.colors
        triangles = a.triangles + b.triangles.map { $0 &+ SIMD3(repeating: count) }
        shapes = a.shapes.merging(
            b.shapes.mapValues { delta in
                var moved = delta
                moved.vertices = delta.vertices.map { $0 + count }
                return moved
            }
        ) { first, second in
            var both = first
            both.vertices += second.vertices
            both.positions += second.positions
            both.normals += second.normals
            return both
        }
    }

    init(_ document: Document, _ name: String) throws {
        guard let mesh = document.meshes.firstIndex(where: { $0.name == name }) else {
            throw AvatariumError(.avatarModelInvalid, "no mesh is called \(name)", context: [:])
        }
        let geometry = try MeshGeometry(document: document, mesh: mesh, primitive: 0)
        func xyz(_ v: SIMD4<Float>) -> SIMD3<Float> { SIMD3(v.x, v.y, v.z) }
        rest = geometry.positions.map { xyz($0) * 1000 }
        normals = geometry.normals.map(xyz)
        colors = geometry.colors
        triangles = stride(from: 0, to: geometry.indices.count, by: 3).map { i in
            SIMD3(Int(geometry.indices[i]), Int(geometry.indices[i + 1]), Int(geometry.indices[i + 2]))
        }
        let deltas = geometry.morphs.map { delta in
            Shape(
                vertices: delta.vertices.map { Int($0) }, positions: delta.positions.map { xyz($0) * 1000 },
                normals: delta.normals.map(xyz))
        }
        shapes = Dictionary(uniqueKeysWithValues: zip(document.meshes[mesh].targetNames, deltas))
    }

    /// Displacement of every vertex by one shape at weight 1, millimetres.
    func displacement(_ shape: String) -> [SIMD3<Float>] {
        var all = [SIMD3<Float>](repeating: .zero, count: rest.count)
        guard let delta = shapes[shape] else { return all }
        for (v, d) in zip(delta.vertices, delta.positions) { all[v] = d }
        return all
    }

    func posed(_ pose: [String: Float]) -> [SIMD3<Float>] {
        var points = rest
        for (shape, weight) in pose {
            guard let delta = shapes[shape] else { continue }
            for (v, d) in zip(delta.vertices, delta.positions) {
                points[v] += d * weight
            }
        }
        return points
    }

    /// Not normalised.
    func posedNormals(_ pose: [String: Float]) -> [SIMD3<Float>] {
        var all = normals
        for (shape, weight) in pose {
            guard let delta = shapes[shape], !delta.normals.isEmpty else { continue }
            for (v, d) in zip(delta.vertices, delta.normals) {
                all[v] += d * weight
            }
        }
        return all
    }

    /// The open edges of the mesh as closed loops of vertices.
    func boundaryLoops() -> [[Int]] {
        var next: [Int: Int] = [:]
        var edges = Set<SIMD2<Int>>()
        for t in triangles {
            for (a, b) in [(t.x, t.y), (t.y, t.z), (t.z, t.x)] { edges.insert(SIMD2(a, b)) }
        }
        for e in edges where !edges.contains(SIMD2(e.y, e.x)) { next[e.x] = e.y }
        var loops: [[Int]] = []
        while let start = next.keys.min() {
            var loop: [Int] = []
            var at = start
            while let after = next.removeValue(forKey: at) {
                loop.append(at)
                at = after
            }
            loops.append(loop)
        }
        return loops
    }
}

func dot(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> Float { (a * b).sum() }

func cross(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> SIMD3<Float> {
    SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
}

func length(_ a: SIMD3<Float>) -> Float { dot(a, a).squareRoot() }

/// Distance from a point to a segment.
func distance(_ p: SIMD3<Float>, _ a: SIMD3<Float>, _ b: SIMD3<Float>) -> Float {
    let d = b - a
    let t = min(max(dot(p - a, d) / max(dot(d, d), 1e-12), 0), 1)
    return length(p - a - d * t)
}
