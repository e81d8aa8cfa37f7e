import AvatariumCore
import GLES

/// Light from all around, on the GPU.
final class EnvironmentLight {
    let harmonics: SphericalHarmonics
    let radiance: Texture
    /// Radiance for surfaces that reflect little: eight bits, the square root of a sixteenth.
    let faintRadiance: Texture
    /// `uRadianceShape` of `lighting.glsl`.
    let shape: SIMD4<Float>
    /// The picture itself, for `Background.environment`.
    let panorama: Texture?

    init(_ context: Context, _ probe: LightProbe) {
        harmonics = probe.harmonics
        let prefiltered = probe.radiance
        radiance = Texture(
            context, width: prefiltered.width, height: prefiltered.height,
            halfFloats: prefiltered.pixels.map { min($0, 65504) })
        faintRadiance = Texture(
            context,
            levels: [
                Texture.Level(
                    width: prefiltered.width, height: prefiltered.height,
                    bytes: prefiltered.pixels.map {
                        UInt8((clamp($0 / 16, 0, 1).squareRoot() * 255).rounded())
                    })
            ], sampling: .smooth)
        let bordered = Float(prefiltered.size + 2)
        shape = SIMD4(
            Float(PrefilteredRadiance.levels - 1), Float(prefiltered.size),
            bordered / Float(prefiltered.width), 1)
        panorama = probe.panorama.map { shown in
            Texture(
                context, width: shown.width, height: shown.height,
                halfFloats: shown.pixels.flatMap {
                    [min($0.x, 65504), min($0.y, 65504), min($0.z, 65504), 1]
                },
                sampling: Texture.Sampling.panorama)
        }
    }
}
