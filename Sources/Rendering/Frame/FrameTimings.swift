/// The duration of the last frame by stage, in seconds.
public struct FrameTimings: Sendable, Codable, Equatable {
    /// Morphing and skinning.
    public var deformSeconds = 0.0
    /// Submitting draw calls to GL.
    public var drawSeconds = 0.0
    /// Waiting for GL and copying the pixels.
    public var readbackSeconds = 0.0
    public init() {}
}
