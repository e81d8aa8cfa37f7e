import AvatariumCore
import GLTF
import VRM

/// The structure of a model and the capabilities of its face.
public struct ModelInspection: Sendable, Codable, Equatable {
    /// A morph target of a standard shape.
    public struct Target: Sendable, Codable, Equatable {
        public var mesh: String
        public var name: String
        public var scale: Float
    }

    public struct ExpressionSummary: Sendable, Codable, Equatable {
        public var name: String
        public var isPreset: Bool
        public var morphBinds: Int
        public var materialBinds: Int
    }

    /// A surface that is drawn as a part of a face, and how it was recognised.
    public struct FaceSurface: Sendable, Codable, Equatable {
        public var part: FacePart
        public var mesh: String
        public var material: String?
        public var toldBy: FaceParts.Source
    }

    public struct Clip: Sendable, Codable, Equatable {
        public var name: String
        public var durationSeconds: Float
    }

    public var dialect: ModelDialect
    public var generator: String?
    public var nodes: Int
    public var meshes: Int
    public var vertices: Int
    public var triangles: Int
    public var materials: Int
    public var toonMaterials: Int
    public var textures: Int
    public var images: Int
    public var skins: Int
    public var joints: Int
    public var morphTargets: Int
    public var extensionsUsed: [String]
    public var extensionsRequired: [String]
    /// The mechanism that drives the mouth.
    public var mouth: MouthDriver
    /// Whether the jaw's joint opens it, alone or in addition to shapes that open it only slightly.
    public var turnsJaw: Bool
    /// The measurements of the lips on the mesh.
    public var calibration: MouthCalibration?
    /// The ARKit shapes found, by name, with their morph targets.
    public var arkit: [String: [Target]]
    public var missingARKit: [String]
    public var visemes: [String: [Target]]
    public var missingVisemes: [String]
    /// Morph targets that belong to no standard shape and no expression.
    public var unusedTargets: [String]
    public var expressions: [ExpressionSummary]
    /// The surfaces recognised as skin, eyes, hair and the inside of the mouth.
    public var faceSurfaces: [FaceSurface]
    /// Bone names to node names.
    public var humanoidBones: [String: String]
    public var springChains: Int
    public var nodeConstraints: Int
    public var lookAt: String?
    public var clips: [Clip]
    /// The size of the model in metres, at rest.
    public var size: [Float]?
    public var diagnostics: [Diagnostic]

    public init(_ model: AvatarModel) {
        let document = model.document
        dialect = model.dialect
        generator = document.asset.generator
        nodes = document.nodes.count
        meshes = document.meshes.count
        (vertices, triangles) = ModelInspection.count(document)
        materials = document.materials.count
        toonMaterials = model.toonMaterials.count
        textures = document.textures.count
        images = document.images.count
        skins = document.skins.count
        joints = Set(document.skins.flatMap(\.joints)).count
        morphTargets = document.meshes.reduce(0) { $0 + ($1.primitives.map(\.targets.count).max() ?? 0) }
        extensionsUsed = document.extensionsUsed
        extensionsRequired = document.extensionsRequired
        let rig = AvatarRig(model: model)
        mouth = rig.mouth
        turnsJaw = rig.turnsJaw
        calibration = rig.calibration
        let mapping = FaceMapping(templateFor: model)
        func found(_ names: [String]) -> [String: [Target]] {
            var table: [String: [Target]] = [:]
            for name in names {
                guard let entries = mapping.shapes[name], !entries.isEmpty else { continue }
                table[name] = entries.map { Target(mesh: $0.mesh ?? "", name: $0.target, scale: $0.scale) }
            }
            return table
        }
        let visemeNames = OculusViseme.allCases.map { "viseme_\($0.name)" }
        let arkit = found(ARKitShape.names)
        let visemes = found(visemeNames)
        self.arkit = arkit
        missingARKit = ARKitShape.names.filter { arkit[$0] == nil }
        self.visemes = visemes
        missingVisemes = visemeNames.filter { visemes[$0] == nil }
        unusedTargets = ModelInspection.unused(mapping, model)
        expressions = model.expressions.map {
            ExpressionSummary(
                name: $0.name, isPreset: $0.isPreset, morphBinds: $0.morphs.count,
                materialBinds: $0.colors.count + $0.textureTransforms.count)
        }
        humanoidBones = Dictionary(
            uniqueKeysWithValues: model.humanoid.filter { document.nodes.indices.contains($0.value) }.map {
                ($0.key.rawValue, document.nodes[$0.value].name ?? "node \($0.value)")
            })
        faceSurfaces = model.faceParts.byPlace.sorted {
            ($0.key.mesh, $0.key.primitive) < ($1.key.mesh, $1.key.primitive)
        }.map { place, found in
            let material = document.meshes[place.mesh].primitives[place.primitive].material
            return FaceSurface(
                part: found.part, mesh: FaceParts.name(ofMesh: place.mesh, document),
                material: material.flatMap { document.materials[$0].name }, toldBy: found.source)
        }
        springChains = model.springs.count
        nodeConstraints = model.constraints.count
        lookAt = model.lookAt?.kind.rawValue
        clips = document.animations.enumerated().map {
            Clip(name: $0.element.name ?? "\($0.offset)", durationSeconds: $0.element.durationSeconds)
        }
        let box = rig.bounds()?.size
        size = box.map { [$0.x, $0.y, $0.z] }
        diagnostics = model.diagnostics
    }

    /// Vertices and triangles over all meshes, each mesh once.
    private static func count(_ document: Document) -> (vertices: Int, triangles: Int) {
        var vertices = 0
        var triangles = 0
        for primitive in document.meshes.flatMap(\.primitives) {
            func count(_ accessor: Int?) -> Int? {
                accessor.flatMap {
                    document.accessors.indices.contains($0) ? document.accessors[$0].count : nil
                }
            }
            let points = count(primitive.attributes["POSITION"]) ?? 0
            vertices += points
            let corners = count(primitive.indices) ?? points
            switch primitive.mode {
            case .triangles: triangles += corners / 3
            case .triangleStrip, .triangleFan: triangles += max(0, corners - 2)
            default: break
            }
        }
        return (vertices, triangles)
    }

    private static func unused(_ mapping: FaceMapping, _ model: AvatarModel) -> [String] {
        var names: [MorphTarget: String] = [:]
        for (name, targets) in model.face.byName {
            for target in targets { names[MorphTarget(node: target.node, target: target.target)] = name }
        }
        let bound = Set(
            model.expressions.flatMap(\.morphs).compactMap {
                names[MorphTarget(node: $0.node, target: $0.target)]
            })
        // Lines are `mesh: target`.
        return (mapping.unused ?? []).filter { line in
            !line.ranges(of: ": ").contains { bound.contains(String(line[$0.upperBound...])) }
        }
    }
}
