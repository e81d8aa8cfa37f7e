/// A posed model, which the rig passes to the renderer.
public struct FramePose: Sendable, Equatable {
    /// World matrix of every node, by glTF node index.
    public var nodeMatrices: [Matrix4]
    /// Morph target weights of every node with a mesh, by glTF node index; empty for nodes without morph targets.
    public var morphWeights: [[Float]]
    /// Material changes of this frame (VRM material binds), by glTF material index.
    public var materialOverrides: [Int: MaterialOverride]
    /// The time of animated materials (MToon's UV animation), in seconds.
    public var timeSeconds: Double

    public init(
        nodeMatrices: [Matrix4], morphWeights: [[Float]],
        materialOverrides: [Int: MaterialOverride] = [:], timeSeconds: Double = 0
    ) {
        self.nodeMatrices = nodeMatrices
        self.morphWeights = morphWeights
        self.materialOverrides = materialOverrides
        self.timeSeconds = timeSeconds
    }
}

/// The properties of a material that an expression changes in one frame; nil keeps the material's own value.
public struct MaterialOverride: Sendable, Equatable {
    /// Linear RGBA.
    public var baseColor: SIMD4<Float>?
    /// Linear RGB.
    public var emissive: SIMD3<Float>?
    public var shadeColor: SIMD3<Float>?
    public var rimColor: SIMD3<Float>?
    public var matcapColor: SIMD3<Float>?
    public var outlineColor: SIMD3<Float>?
    /// Texture coordinates are scaled, then offset.
    public var textureScale: SIMD2<Float>?
    public var textureOffset: SIMD2<Float>?

    public init() {}
}
