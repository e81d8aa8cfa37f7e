/// Bounds on the work and memory that drawing may take, checked before anything is allocated. Give lower ones to a
/// ``Renderer`` that draws untrusted files.
public struct RenderLimits: Hashable, Codable, Sendable {
    /// Bytes of the file of an environment or background.
    public var fileBytes = 1 << 29
    /// Pixels of an environment (.hdr); it is reduced while it is read.
    public var environmentPixels = 1 << 27
    /// Pixels of a background image.
    public var backgroundPixels = 1 << 26
    /// Pixels of one texture's image before it is reduced.
    public var imagePixels = 1 << 26
    /// Pixels of all images that a model's materials use, before they are reduced.
    public var totalImagePixels = 1 << 28
    /// Largest side of a texture, in pixels; larger images are reduced.
    public var textureSide = 4096
    /// Bytes of all textures of a scene with their mipmaps. Where a model has more, all are reduced until they fit.
    public var textureBytes = 1 << 29
    /// Kinds of materials for which a scene compiles programs of their own: 0.1 to 0.3 s of a core each. Further ones are
    /// drawn more simply.
    public var materialKinds = 24
    /// Bytes that drawing a model may take (`SceneBlueprint.estimatedBytes`): textures, vertices, programs and the picture.
    public var sceneBytes = 4 << 30
    /// Seconds that one frame may take.
    public var frameSeconds = 120.0

    public init() {}

    /// All of them in words, for the help of commands.
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
