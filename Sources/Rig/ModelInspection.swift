import AvatariumCore
import GLTF
import VRM

/// What a model is and what its face can do, for people and programs to read.
public struct ModelInspection: Sendable, Codable, Equatable {
    /// One morph target that serves a standard shape.
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

    public struct Clip: Sendable, Codable, Equatable {
        public var name: String
        public var durationSeconds: Float
    }

    /// `"glTF"`, `"VRM 0.x"` or `"VRM 1.0"`.
    public var dialect: String
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
    /// How the mouth is driven.
    public var mouth: MouthDriver
    /// The lips as measured on the mesh.
    public var calibration: MouthCalibration?
    /// ARKit shapes found, by name, with the morph targets that serve them.
    public var arkit: [String: [Target]]
    public var missingARKit: [String]
    public var visemes: [String: [Target]]
    public var missingVisemes: [String]
    /// Morph targets that serve no standard shape and no expression.
    public var unusedTargets: [String]
    public var expressions: [ExpressionSummary]
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
        humanoidBones = model.humanoid.compactMapValues { node in
            document.nodes.indices.contains(node) ? document.nodes[node].name ?? "node \(node)" : nil
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
        let bound = Set(
            model.expressions.flatMap(\.morphs).flatMap { bind in
                model.face.byName.filter { entry in
                    entry.value.contains { $0.node == bind.node && $0.target == bind.target }
                }.keys
            })
        return (mapping.unused ?? []).filter { line in
            !bound.contains { line.hasSuffix(": \($0)") }
        }
    }
}

extension ModelInspection {
    /// The same for people: a few lines of text, without the diagnostics.
    public var words: String {
        var lines = [
            "\(dialect)\(generator.map { " by \($0)" } ?? "")",
            "\(meshes) meshes, \(vertices) vertices, \(triangles) triangles, \(materials) materials"
                + (toonMaterials > 0 ? " (\(toonMaterials) MToon)" : "") + ", \(images) images",
            "\(nodes) nodes, \(skins) skins, \(joints) joints, \(humanoidBones.count) humanoid bones, "
                + "\(springChains) spring chains, \(nodeConstraints) node constraints",
        ]
        if let size {
            lines.append("size \(size.map { "\(($0 * 1000).rounded() / 1000)" }.joined(separator: " x ")) m")
        }
        lines.append("mouth driven by \(ModelInspection.words(for: mouth))")
        lines.append(
            "ARKit shapes: \(arkit.count) of \(ARKitShape.count)"
                + (arkit.isEmpty || missingARKit.isEmpty
                    ? "" : "; missing \(missingARKit.joined(separator: ", "))"))
        lines.append(
            "Oculus visemes: \(visemes.count) of \(OculusViseme.count)"
                + (visemes.isEmpty || missingVisemes.isEmpty
                    ? "" : "; missing \(missingVisemes.joined(separator: ", "))"))
        if !expressions.isEmpty {
            let names = expressions.map { $0.morphBinds + $0.materialBinds > 0 ? $0.name : "(\($0.name))" }
            lines.append("expressions: \(names.joined(separator: ", "))")
        }
        if !unusedTargets.isEmpty {
            let some = unusedTargets.prefix(20).joined(separator: ", ")
            let more = unusedTargets.count > 20 ? " and \(unusedTargets.count - 20) more" : ""
            lines.append("morph targets without a meaning: \(some)\(more)")
        }
        if !clips.isEmpty { lines.append("clips: \(clips.map(\.name).joined(separator: ", "))") }
        if !extensionsUsed.isEmpty {
            lines.append("extensions: \(extensionsUsed.joined(separator: ", "))")
        }
        return lines.joined(separator: "\n")
    }

    private static func words(for mouth: MouthDriver) -> String {
        switch mouth {
        case .arkit: "ARKit shapes"
        case .visemes: "visemes"
        case .vowelShapes: "vowel shapes"
        case .vowels: "VRM vowel expressions"
        case .jawShape: "one jaw shape"
        case .jawBone: "the jaw bone"
        case .none: "nothing: it stays still"
        }
    }
}
