import AvatariumCore
import GLES

/// Light that enters skin and leaves it elsewhere, integrated beforehand over balls (Penner and Borshukov, "Pre-Integrated
/// Skin Shading", GPU Pro 2, 2011): across, the cosine between normal and light, -1...1; down, the curvature.
enum SkinScattering {
    static let width = 64
    static let height = 16
    /// The radius of curvature 1, in mm; `FaceBake` scales to it.
    private static let leastRadius: Float = 4

    /// Skin's diffusion profile as a sum of Gaussians: variance in mm², weights by channel (d'Eon and Luebke,
    /// "Advanced Techniques for Realistic Real-Time Skin Rendering", GPU Gems 3, 2007, table 14-1).
    private static let profile: [(variance: Float, weight: SIMD3<Float>)] = [
        (0.0064, SIMD3(0.233, 0.455, 0.649)), (0.0484, SIMD3(0.100, 0.336, 0.344)),
        (0.187, SIMD3(0.118, 0.198, 0)), (0.567, SIMD3(0.113, 0.007, 0.007)),
        (1.99, SIMD3(0.358, 0.004, 0)), (7.41, SIMD3(0.078, 0, 0)),
    ]

    /// Square roots of what leaves, 0...1, in 8 bits.
    static let level: GLES.Texture.Level = {
        // The profile by distance across a straight edge of light, to 16 mm: along the edge it is summed up, which Penner's own
        // integral leaves out, and with it most of what spreads far.
        let step: Float = 1.0 / 32
        let table = (0..<512).map { i -> SIMD3<Float> in
            let d = Float(i) * step
            return profile.reduce(.zero) { sum, part in
                sum + part.weight
                    * (exponential(-d * d / (2 * part.variance)) / (2 * .pi * part.variance).squareRoot())
            }
        }
        func scattered(_ distance: Float) -> SIMD3<Float> {
            let at = distance / step
            let i = Int(at)
            guard i < table.count - 1 else { return .zero }
            return table[i] + (table[i + 1] - table[i]) * (at - Float(i))
        }
        var bytes: [UInt8] = []
        let samples = 128
        for row in 0..<height {
            // A flat surface has no radius: the first row stands for one of half a metre.
            let bend = Float(row) / Float(height - 1)
            let radius = min(leastRadius / max(bend, 1e-3), 500)
            // Where the profile ends, or half round the ball.
            let widest = min(Float.pi, 16 / radius)
            var weights: [SIMD3<Float>] = []
            var angles: [Float] = []
            var total = SIMD3<Float>.zero
            for i in 0..<samples {
                // Closer together in the middle, where the profile is steep.
                let u = (Float(i) + 0.5) / Float(samples) * 2 - 1
                let x = u * abs(u) * widest
                let weight = scattered(2 * radius * sine(abs(x) / 2)) * (abs(u) * widest)
                angles.append(x)
                weights.append(weight)
                total += weight
            }
            for column in 0..<width {
                let cosine = Float(column) / Float(width - 1) * 2 - 1
                let angle = arcTangent((max(0, 1 - cosine * cosine)).squareRoot(), cosine)
                var sum = SIMD3<Float>.zero
                for (x, weight) in zip(angles, weights) {
                    sum += weight * max(0, AvatariumCore.cosine(angle + x))
                }
                let light = sum / total
                for k in 0..<3 { bytes.append(UInt8((clamp(light[k], 0, 1).squareRoot() * 255).rounded())) }
                bytes.append(255)
            }
        }
        return GLES.Texture.Level(width: width, height: height, bytes: bytes)
    }()

    static func texture(_ context: Context) -> Texture {
        Texture(context, levels: [level], sampling: .smooth)
    }
}
