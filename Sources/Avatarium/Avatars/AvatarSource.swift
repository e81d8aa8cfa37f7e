import AvatariumCore
import CXXHash

/// Which avatar a clip or a picture shows, and how its face is mapped.
public struct AvatarSource: Sendable, Hashable {
    public enum Model: Sendable, Hashable {
        /// The name of an avatar of the catalogue (`ada`), or the path of a .glb, .gltf or .vrm file.
        case named(String)
        /// A model in memory.
        case data(AvatarData)
    }

    public var model: Model
    /// The path of a JSON file that maps face shapes to the model's own morph targets.
    public var mapping: String?
    /// One of the model's sets of materials (KHR_materials_variants); nil is its own materials.
    public var variant: String?

    /// The avatar where none is asked for.
    public static let standardName = "ada"

    public init(_ model: Model = .named(standardName), mapping: String? = nil, variant: String? = nil) {
        self.model = model
        self.mapping = mapping
        self.variant = variant
    }

    /// The name, for reports.
    public var name: String {
        switch model {
        case .named(let name): name
        case .data(let data): data.name
        }
    }
}

extension AvatarSource: ExpressibleByStringLiteral {
    /// An avatar by its name or path.
    public init(stringLiteral name: String) { self.init(.named(name)) }
}

/// The bytes of a self-contained model (.glb or .vrm), which caches identify by their hash.
public struct AvatarData: Sendable, Hashable {
    public let bytes: [UInt8]
    /// The model's name in messages and reports.
    public let name: String
    /// XXH3-128 of the bytes.
    private let hash: SIMD2<UInt64>

    public init(_ bytes: [UInt8], name: String) {
        self.bytes = bytes
        self.name = name
        let hash = bytes.withUnsafeBytes { XXH3_128bits($0.baseAddress, $0.count) }
        self.hash = SIMD2(hash.high64, hash.low64)
    }

    public static func == (a: AvatarData, b: AvatarData) -> Bool { a.hash == b.hash && a.name == b.name }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(hash)
        hasher.combine(name)
    }
}
