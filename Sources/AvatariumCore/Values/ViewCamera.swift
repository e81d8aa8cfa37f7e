/// A perspective camera, looking along its own -Z with +Y up.
public struct ViewCamera: Sendable, Equatable {
    public var eye: SIMD3<Float>
    public var target: SIMD3<Float>
    public var up = SIMD3<Float>(0, 1, 0)
    /// Vertical field of view, radians.
    public var fovY: Float
    public var near: Float
    public var far: Float
    /// The shift of the picture, in fractions of its width (to the right) and height (up). The lens is shifted,
    /// so the perspective does not change.
    public var shift = SIMD2<Float>.zero

    public init(eye: SIMD3<Float>, target: SIMD3<Float>, fovY: Float, near: Float, far: Float) {
        self.eye = eye
        self.target = target
        self.fovY = fovY
        self.near = near
        self.far = far
    }

    public var viewMatrix: Matrix4 { Matrix4(lookFrom: eye, at: target, up: up) }

    public func projectionMatrix(aspect: Float) -> Matrix4 {
        var projection = Matrix4(perspectiveFovY: fovY, aspect: aspect, near: near, far: far)
        // Clip space is 2 wide, and w is minus the view's z.
        projection.columns.2.x = -2 * shift.x
        projection.columns.2.y = -2 * shift.y
        return projection
    }
}
