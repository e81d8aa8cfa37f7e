import AvatariumCore

/// A checked glTF 2.0 asset: every index in it is valid, every accessor lies inside its buffer view, the node
/// graph is a forest. Arrays are indexed by the glTF indices of the file.
public struct Document: Sendable {
    public var asset = Asset()
    /// Root nodes of the scene to show: `scene`, else the first one, else every parentless node.
    public var sceneRoots: [Int] = []
    public var nodes: [Node] = []
    public var meshes: [Mesh] = []
    public var skins: [Skin] = []
    public var animations: [Animation] = []
    public var materials: [Material] = []
    public var textures: [Texture] = []
    public var images: [Image] = []
    public var samplers: [Sampler] = []
    public var cameras: [Camera] = []
    public var lights: [Light] = []
    public var accessors: [Accessor] = []
    public var extensionsUsed: [String] = []
    public var extensionsRequired: [String] = []
    /// The whole JSON, for extensions read by others (VRM).
    public var json: JSON = .null
    /// Everything noticed while loading, in file order.
    public var diagnostics: [Diagnostic] = []
    /// Where it came from, for messages.
    public var path: String = ""
    /// KHR_materials_variants names.
    public var variants: [String] = []
    /// The file's sets of texture coordinates that `TEXCOORD_0` and `TEXCOORD_1` here are, where they are others.
    public var textureCoordinateSets: [Int] = []
    /// The bounds that it was loaded with, which readers of its extensions keep to as well.
    public var limits = LoadLimits()

    public init() {}
}

public struct Asset: Sendable {
    public var version = ""
    public var minVersion: String?
    public var generator: String?
    public var copyright: String?
    public init() {}
}

public struct Node: Sendable {
    public var name: String?
    public var children: [Int] = []
    public var parent: Int?
    public var translation = SIMD3<Float>.zero
    public var rotation = Quaternion.identity
    public var scale = SIMD3<Float>(repeating: 1)
    /// Set when the file gives `matrix`; then the three above are its decomposition, for animation only.
    public var matrix: Matrix4?
    public var mesh: Int?
    public var skin: Int?
    public var camera: Int?
    /// KHR_lights_punctual.
    public var light: Int?
    /// Overrides the mesh's default weights when not empty.
    public var weights: [Float] = []
    /// False hides the node and all below it (KHR_node_visibility).
    public var isVisible = true
    /// Whether the node's own mesh is left out of the picture: a VRM's that only its wearer sees.
    public var hidesMesh = false
    public init() {}

    /// The node's local transform.
    public var localMatrix: Matrix4 {
        matrix ?? Matrix4(translation: translation, rotation: rotation, scale: scale)
    }
}

public struct Mesh: Sendable {
    public var name: String?
    public var primitives: [Primitive] = []
    /// Default morph weights; as many as the primitive with most targets has, zeros where the file gives none.
    public var weights: [Float] = []
    /// `extras.targetNames` of the mesh (or, failing that, of its first primitive); empty where absent.
    public var targetNames: [String] = []
    public init() {}
}

public struct Primitive: Sendable {
    /// OpenGL's numbers.
    public enum Mode: Int, Sendable {
        case points = 0
        case lines, lineLoop, lineStrip, triangles, triangleStrip, triangleFan
    }
    public var mode = Mode.triangles
    public var material: Int?
    /// Accessor indices by semantic (`POSITION`, `TEXCOORD_0` ...).
    public var attributes: [String: Int] = [:]
    public var indices: Int?
    /// For each morph target, accessor indices by semantic (`POSITION`, `NORMAL`, `TANGENT`).
    public var targets: [[String: Int]] = []
    /// KHR_materials_variants: material index by variant index.
    public var variantMaterials: [Int: Int] = [:]
    public init() {}
}

public struct Skin: Sendable {
    public var name: String?
    /// Node indices.
    public var joints: [Int] = []
    public var skeleton: Int?
    /// As many as joints; identities where the file gives none.
    public var inverseBindMatrices: [Matrix4] = []
    public init() {}
}

public struct Animation: Sendable {
    public enum Path: String, Sendable { case translation, rotation, scale, weights, pointer }
    public enum Interpolation: String, Sendable {
        case linear = "LINEAR", step = "STEP", cubicSpline = "CUBICSPLINE"
    }
    public struct Channel: Sendable {
        public var sampler: Int
        public var node: Int?
        public var path: Path
        public init(sampler: Int, node: Int?, path: Path) {
            self.sampler = sampler
            self.node = node
            self.path = path
        }
    }
    public struct Sampler: Sendable {
        /// Key times, seconds, strictly increasing.
        public var times: [Float]
        /// Flattened outputs as in the file (cubic splines: in-tangent, value, out-tangent for each key).
        public var values: [Float]
        public var interpolation: Interpolation
        public init(times: [Float], values: [Float], interpolation: Interpolation) {
            self.times = times
            self.values = values
            self.interpolation = interpolation
        }
    }
    public var name: String?
    public var channels: [Channel] = []
    public var samplers: [Sampler] = []
    /// The first thing that is wrong with it; channels that cannot be played are left out.
    public var defect: Diagnostic?
    public init() {}
    public var durationSeconds: Float { samplers.compactMap { $0.times.last }.max() ?? 0 }
}

public struct Texture: Sendable {
    public var sampler: Int?
    /// The image to use: KHR_texture_basisu's or EXT_texture_webp's where the texture has one, else `source`.
    public var image: Int?
    public init() {}
}

public struct Image: Sendable {
    public var name: String?
    public var mimeType: String?
    /// The encoded file (PNG, JPEG, WebP, KTX2).
    public var bytes: [UInt8] = []
    /// The file or data URI that it came from, shortened, for messages.
    public var source = ""
    public init() {}
}

public struct Sampler: Sendable {
    /// OpenGL enumerants; nil lets the renderer choose (linear, mipmapped).
    public var magFilter: Int?
    public var minFilter: Int?
    public var wrapS = 10497
    public var wrapT = 10497
    public init() {}
}

public struct Camera: Sendable {
    public enum Projection: Sendable {
        /// Radians; `zfar` nil is infinite; `aspectRatio` nil is the viewport's.
        case perspective(yfov: Float, aspectRatio: Float?, znear: Float, zfar: Float?)
        case orthographic(xmag: Float, ymag: Float, znear: Float, zfar: Float)
    }
    public var name: String?
    public var projection: Projection
}

/// KHR_lights_punctual.
public struct Light: Sendable {
    public enum Kind: Sendable {
        case directional, point
        case spot(innerConeAngle: Float, outerConeAngle: Float)
    }
    public var name: String?
    public var kind: Kind
    public var color = SIMD3<Float>(repeating: 1)
    /// Lux for directional, candela for the others.
    public var intensity: Float = 1
    public var range: Float?
    public init(kind: Kind) { self.kind = kind }
}
