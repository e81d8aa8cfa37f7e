import AvatariumCore

/// What the host's GL is and can do.
public struct GLReport: Sendable, Codable, Equatable {
    /// The EGL platform that answered.
    public var platform = ""
    public var eglVersion = ""
    public var vendor = ""
    public var renderer = ""
    public var version = ""
    public var maximumSamples = 0
    public var maximumTextureSize = 0
    public var maximumRenderbufferSize = 0
    public var maximumTextureUnits = 0
    /// Whether drawing happens on the CPU (llvmpipe, softpipe, SwiftShader).
    public var isSoftware = false
    /// Every EGL platform tried, in order, each with its outcome: `surfaceless: chosen`.
    public var attempts: [String] = []

    public init() {}
}
