import AvatariumCore

/// How a scene is drawn: fixed when it is loaded.
public struct RenderSettings: Sendable {
    /// Pixels.
    public var width: Int
    public var height: Int
    /// Samples for each pixel's edges; lowered to what GL offers.
    public var samples = 4
    /// Smooths edges in the finished picture where `samples` is 1: a fraction of multisampling's cost.
    public var smoothsEdges = false
    public var background = Background.color(SIMD4(1, 1, 1, 1))
    public var environment = EnvironmentSource.studio
    /// Factor on scene-linear light before tone mapping.
    public var exposure: Float = 1
    public var toneMap = ToneMap.aces
    /// A soft warm light from above left, beside the environment.
    public var keyLight = true
    public var quality = RenderQuality.standard

    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }
}

public enum Background: Sendable {
    /// sRGB-encoded, straight RGBA of 0...1.
    case color(SIMD4<Float>)
    /// Scaled to cover the picture, centred.
    case image(PixelBuffer)
    case transparent
    /// The environment itself.
    case environment
}

public enum EnvironmentSource: Sendable, Hashable {
    /// A photographer's studio, made by our own code.
    case studio
    /// A Radiance picture, equirectangular.
    case hdr(path: String)
    case none
}

public enum ToneMap: String, Sendable, Codable, ChoiceDecodable {
    case aces, neutral, none
}

public enum RenderQuality: String, Sendable, Codable, CaseIterable {
    case draft, standard, high
}

/// Seconds that the last frame took by stage.
public struct StageClocks: Sendable, Codable, Equatable {
    /// Morphing and skinning.
    public var deformSeconds = 0.0
    /// Handing draws to GL.
    public var drawSeconds = 0.0
    /// Waiting for GL and copying the pixels.
    public var readbackSeconds = 0.0
    public init() {}
}

/// A model on the GPU.
public struct SceneHandle: Sendable, Hashable {
    let id: Int
    /// What was noticed while uploading (images that cannot be decoded, say).
    public let diagnostics: [Diagnostic]
}
