import AvatariumCore

/// The built-in environment: a neutral room with a large soft box above left, a cooler fill on the right and two
/// strips behind for the rim. Everything is smooth, so that no lamp shows its shape on skin.
enum Studio {
    private struct Lamp {
        var direction: SIMD3<Float>
        /// Cosine of the half angle where it has faded to nothing, and where it starts to.
        var outer: Float
        var inner: Float
        var radiance: SIMD3<Float>
    }

    private static let lamps = [
        Lamp(
            direction: normalize(SIMD3(-0.55, 0.65, 0.6)), outer: 0.72, inner: 0.9,
            radiance: SIMD3(2.5, 2.36, 2.18)),
        Lamp(
            direction: normalize(SIMD3(0.85, 0.25, 0.45)), outer: 0.7, inner: 0.93,
            radiance: SIMD3(0.6, 0.68, 0.8)),
        Lamp(
            direction: normalize(SIMD3(0.8, 0.35, -0.7)), outer: 0.86, inner: 0.95,
            radiance: SIMD3(3.4, 3.5, 3.7)),
        Lamp(
            direction: normalize(SIMD3(-0.85, 0.3, -0.65)), outer: 0.88, inner: 0.96,
            radiance: SIMD3(2.4, 2.3, 2.2)),
    ]

    static func radiance(_ d: SIMD3<Float>) -> SIMD4<Float> {
        // Floor, wall and ceiling run into one another.
        let floor = SIMD3<Float>(0.17, 0.15, 0.14)
        let wall = SIMD3<Float>(0.26, 0.27, 0.285)
        let ceiling = SIMD3<Float>(0.5, 0.515, 0.55)
        var color = mix(floor, wall, smoothstep(-0.6, 0.05, d.y))
        color = mix(color, ceiling, smoothstep(0.1, 0.9, d.y))
        for lamp in lamps {
            color += lamp.radiance * smoothstep(lamp.outer, lamp.inner, dot(d, lamp.direction))
        }
        return SIMD4(color.x, color.y, color.z, 1)
    }

    private static func smoothstep(_ low: Float, _ high: Float, _ x: Float) -> Float {
        let t = clamp((x - low) / (high - low), 0, 1)
        return t * t * (3 - 2 * t)
    }
}
