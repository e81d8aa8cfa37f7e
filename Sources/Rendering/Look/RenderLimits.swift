/// Limits on the time and memory of rendering, checked before anything is allocated. Use lower limits for
/// untrusted files.
public struct RenderLimits: Hashable, Codable, Sendable {
    /// The largest file of an environment or background, in bytes.
    public var fileBytes = 1 << 29
    /// The largest environment (.hdr), in pixels; it is downscaled while it is read.
    public var environmentPixels = 1 << 27
    /// The largest background image, in pixels.
    public var backgroundPixels = 1 << 26
    /// The largest image of a texture before downscaling, in pixels.
    public var imagePixels = 1 << 26
    /// The total size of all images that a model's materials use, before downscaling, in pixels.
    public var totalImagePixels = 1 << 28
    /// The largest side of a texture, in pixels; larger images are downscaled.
    public var textureSide = 4096
    /// The total size of all textures of a scene with their mipmaps, in bytes. If a model has more, all are
    /// downscaled until they fit.
    public var textureBytes = 1 << 29
    /// The number of kinds of materials for which a scene compiles separate programs, 0.1 to 0.3 s of a core
    /// each. Further kinds are drawn in a simpler way.
    public var materialKinds = 24
    /// The memory for rendering a model, in bytes (`SceneBlueprint.estimatedBytes`): textures, vertices, programs
    /// and the picture.
    public var sceneBytes = 4 << 30
    /// The longest time for one frame, in seconds.
    public var frameSeconds = 120.0

    public init() {}

    /// A description of all limits, for the help of commands.
    public var summary: String {
        """
        An environment may have at most \(environmentPixels) pixels, a background \(backgroundPixels), and either file \
        \(fileBytes >> 20) MiB. A model's images may have \(imagePixels) pixels each and \(totalImagePixels) in total; \
        textures are downscaled to \(textureSide) pixels per side and, including mipmaps, to \(textureBytes >> 20) MiB \
        in total. A scene may take \(sceneBytes >> 20) MiB and have \(materialKinds) kinds of materials, and a frame may \
        take \(Int(frameSeconds)) seconds to draw.
        """
    }
}
