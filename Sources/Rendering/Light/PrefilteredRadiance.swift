import AvatariumCore
import Foundation

/// Radiance blurred for a row of roughnesses, as the atlas that `lighting.glsl` reads: octahedral maps side by
/// side, each with a border of one texel (Karis, "Real Shading in Unreal Engine 4", 2013).
struct PrefilteredRadiance: Sendable {
    static let levels = 8
    let size: Int
    /// RGBA rows of `levels * (size + 2)` by `size + 2`.
    var pixels: [Float]

    var width: Int { Self.levels * (size + 2) }
    var height: Int { size + 2 }

    init(size: Int, pixels: [Float]) {
        self.size = size
        self.pixels = pixels
    }

    init(_ source: OctahedralMap, size: Int) {
        self.size = size
        let pyramid = source.pyramid()
        let blurred = PrefilteredRadiance.blur(pyramid, size: size)
        let (width, height) = (Self.levels * (size + 2), size + 2)
        pixels = [Float](repeating: 0, count: width * height * 4)
        for (level, map) in blurred.enumerated() {
            for y in -1...size {
                for x in -1...size {
                    let at = OctahedralMap.wrapped(x, y, size)
                    let value =
                        map.size == size
                        ? map.texel(at.x, at.y)
                        : map.sample(OctahedralMap.direction(Float(at.x) + 0.5, Float(at.y) + 0.5, size))
                    let first = ((y + 1) * width + level * (size + 2) + x + 1) * 4
                    for c in 0..<4 { pixels[first + c] = value[c] }
                }
            }
        }
    }

    private static func blur(_ pyramid: [OctahedralMap], size: Int) -> [OctahedralMap] {
        (0..<levels).map { level in
            let roughness = Float(level) / Float(levels - 1)
            if level == 0 {
                let near = pyramid.last { $0.size >= size } ?? pyramid[0]
                return OctahedralMap(size: size) { near.sample($0) }
            }
            let lobe = Lobe(roughness: roughness, pyramid: pyramid)
            let side = level < 3 ? min(size, 64) : 32
            let rows = ConcurrentRows(count: side) { y in
                (0..<side).map { x in
                    lobe.average(around: OctahedralMap.direction(Float(x) + 0.5, Float(y) + 0.5, side))
                }
            }
            return OctahedralMap(size: side, texels: rows.values.flatMap { $0 })
        }
    }
}

/// Samples of the GGX lobe seen along its normal, with the level of detail that each one's solid angle asks for
/// (Krivanek and Colbert, "Real-time Shading with Filtered Importance Sampling", 2008).
private struct Lobe {
    private var samples: [(direction: SIMD3<Float>, weight: Float, level: Int)] = []
    private let pyramid: [OctahedralMap]

    init(roughness: Float, pyramid: [OctahedralMap]) {
        self.pyramid = pyramid
        let alpha = roughness * roughness
        let a2 = alpha * alpha
        let count = 96
        let texel = 4 * Float.pi / Float(pyramid[0].size * pyramid[0].size)
        for i in 0..<count {
            let u = (Float(i) + 0.5) / Float(count)
            let phi = 2 * Float.pi * radicalInverse(UInt32(i))
            let cosine2 = (1 - u) / (1 + (a2 - 1) * u)
            let nh = cosine2.squareRoot()
            let sineH = max(0, 1 - cosine2).squareRoot()
            let h = SIMD3(sineH * cosine(phi), sineH * sine(phi), nh)
            let l = SIMD3(2 * nh * h.x, 2 * nh * h.y, 2 * nh * nh - 1)
            guard l.z > 0 else { continue }
            let d = nh * nh * (a2 - 1) + 1
            let density = a2 / (Float.pi * d * d) / 4
            let solidAngle = 1 / (Float(count) * density + 1e-6)
            let lod = max(0, 0.5 * Float(log2(Double(solidAngle / texel))) + 1)
            samples.append((l, l.z, min(pyramid.count - 1, Int(lod.rounded()))))
        }
    }

    func average(around n: SIMD3<Float>) -> SIMD4<Float> {
        let side = normalize(abs(n.y) < 0.9 ? cross(SIMD3(0, 1, 0), n) : cross(SIMD3(1, 0, 0), n))
        let other = cross(n, side)
        var sum = SIMD4<Float>.zero
        var total: Float = 0
        for s in samples {
            let d = side * s.direction.x + other * s.direction.y + n * s.direction.z
            sum += pyramid[s.level].sample(d) * s.weight
            total += s.weight
        }
        return sum / total
    }

    private func radicalInverse(_ i: UInt32) -> Float {
        var bits = i
        bits = (bits << 16) | (bits >> 16)
        bits = ((bits & 0x5555_5555) << 1) | ((bits & 0xAAAA_AAAA) >> 1)
        bits = ((bits & 0x3333_3333) << 2) | ((bits & 0xCCCC_CCCC) >> 2)
        bits = ((bits & 0x0F0F_0F0F) << 4) | ((bits & 0xF0F0_F0F0) >> 4)
        bits = ((bits & 0x00FF_00FF) << 8) | ((bits & 0xFF00_FF00) >> 8)
        return Float(bits) * 2.328_306_4e-10
    }
}
