import AvatariumCore

/// A typed view of `count` elements, checked to lie inside its data. Sparse substitution, buffer-view
/// compression (EXT_meshopt_compression) and interleaving are already resolved: `bytes` is tightly packed.
public struct Accessor: Sendable {
    /// OpenGL's numbers.
    public enum ComponentType: Int, Sendable {
        case byte = 5120
        case unsignedByte = 5121
        case short = 5122
        case unsignedShort = 5123
        case unsignedInt = 5125
        case float = 5126

        public var size: Int {
            switch self {
            case .byte, .unsignedByte: 1
            case .short, .unsignedShort: 2
            case .unsignedInt, .float: 4
            }
        }
    }

    public enum ElementType: String, Sendable {
        case scalar = "SCALAR"
        case vec2 = "VEC2"
        case vec3 = "VEC3"
        case vec4 = "VEC4"
        case mat2 = "MAT2"
        case mat3 = "MAT3"
        case mat4 = "MAT4"

        public var componentCount: Int {
            switch self {
            case .scalar: 1
            case .vec2: 2
            case .vec3: 3
            case .vec4, .mat2: 4
            case .mat3: 9
            case .mat4: 16
            }
        }
    }

    public var componentType: ComponentType
    public var elementType: ElementType
    public var normalized: Bool
    public var count: Int
    /// `count * componentCount * componentType.size` bytes, little-endian, column padding of matrices removed.
    public var bytes: [UInt8]
    public var min: [Float]
    public var max: [Float]

    public init(
        componentType: ComponentType, elementType: ElementType, normalized: Bool, count: Int, bytes: [UInt8],
        min: [Float] = [], max: [Float] = []
    ) {
        self.componentType = componentType
        self.elementType = elementType
        self.normalized = normalized
        self.count = count
        self.bytes = bytes
        self.min = min
        self.max = max
    }

    /// Stands for an accessor that cannot be read; whatever uses it is refused.
    static let empty = Accessor(
        componentType: .unsignedByte, elementType: .scalar, normalized: false, count: 0, bytes: [])
}
