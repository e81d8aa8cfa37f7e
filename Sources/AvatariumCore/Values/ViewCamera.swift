/// A perspective camera, looking along its own -Z with +Y up.
public struct ViewCamera: Sendable, Equatable {
    public var eye: SIMD3<Float>
    public var target: SIMD3<Float>
    public var up = SIMD3<Float>(0, 1, 0)
    /// Vertical field of view, radians.
    public var fovY: Float
    public var near: Float
    public var far: Float

    public init(eye: SIMD3<Float>, target: SIMD3<Float>, fovY: Float, near: Float, far: Float) {
        self.eye = eye
        self.target = target
        self.fovY = fovY
        self.near = near
        self.far = far
    }

    public var viewMatrix: Matrix4 { Matrix4(lookFrom: eye, at: target, up: up) }

    public func projectionMatrix(aspect: Float) -> Matrix4 {
        Matrix4(perspectiveFovY: fovY, aspect: aspect, near: near, far: far)
    }
}
