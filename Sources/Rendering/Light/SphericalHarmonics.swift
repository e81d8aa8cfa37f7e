import AvatariumCore

/// Nine coefficients of irradiance over pi, with the basis' constants folded in for `lighting.glsl`
/// (Ramamoorthi and Hanrahan, "An Efficient Representation for Irradiance Environment Maps", 2001).
struct SphericalHarmonics: Sendable {
    let coefficients: [SIMD4<Float>]

    init(_ map: OctahedralMap) {
        var sums = [SIMD4<Float>](repeating: .zero, count: 9)
        var total: Float = 0
        for y in 0..<map.size {
            for x in 0..<map.size {
                let d = OctahedralMap.direction(Float(x) + 0.5, Float(y) + 0.5, map.size)
                // The solid angle of a texel grows with the cube of the octahedron point's distance.
                let k = abs(d.x) + abs(d.y) + abs(d.z)
                let weight = k * k * k
                total += weight
                let l = map.texels[y * map.size + x] * weight
                for (i, b) in Self.basis(d).enumerated() { sums[i] += l * b }
            }
        }
        let area = 4 * Float.pi / total
        // Cosine lobe A_l / pi (1, 2/3, 1/4) times basis constant squared.
        let band0 = Float(0.282095 * 0.282095)
        let band1 = Float(0.488603 * 0.488603 * 2 / 3)
        let k = Float(1.092548 * 1.092548 / 4)
        let k0 = Float(0.315392 * 0.315392 / 4)
        let k2 = Float(0.546274 * 0.546274 / 4)
        let scale: [Float] = [band0, band1, band1, band1, k, k, k0, k, k2]
        coefficients = zip(sums, scale).map { $0 * ($1 * area) }
    }

    private static func basis(_ d: SIMD3<Float>) -> [Float] {
        [
            1, d.y, d.z, d.x, d.x * d.y, d.y * d.z, 3 * d.z * d.z - 1, d.x * d.z, d.x * d.x - d.y * d.y,
        ]
    }
}
