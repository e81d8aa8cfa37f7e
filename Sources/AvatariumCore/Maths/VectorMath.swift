import Foundation

@inlinable package func dot(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> Float {
    a.x * b.x + a.y * b.y + a.z * b.z
}

@inlinable package func cross(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> SIMD3<Float> {
    SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
}

@inlinable package func length(_ a: SIMD3<Float>) -> Float { dot(a, a).squareRoot() }

/// The unit vector along `a`; a zero vector stays zero.
@inlinable package func normalize(_ a: SIMD3<Float>) -> SIMD3<Float> {
    let n = length(a)
    return n > 0 ? a / n : a
}

@inlinable package func mix(_ a: Float, _ b: Float, _ t: Float) -> Float { a + (b - a) * t }

@inlinable package func mix(_ a: SIMD3<Float>, _ b: SIMD3<Float>, _ t: Float) -> SIMD3<Float> {
    a + (b - a) * t
}

@inlinable package func clamp<T: Comparable>(_ x: T, _ low: T, _ high: T) -> T { min(max(x, low), high) }

// Computed in double precision, so that results do not depend on the C library's float functions. Foundation has `sin`
// and the others for `Float` too, hence the names.

package func exponential(_ x: Float) -> Float { Float(Foundation.exp(Double(x))) }
package func sine(_ x: Float) -> Float { Float(Foundation.sin(Double(x))) }
package func cosine(_ x: Float) -> Float { Float(Foundation.cos(Double(x))) }
package func tangent(_ x: Float) -> Float { Float(Foundation.tan(Double(x))) }
package func arcSine(_ x: Float) -> Float { Float(Foundation.asin(Double(x))) }
/// The angle of the direction (`adjacent`, `opposite`), -pi...pi.
package func arcTangent(_ opposite: Float, _ adjacent: Float) -> Float {
    Float(Foundation.atan2(Double(opposite), Double(adjacent)))
}
