/// Bounds on what a model may ask for, checked before anything is allocated.
public struct LoadLimits: Sendable, Codable, Equatable {
    /// Bytes of the model file and of every buffer and image that it names, in total.
    public var totalBytes = 1 << 30
    /// Elements of one accessor.
    public var accessorElements = 20_000_000
    /// Vertices over all meshes.
    public var vertices = 10_000_000
    public var nodes = 100_000
    /// Pixels of one decoded image.
    public var imagePixels = 8192 * 8192
    /// Levels of JSON nesting.
    public var jsonDepth = 128
    /// Values (numbers, strings, objects ...) of the JSON.
    public var jsonValues = 4_000_000

    public init() {}
}
