import AvatariumCore
import GLTF
import Geometry

/// A document of one mesh, built by code.
struct GLTFSample {
    var document = Document()

    init(_ positions: [SIMD3<Float>]) {
        var mesh = Mesh()
        var primitive = Primitive()
        primitive.attributes["POSITION"] = floats(positions.flatMap { [$0.x, $0.y, $0.z] }, .vec3)
        mesh.primitives = [primitive]
        document.meshes = [mesh]
    }

    var primitive: Primitive {
        get { document.meshes[0].primitives[0] }
        set { document.meshes[0].primitives[0] = newValue }
    }

    @discardableResult
    mutating func floats(_ values: [Float], _ type: Accessor.ElementType) -> Int {
        append(type, .float, values.count, values.flatMap { bytes($0.bitPattern) })
    }

    @discardableResult
    mutating func indices(_ values: [UInt32], _ type: Accessor.ElementType = .scalar) -> Int {
        append(type, .unsignedInt, values.count, values.flatMap(bytes))
    }

    private func bytes(_ word: UInt32) -> [UInt8] {
        [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: word >> $0) }
    }

    private mutating func append(
        _ type: Accessor.ElementType, _ component: Accessor.ComponentType, _ count: Int, _ bytes: [UInt8]
    ) -> Int {
        document.accessors.append(
            Accessor(
                componentType: component, elementType: type, normalized: false,
                count: count / type.componentCount, bytes: bytes))
        return document.accessors.count - 1
    }
}

extension MeshDeformer {
    /// The positions of every vertex, in the space of `bounds`. The weights or the palette must differ from those of
    /// the last call.
    mutating func deformedPositions(weights: [Float], palette: [Matrix4]) -> [SIMD3<Float>] {
        var vertices = [DeformedVertex](
            repeating: DeformedVertex(position: .zero, normal: .zero), count: geometry.vertexCount)
        let isWritten = vertices.withUnsafeMutableBufferPointer {
            deform(weights: weights, palette: palette, into: $0)
        }
        precondition(isWritten, "nothing changed since the last call")
        return vertices.map { SIMD3($0.position.x, $0.position.y, $0.position.z) }
    }
}
