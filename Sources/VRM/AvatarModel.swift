import AvatariumCore
import GLTF

/// A glTF or VRM avatar with its semantics resolved into one form, whatever the file's dialect.
public struct AvatarModel: Sendable {
    public var document: Document
    /// Which of the face's standard shapes the meshes have, and where.
    public var face: FaceShapeMap
    /// The node of each bone; for plain glTF, recognised from node names and from what the nodes carry.
    public var humanoid: [HumanBone: Int]
    /// VRM expressions (presets under their 1.0 names, and custom ones); empty for plain glTF.
    public var expressions: [Expression] = []
    public var lookAt: LookAt?
    public var springs: [SpringChain] = []
    public var constraints: [NodeConstraint] = []
    /// MToon parameters by material index.
    public var toonMaterials: [Int: ToonMaterial] = [:]
    /// Which surfaces are skin, eyes, hair and the inside of the mouth.
    public var faceParts = FaceParts()
    public var dialect = ModelDialect.gltf
    /// The rotation that makes the avatar face +Z (VRM 0.x faces -Z).
    public var facing = Quaternion.identity
    /// All notices: the loader's and the avatar's own.
    public var diagnostics: [Diagnostic] = []
    /// How many of them were noted of the avatar's own extensions.
    var noteCount = 0

    public init(
        document: Document, face: FaceShapeMap = FaceShapeMap(), humanoid: [HumanBone: Int] = [:]
    ) {
        self.document = document
        self.face = face
        self.humanoid = humanoid
    }
}

/// A morph target of the mesh on a node.
public struct MorphTarget: Sendable, Hashable, Codable {
    public var node: Int
    public var target: Int
    /// The weight of the target when the shape's weight is 1.
    public var scale: Float
    public init(node: Int, target: Int, scale: Float = 1) {
        self.node = node
        self.target = target
        self.scale = scale
    }
}

/// The standard face shapes found on a model.
public struct FaceShapeMap: Sendable {
    public var arkit: [ARKitShape: [MorphTarget]] = [:]
    public var visemes: [OculusViseme: [MorphTarget]] = [:]
    /// Every named morph target of the model, for `--weights`.
    public var byName: [String: [MorphTarget]] = [:]
    public init() {}
}

/// A VRM expression.
public struct Expression: Sendable {
    public enum Override: String, Sendable { case none, block, blend }
    public enum ColorKind: String, Sendable {
        case color, emissionColor, shadeColor, matcapColor, rimColor, outlineColor
    }
    public struct ColorBind: Sendable {
        public var material: Int
        public var kind: ColorKind
        public var target: SIMD4<Float>
        public init(material: Int, kind: ColorKind, target: SIMD4<Float>) {
            self.material = material
            self.kind = kind
            self.target = target
        }
    }
    public struct TextureTransformBind: Sendable {
        public var material: Int
        public var scale: SIMD2<Float>
        public var offset: SIMD2<Float>
        /// Whether it changes the first and the second coordinate.
        public var changesU = true
        public var changesV = true
        public init(material: Int, scale: SIMD2<Float>, offset: SIMD2<Float>) {
            self.material = material
            self.scale = scale
            self.offset = offset
        }
    }
    public var name: String
    /// Other names by which its author knows it: a VRM 0.x file's own, before they became those of 1.0.
    public var aliases: [String] = []
    /// Which of the standard expressions it is: by its preset or, where no other expression is that, by its name.
    public var role: ExpressionPreset?
    /// Whether the file itself says so.
    public let isPreset: Bool
    public var isBinary = false
    public var overrideBlink = Override.none
    public var overrideLookAt = Override.none
    public var overrideMouth = Override.none
    public var morphs: [MorphTarget] = []
    public var colors: [ColorBind] = []
    public var textureTransforms: [TextureTransformBind] = []
    public init(name: String, role: ExpressionPreset?) {
        self.name = name
        self.role = role
        isPreset = role != nil
    }

    public init(_ preset: ExpressionPreset) { self.init(name: preset.rawValue, role: preset) }
}

/// How a VRM avatar turns its eyes.
public struct LookAt: Sendable {
    public enum Kind: String, Sendable { case bone, expression }
    /// Degrees in, degrees (bone) or weight (expression) out, linear and clamped.
    public struct RangeMap: Sendable {
        public var inputMaxValue: Float
        public var outputScale: Float
        public init(inputMaxValue: Float = 90, outputScale: Float = 10) {
            self.inputMaxValue = inputMaxValue
            self.outputScale = outputScale
        }
    }
    public var kind: Kind
    public var horizontalInner: RangeMap
    public var horizontalOuter: RangeMap
    public var verticalDown: RangeMap
    public var verticalUp: RangeMap

    /// - Parameter range: The range map of all directions.
    public init(kind: Kind, range: RangeMap = RangeMap()) {
        self.kind = kind
        (horizontalInner, horizontalOuter, verticalDown, verticalUp) = (range, range, range, range)
    }

    /// Calls a function with each range map and its name in files, behind a prefix of their version.
    mutating func updateRanges(_ update: (String, inout RangeMap) -> Void) {
        update("HorizontalInner", &horizontalInner)
        update("HorizontalOuter", &horizontalOuter)
        update("VerticalDown", &verticalDown)
        update("VerticalUp", &verticalUp)
    }
}

/// A chain of spring bones (VRMC_springBone 1.0; VRM 0.x secondaryAnimation converted).
public struct SpringChain: Sendable {
    public struct Joint: Sendable {
        public var node: Int
        public var hitRadius: Float = 0
        public var stiffness: Float = 1
        public var gravityPower: Float = 0
        public var gravityDirection = SIMD3<Float>(0, -1, 0)
        public var dragForce: Float = 0.5
        public init(node: Int) { self.node = node }
    }
    /// A shape that hangs on a node and that springs do not enter, or do not leave.
    public struct Collider: Sendable {
        public enum Shape: Sendable {
            case sphere(offset: SIMD3<Float>, radius: Float, isInside: Bool = false)
            case capsule(offset: SIMD3<Float>, tail: SIMD3<Float>, radius: Float, isInside: Bool = false)
            /// Springs stay on the side that the normal, of unit length, points to.
            case plane(offset: SIMD3<Float>, normal: SIMD3<Float>)
        }
        public var node: Int
        public var shape: Shape
        public init(node: Int, shape: Shape) {
            self.node = node
            self.shape = shape
        }
    }
    public var joints: [Joint] = []
    public var colliders: [Collider] = []
    /// Node in whose space inertia is evaluated, or nil for the world.
    public var center: Int?
    /// Length in metres of the last joint's own bone, which has no next joint to point at; 0 (VRM 1.0) leaves
    /// the last joint still.
    public var endLength: Float = 0
    public init() {}
}

/// VRMC_node_constraint.
public struct NodeConstraint: Sendable {
    public enum Kind: Sendable {
        case roll(axis: SIMD3<Float>)
        case aim(axis: SIMD3<Float>)
        case rotation
    }
    public var node: Int
    public var source: Int
    public var kind: Kind
    public var weight: Float
    public init(node: Int, source: Int, kind: Kind, weight: Float) {
        self.node = node
        self.source = source
        self.kind = kind
        self.weight = weight
    }
}

/// MToon parameters (VRMC_materials_mtoon 1.0; VRM 0.x converted). Colours are linear.
public struct ToonMaterial: Sendable {
    public enum OutlineWidthMode: String, Sendable { case none, worldCoordinates, screenCoordinates }
    public var shadeColor = SIMD3<Float>(repeating: 1)
    public var shadeMultiplyTexture: TextureInfo?
    public var shadingShift: Float = 0
    public var shadingShiftTexture: TextureInfo?
    public var shadingToony: Float = 0.9
    public var giEqualization: Float = 0.9
    public var matcapFactor = SIMD3<Float>(repeating: 1)
    public var matcapTexture: TextureInfo?
    public var rimColor = SIMD3<Float>.zero
    public var rimTexture: TextureInfo?
    public var rimLightingMix: Float = 1
    public var rimFresnelPower: Float = 5
    public var rimLift: Float = 0
    public var outlineWidthMode = OutlineWidthMode.none
    /// Metres, or a share of the screen's height.
    public var outlineWidth: Float = 0
    public var outlineWidthTexture: TextureInfo?
    public var outlineColor = SIMD3<Float>.zero
    public var outlineLightingMix: Float = 1
    public var transparentWithZWrite = false
    public var renderQueueOffset = 0
    /// How far texture coordinates move in a second.
    public var uvScrollSpeed = SIMD2<Float>.zero
    /// Radians per second that texture coordinates turn about (0.5, 0.5).
    public var uvRotationSpeed: Float = 0
    /// Its blue channel scales the two speeds.
    public var uvAnimationMaskTexture: TextureInfo?
    public init() {}
}

extension AvatarModel {
    /// The index of the expression that is a preset and does something; nil where there is none.
    public func expression(_ preset: ExpressionPreset) -> Int? {
        expressions.firstIndex { $0.role == preset && !$0.bindsNothing }
            ?? expressions.firstIndex { $0.role == preset }
    }

    /// The index of the expression that a user means: by its name, by another name of its author's or by its preset's
    /// name, in this order, and then in any case.
    public func expression(named name: String) -> Int? {
        let ways: [(Expression) -> Bool] = [
            { $0.name == name }, { $0.aliases.contains(name) }, { $0.role?.rawValue == name },
            { $0.name.lowercased() == name.lowercased() },
            { $0.aliases.contains { $0.lowercased() == name.lowercased() } },
        ]
        return ways.lazy.compactMap { expressions.firstIndex(where: $0) }.first
    }
}

extension AvatarModel {
    /// The targets that open the mouth: the jaw's, else the viseme of "aa", else the expression.
    package var openingTargets: [MorphTarget] {
        face.arkit[.jawOpen] ?? face.visemes[.aa] ?? morphs(of: .aa)
    }

    /// What a standard expression drives; nothing where there is none.
    package func morphs(of preset: ExpressionPreset) -> [MorphTarget] {
        expression(preset).map { expressions[$0].morphs } ?? []
    }

    /// The morph targets that round the lips, by which lips are distinguished from the rest of the face.
    package var roundingTargets: [MorphTarget] {
        face.arkit[.mouthPucker] ?? face.arkit[.mouthFunnel] ?? face.visemes[.U] ?? face.visemes[.O]
            ?? morphs(of: .ou)
    }
}
