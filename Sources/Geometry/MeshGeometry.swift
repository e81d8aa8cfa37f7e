import AvatariumCore
import GLTF

/// One glTF primitive, decoded for drawing and deforming.
public struct MeshGeometry: Sendable {
    public enum Topology: Sendable { case triangles, lines, points }

    public internal(set) var topology = Topology.triangles
    /// Mesh space; w is 1.
    public internal(set) var positions: [SIMD4<Float>] = []
    /// Unit length, w is 0; empty for lines and points without normals.
    public internal(set) var normals: [SIMD4<Float>] = []
    /// xyz unit length, w the handedness; empty unless asked for.
    public internal(set) var tangents: [SIMD4<Float>] = []
    public internal(set) var uv0: [SIMD2<Float>] = []
    public internal(set) var uv1: [SIMD2<Float>] = []
    /// Linear RGBA; empty where the file gives none.
    public package(set) var colors: [SIMD4<Float>] = []
    /// Indices into the skin's joints; empty for unskinned geometry.
    public internal(set) var joints: [SIMD4<UInt16>] = []
    /// Weights of the four strongest joints; they sum to 1.
    public internal(set) var weights: [SIMD4<Float>] = []
    /// Triples, pairs or single vertices, as `topology` says.
    public internal(set) var indices: [UInt32] = []
    public internal(set) var morphs: [MorphDelta] = []
    /// Bounds of the undeformed positions.
    public internal(set) var bounds = Bounds()

    public var vertexCount: Int { positions.count }
    public var isSkinned: Bool { !joints.isEmpty }
    public var isMorphed: Bool { !morphs.isEmpty }

    init() {}

    /// Decodes a primitive of `document`; what is missing is made as glTF 2.0, section 3.7.2.1, says: flat
    /// normals, and tangents (after Mikkelsen's weighting).
    /// - Parameters:
    ///   - tangentSet: The set of texture coordinates of the normal map; nil where there is none, and no tangents then.
    ///   - isSkinned: Whether the node that draws the primitive has a skin; without one, joints mean nothing.
    /// - Throws: E024 when attributes disagree in length or an index points past the vertices.
    public init(
        document: Document, mesh: Int, primitive: Int, tangentSet: Int? = nil, isSkinned: Bool = true
    ) throws {
        let source = PrimitiveSource(
            document: document, mesh: mesh, primitive: primitive, isSkinned: isSkinned)
        self = try source.geometry(tangentsOf: tangentSet)
    }
}
