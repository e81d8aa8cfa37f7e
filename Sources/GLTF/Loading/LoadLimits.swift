/// Bounds on what a model may ask for, checked before anything is allocated; the only ones there are for models. A
/// service lowers them by handing its own to whoever loads.
public struct LoadLimits: Sendable, Codable, Equatable {
    /// Bytes of the model file and of every buffer and image that it names, in total.
    public var totalBytes = 1 << 30
    /// Elements of one accessor.
    public var accessorElements = 20_000_000
    /// Vertices over all meshes, and over all nodes that draw them.
    public var vertices = 10_000_000
    /// Vertices of morph targets, over all nodes that draw them: 800 targets of a head of 50,000.
    public var morphVertices = 40_000_000
    /// Primitives over all nodes that draw them: each takes 33 KB of GL's memory, however small it is.
    public var draws = 10_000
    public var nodes = 100_000
    /// Pixels of one decoded image.
    public var imagePixels = 8192 * 8192
    /// Pixels of all the images that textures use, decoded, in total: 1 GiB of RGBA.
    public var totalImagePixels = 1 << 28
    /// Levels of JSON nesting.
    public var jsonDepth = 128
    /// Values (numbers, strings, objects ...) of the JSON.
    public var jsonValues = 4_000_000
    /// Bytes that libdraco may ask for while it decodes one mesh. A small file gets less: see `dracoBytes(for:)`.
    public var dracoBytes = 1 << 29
    /// Bytes of UTF-8 of one name; longer ones are cut.
    public var nameBytes = 1024
    /// Diagnostics of each stage of reading; more are not kept.
    public var diagnostics = 2000
    /// Joints of all spring chains of an avatar, and the nodes that hang between them; further chains stay still.
    public var springJoints = 4096
    public var springNodes = 65_536
    /// Colliders of one spring chain.
    public var collidersPerSpring = 256
    /// Node constraints of an avatar.
    public var constraints = 512
    /// Expressions of an avatar.
    public var expressions = 2048
    /// Morph targets counted on every node that shows them, and binds of all expressions.
    public var morphTargets = 200_000
    /// Seconds of wall-clock time that loading may take.
    public var seconds = 60.0

    public init() {}

    /// Returns how many bytes decoding `count` compressed ones may take: an ordinary mesh takes some 150 bytes of memory
    /// for each, so that this refuses only files that lie about what they hold.
    func dracoBytes(for count: Int) -> Int {
        let share = count.multipliedReportingOverflow(by: 4096)
        return min(dracoBytes, share.overflow ? .max : (1 << 26) + min(share.partialValue, 1 << 40))
    }

    /// All of them in words, for the help of commands.
    public var summary: String {
        """
        A model may have at most \(totalBytes >> 20) MiB of files and unpacked data, \(vertices) vertices, \
        \(morphVertices) morph target vertices, \
        \(accessorElements) elements in one accessor, \(nodes) nodes, \(draws) drawn primitives, \
        \(imagePixels) pixels in one texture and \(totalImagePixels) in total, \(jsonDepth) levels and \(jsonValues) \
        values of JSON, \(nameBytes) bytes in a name, \(dracoBytes >> 20) MiB to decode one Draco mesh, and \
        \(Int(seconds)) seconds to load. Of a VRM avatar, at most \(springJoints) spring joints with \
        \(collidersPerSpring) colliders each, \(constraints) node constraints, \(expressions) expressions and \
        \(morphTargets) binds are used.
        """
    }
}
