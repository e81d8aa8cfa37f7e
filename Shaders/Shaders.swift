/// The GLSL ES 3.00 sources, without `#version` and `#define` lines, which the renderer puts before them.
public enum ShaderSource {
    public static var surfaceVertex: String {
        text(PackageResources.lighting_glsl) + text(PackageResources.output_glsl)
            + text(PackageResources.surface_vert)
    }
    public static var surfaceFragment: String {
        text(PackageResources.lighting_glsl) + text(PackageResources.output_glsl)
            + text(PackageResources.surface_frag)
    }
    public static var toonFragment: String {
        text(PackageResources.lighting_glsl) + text(PackageResources.output_glsl)
            + text(PackageResources.toon_frag)
    }
    public static var backdropVertex: String { text(PackageResources.backdrop_vert) }
    public static var backdropFragment: String {
        text(PackageResources.lighting_glsl) + text(PackageResources.output_glsl)
            + text(PackageResources.backdrop_frag)
    }
    /// The uniform blocks; first in every shader.
    public static var blocks: String { text(PackageResources.blocks_glsl) }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
