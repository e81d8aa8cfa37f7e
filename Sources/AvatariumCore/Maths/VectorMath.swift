import Foundation

@inlinable public func dot(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> Float {
    a.x * b.x + a.y * b.y + a.z * b.z
}

@inlinable public func cross(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> SIMD3<Float> {
    SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
}

@inlinable public func length(_ a: SIMD3<Float>) -> Float { dot(a, a).squareRoot() }

/// The unit vector along `a`; a zero vector stays zero.
@inlinable public func normalize(_ a: SIMD3<Float>) -> SIMD3<Float> {
    let n = length(a)
    return n > 0 ? a / n : a
}

@inlinable public func mix(_ a: Float, _ b: Float, _ t: Float) -> Float { a + (b - a) * t }

@inlinable public func mix(_ a: SIMD3<Float>, _ b: SIMD3<Float>, _ t: Float) -> SIMD3<Float> {
    a + (b - a) * t
}

@inlinable public func clamp<T: Comparable>(_ x: T, _ low: T, _ high: T) -> T { min(max(x, low), high) }

public func sine(_ x: Float) -> Float { Float(Foundation.sin(Double(x))) }
public func cosine(_ x: Float) -> Float { Float(Foundation.cos(Double(x))) }
public func tangent(_ x: Float) -> Float { Float(Foundation.tan(Double(x))) }
public func arcSine(_ x: Float) -> Float { Float(Foundation.asin(Double(x))) }
/// The angle of the direction (`adjacent`, `opposite`), -pi...pi.
public func arcTangent(_ opposite: Float, _ adjacent: Float) -> Float {
    Float(Foundation.atan2(Double(opposite), Double(adjacent)))
}
