import Foundation

/// A unit quaternion in glTF's order: x, y, z, w.
@frozen public struct Quaternion: Sendable, Equatable {
    public var vector: SIMD4<Float>

    @inlinable public init(_ vector: SIMD4<Float>) { self.vector = vector }
    @inlinable public init(x: Float, y: Float, z: Float, w: Float) { vector = SIMD4(x, y, z, w) }

    public static let identity = Quaternion(SIMD4(0, 0, 0, 1))

    /// A turn of `angle` radians about a unit `axis`, counter-clockwise seen from its tip.
    public init(axis: SIMD3<Float>, angle: Float) {
        let s = sine(angle / 2)
        vector = SIMD4(axis.x * s, axis.y * s, axis.z * s, cosine(angle / 2))
    }

    /// Intrinsic yaw (about +Y), then pitch (about +X), then roll (about +Z), in radians.
    public init(yaw: Float, pitch: Float, roll: Float) {
        self =
            Quaternion(axis: SIMD3(0, 1, 0), angle: yaw) * Quaternion(axis: SIMD3(1, 0, 0), angle: pitch)
            * Quaternion(axis: SIMD3(0, 0, 1), angle: roll)
    }

    /// The shortest turn that takes unit vector `a` to unit vector `b`.
    public init(from a: SIMD3<Float>, to b: SIMD3<Float>) {
        let d = dot(a, b)
        if d < -0.999_999 {
            let side = abs(a.x) < 0.9 ? cross(SIMD3(1, 0, 0), a) : cross(SIMD3(0, 1, 0), a)
            self.init(axis: AvatariumCore.normalize(side), angle: .pi)
            return
        }
        let c = cross(a, b)
        self = Quaternion(SIMD4(c.x, c.y, c.z, 1 + d)).normalized
    }

    @inlinable public static func * (a: Quaternion, b: Quaternion) -> Quaternion {
        let p = a.vector
        let q = b.vector
        let x = p.w * q.x + p.x * q.w + p.y * q.z - p.z * q.y
        let y = p.w * q.y - p.x * q.z + p.y * q.w + p.z * q.x
        let z = p.w * q.z + p.x * q.y - p.y * q.x + p.z * q.w
        let w = p.w * q.w - p.x * q.x - p.y * q.y - p.z * q.z
        return Quaternion(SIMD4(x, y, z, w))
    }

    public var inverse: Quaternion { Quaternion(SIMD4(-vector.x, -vector.y, -vector.z, vector.w)) }

    public var normalized: Quaternion {
        let n = (vector * vector).sum().squareRoot()
        return n > 0 && n.isFinite ? Quaternion(vector / n) : .identity
    }

    @inlinable public func rotate(_ v: SIMD3<Float>) -> SIMD3<Float> {
        let u = SIMD3(vector.x, vector.y, vector.z)
        let t = cross(u, v) * 2
        return v + t * vector.w + cross(u, t)
    }

    @inlinable public var matrix: Matrix4 {
        let (x, y, z, w) = (vector.x, vector.y, vector.z, vector.w)
        return Matrix4(
            SIMD4(1 - 2 * (y * y + z * z), 2 * (x * y + z * w), 2 * (x * z - y * w), 0),
            SIMD4(2 * (x * y - z * w), 1 - 2 * (x * x + z * z), 2 * (y * z + x * w), 0),
            SIMD4(2 * (x * z + y * w), 2 * (y * z - x * w), 1 - 2 * (x * x + y * y), 0),
            SIMD4(0, 0, 0, 1))
    }

    /// Spherical interpolation along the shorter arc (glTF 2.0, appendix C.4).
    public static func slerp(_ a: Quaternion, _ b: Quaternion, _ t: Float) -> Quaternion {
        var d = (a.vector * b.vector).sum()
        let sign: Float = d < 0 ? -1 : 1
        d = abs(d)
        if d > 0.9995 {
            return Quaternion(a.vector * (1 - t) + b.vector * (t * sign)).normalized
        }
        let angle = Float(acos(Double(d)))
        let k = 1 / sine(angle)
        return Quaternion(
            a.vector * (sine(angle * (1 - t)) * k) + b.vector * (sine(angle * t) * k * sign)
        ).normalized
    }
}
