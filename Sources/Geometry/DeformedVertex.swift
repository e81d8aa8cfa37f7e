/// What changes of a vertex from frame to frame, as uploaded.
@frozen public struct DeformedVertex: Sendable, Equatable {
    /// w is 1.
    public var position: SIMD4<Float>
    /// Not of unit length after morphing; w is 0.
    public var normal: SIMD4<Float>

    @inlinable public init(position: SIMD4<Float>, normal: SIMD4<Float>) {
        self.position = position
        self.normal = normal
    }
}
