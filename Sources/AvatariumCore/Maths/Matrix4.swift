/// A 4x4 matrix of floats, column-major as in OpenGL and glTF: `columns.3` is the translation.
@frozen public struct Matrix4: Sendable, Equatable {
    public var columns: (SIMD4<Float>, SIMD4<Float>, SIMD4<Float>, SIMD4<Float>)

    @inlinable public init(
        _ c0: SIMD4<Float>, _ c1: SIMD4<Float>, _ c2: SIMD4<Float>, _ c3: SIMD4<Float>
    ) {
        columns = (c0, c1, c2, c3)
    }

    /// 16 floats, column-major. Traps on any other count.
    @inlinable public init(columnMajor m: [Float]) {
        precondition(m.count == 16)
        self.init(
            SIMD4(m[0], m[1], m[2], m[3]), SIMD4(m[4], m[5], m[6], m[7]),
            SIMD4(m[8], m[9], m[10], m[11]), SIMD4(m[12], m[13], m[14], m[15]))
    }

    public static let identity = Matrix4(
        SIMD4(1, 0, 0, 0), SIMD4(0, 1, 0, 0), SIMD4(0, 0, 1, 0), SIMD4(0, 0, 0, 1))

    @inlinable public static func == (a: Matrix4, b: Matrix4) -> Bool {
        a.columns.0 == b.columns.0 && a.columns.1 == b.columns.1 && a.columns.2 == b.columns.2
            && a.columns.3 == b.columns.3
    }

    @inlinable public static func * (a: Matrix4, v: SIMD4<Float>) -> SIMD4<Float> {
        let xy = a.columns.0 * v.x + a.columns.1 * v.y
        return xy + a.columns.2 * v.z + a.columns.3 * v.w
    }

    @inlinable public static func * (a: Matrix4, b: Matrix4) -> Matrix4 {
        Matrix4(a * b.columns.0, a * b.columns.1, a * b.columns.2, a * b.columns.3)
    }

    /// The point `p` transformed (w = 1), without a perspective division.
    @inlinable public func transformPoint(_ p: SIMD3<Float>) -> SIMD3<Float> {
        let v = self * SIMD4(p.x, p.y, p.z, 1)
        return SIMD3(v.x, v.y, v.z)
    }

    /// The direction `d` transformed (w = 0).
    @inlinable public func transformDirection(_ d: SIMD3<Float>) -> SIMD3<Float> {
        let v = self * SIMD4(d.x, d.y, d.z, 0)
        return SIMD3(v.x, v.y, v.z)
    }

    @inlinable public var translation: SIMD3<Float> {
        SIMD3(columns.3.x, columns.3.y, columns.3.z)
    }

    @inlinable public init(translation t: SIMD3<Float>) {
        self = .identity
        columns.3 = SIMD4(t.x, t.y, t.z, 1)
    }

    /// Translation * rotation * scale, glTF's node transform (glTF 2.0, 3.5.3).
    @inlinable public init(
        translation t: SIMD3<Float>, rotation q: Quaternion, scale s: SIMD3<Float> = SIMD3(repeating: 1)
    ) {
        let r = q.matrix
        self.init(
            r.columns.0 * s.x, r.columns.1 * s.y, r.columns.2 * s.z, SIMD4(t.x, t.y, t.z, 1))
    }

    @inlinable public var transposed: Matrix4 {
        let (a, b, c, d) = columns
        return Matrix4(
            SIMD4(a.x, b.x, c.x, d.x), SIMD4(a.y, b.y, c.y, d.y), SIMD4(a.z, b.z, c.z, d.z),
            SIMD4(a.w, b.w, c.w, d.w))
    }

    /// The determinant of the upper left 3x3: negative when the transform mirrors.
    @inlinable public var determinant3: Float {
        let (a, b, c, _) = columns
        return a.x * (b.y * c.z - b.z * c.y) - b.x * (a.y * c.z - a.z * c.y)
            + c.x * (a.y * b.z - a.z * b.y)
    }

    /// The determinants of two columns in the rows xy, xz, xw, yz, yw and zw.
    @inline(__always)
    private static func minors(
        _ a: SIMD4<Float>, _ b: SIMD4<Float>
    ) -> (Float, Float, Float, Float, Float, Float) {
        (
            a.x * b.y - b.x * a.y, a.x * b.z - b.x * a.z, a.x * b.w - b.x * a.w,
            a.y * b.z - b.y * a.z, a.y * b.w - b.y * a.w, a.z * b.w - b.z * a.w
        )
    }

    /// The inverse by cofactor expansion, or nil if singular.
    public var inverse: Matrix4? {
        let (a, b, c, d) = columns
        let (s0, s1, s2, s3, s4, s5) = Self.minors(a, b)
        let (c0, c1, c2, c3, c4, c5) = Self.minors(c, d)
        var det = s0 * c5 - s1 * c4
        det += s2 * c3 + s3 * c2
        det += s5 * c0 - s4 * c1
        guard det != 0, det.isFinite else { return nil }
        let k = 1 / det
        guard k.isFinite else { return nil }
        let r0 = SIMD4(
            b.y * c5 - b.z * c4 + b.w * c3, -a.y * c5 + a.z * c4 - a.w * c3,
            d.y * s5 - d.z * s4 + d.w * s3, -c.y * s5 + c.z * s4 - c.w * s3)
        let r1 = SIMD4(
            -b.x * c5 + b.z * c2 - b.w * c1, a.x * c5 - a.z * c2 + a.w * c1,
            -d.x * s5 + d.z * s2 - d.w * s1, c.x * s5 - c.z * s2 + c.w * s1)
        let r2 = SIMD4(
            b.x * c4 - b.y * c2 + b.w * c0, -a.x * c4 + a.y * c2 - a.w * c0,
            d.x * s4 - d.y * s2 + d.w * s0, -c.x * s4 + c.y * s2 - c.w * s0)
        let r3 = SIMD4(
            -b.x * c3 + b.y * c1 - b.z * c0, a.x * c3 - a.y * c1 + a.z * c0,
            -d.x * s3 + d.y * s1 - d.z * s0, c.x * s3 - c.y * s1 + c.z * s0)
        return Matrix4(r0 * k, r1 * k, r2 * k, r3 * k)
    }

    /// A right-handed view matrix: the camera at `eye` looks at `target` along its own -Z.
    public init(lookFrom eye: SIMD3<Float>, at target: SIMD3<Float>, up: SIMD3<Float>) {
        let f = normalize(target - eye)
        let s = normalize(cross(f, up))
        let u = cross(s, f)
        self.init(
            SIMD4(s.x, u.x, -f.x, 0), SIMD4(s.y, u.y, -f.y, 0), SIMD4(s.z, u.z, -f.z, 0),
            SIMD4(-dot(s, eye), -dot(u, eye), dot(f, eye), 1))
    }

    /// OpenGL clip space from a vertical field of view in radians.
    public init(perspectiveFovY fov: Float, aspect: Float, near: Float, far: Float) {
        let f = 1 / tangent(fov / 2)
        self.init(
            SIMD4(f / aspect, 0, 0, 0), SIMD4(0, f, 0, 0), SIMD4(0, 0, (far + near) / (near - far), -1),
            SIMD4(0, 0, 2 * far * near / (near - far), 0))
    }
}
