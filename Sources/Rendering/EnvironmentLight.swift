import AvatariumCore
import GLES

/// Light from all around, on the GPU.
final class EnvironmentLight {
    let harmonics: SphericalHarmonics
    let radiance: Texture
    /// The same for surfaces that reflect little: eight bits, the square root of a sixteenth.
    let faintRadiance: Texture
    /// `uRadianceShape` of `lighting.glsl`.
    let shape: SIMD4<Float>
    /// The picture itself, for `Background.environment`.
    let panorama: Texture?

    /// - Throws: E021 or E071 for an environment file that cannot be used.
    init(_ context: Context, _ source: EnvironmentSource, size: Int, visible: Bool) throws {
        let map: OctahedralMap
        var shown: Panorama?
        switch source {
        case .hdr(let path):
            let picture = try Panorama.load(path: path)
            let reduced = picture.reduced(to: 1024)
            let rows = ConcurrentRows(count: 256) { y in
                (0..<256).map { x in
                    // Four samples a texel, so that small lamps count by their area.
                    (0..<4).reduce(SIMD4<Float>.zero) { sum, s in
                        let (dx, dy) = (Float(s % 2) * 0.5 + 0.25, Float(s / 2) * 0.5 + 0.25)
                        let d = OctahedralMap.direction(Float(x) + dx, Float(y) + dy, 256)
                        return sum + reduced.sample(d)
                    } * 0.25
                }
            }
            map = OctahedralMap(size: 256, texels: rows.values.flatMap { $0 })
            if visible { shown = picture.reduced(to: 2048) }
        case .studio, .none:
            map = OctahedralMap(size: 64, Studio.radiance)
            if visible { shown = Panorama(size: 256, Studio.radiance) }
        }
        harmonics = SphericalHarmonics(map)
        let prefiltered = PrefilteredRadiance(map, size: size)
        radiance = Texture(
            context, width: prefiltered.width, height: prefiltered.height,
            halfFloats: prefiltered.pixels)
        faintRadiance = Texture(
            context,
            levels: [
                (
                    prefiltered.width, prefiltered.height,
                    prefiltered.pixels.map { UInt8((clamp($0 / 16, 0, 1).squareRoot() * 255).rounded()) }
                )
            ], sampling: .smooth)
        let bordered = Float(size + 2)
        shape = SIMD4(
            Float(PrefilteredRadiance.levels - 1), Float(size), bordered / Float(prefiltered.width), 1)
        panorama = shown.map { shown in
            Texture(
                context, width: shown.width, height: shown.height,
                halfFloats: shown.pixels.flatMap {
                    [min($0.x, 65504), min($0.y, 65504), min($0.z, 65504), 1]
                },
                sampling: Texture.Sampling.panorama)
        }
    }
}
