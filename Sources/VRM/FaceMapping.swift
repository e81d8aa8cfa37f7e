import AvatariumCore
import Foundation

/// A hand-written table from standard face shapes to a model's own morph targets, for models whose names are
/// not recognised. Written as JSON:
///
///     {"shapes": {"jawOpen": [{"mesh": "Head", "target": "MouthGape", "scale": 0.8}], "viseme_PP": []}}
///
/// A shape that is listed replaces what was recognised for it (an empty list switches it off); shapes not listed
/// keep what was recognised.
public struct FaceMapping: Sendable, Codable, Equatable {
    /// One morph target that a shape drives.
    public struct Entry: Sendable, Codable, Equatable {
        /// The name of a mesh or of a node with one; nil means every mesh that has the target.
        public var mesh: String?
        /// The morph target's name, or its number as text.
        public var target: String
        /// The target's weight when the shape's is 1.
        public var scale: Float

        public init(mesh: String? = nil, target: String, scale: Float = 1) {
            self.mesh = mesh
            self.target = target
            self.scale = scale
        }

        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            mesh = try container.decodeIfPresent(String.self, forKey: .mesh)
            target = try container.decode(String.self, forKey: .target)
            scale = try container.decodeIfPresent(Float.self, forKey: .scale) ?? 1
        }
    }

    /// A part of the face, or `none`: drawn as the file's material says.
    public enum Surface: String, Sendable, Codable, CaseIterable {
        case skin, eye, hair, mouth, none

        var part: FacePart? { FacePart(rawValue: rawValue) }
    }

    /// By ARKit name (`jawOpen`) or `viseme_` and the Oculus name.
    public var shapes: [String: [Entry]]
    /// What the surfaces of a material, or of the mesh or node of this name, are drawn as.
    public var materials: [String: Surface]
    /// In templates: the model's morph targets that serve no shape yet, for copying.
    public var unused: [String]?

    public init(
        shapes: [String: [Entry]] = [:], materials: [String: Surface] = [:], unused: [String]? = nil
    ) {
        self.shapes = shapes
        self.materials = materials
        self.unused = unused
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        materials = try container.decodeIfPresent([String: Surface].self, forKey: .materials) ?? [:]
        shapes =
            materials.isEmpty
            ? try container.decode([String: [Entry]].self, forKey: .shapes)
            : try container.decodeIfPresent([String: [Entry]].self, forKey: .shapes) ?? [:]
        unused = try container.decodeIfPresent([String].self, forKey: .unused)
    }

    /// Reads the JSON form.
    /// - Throws: `AvatariumError` E093 naming the field or the place of the syntax error.
    public init(json bytes: [UInt8]) throws {
        do { _ = try JSONParser.parse(bytes) } catch {
            throw AvatariumError(
                .validationError, "the face mapping is not JSON: \(error)",
                context: ["offset": "\(error.offset)", "line": "\(error.line)"])
        }
        do {
            self = try JSONDecoder().decode(FaceMapping.self, from: Data(bytes))
        } catch let error as DecodingError {
            throw error.validationError(
                "the face mapping has the wrong form; write {\"shapes\": {\"jawOpen\": "
                    + "[{\"mesh\": \"Head\", \"target\": \"name\", \"scale\": 1}]}}")
        }
        for name in shapes.keys.sorted() where FaceMapping.meaning(of: name) == nil {
            throw AvatariumError(
                .validationError,
                "\"\(name)\" is not a standard face shape; use ARKit's 52 names or viseme_sil ... viseme_U",
                context: ["field": "/shapes/\(JSON.pointerToken(name))"])
        }
    }

    /// The JSON form, indented, keys sorted, empty lists on one line.
    public func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(self), as: UTF8.self)
        // Line ends within strings are escaped.
        return Array(text.replacing(#/\[\n\s*\]/#, with: "[]").utf8)
    }

    /// A mapping that says what was recognised on a model, with empty lists for the gaps: a file to edit.
    public init(templateFor model: AvatarModel) {
        let names = ShapeCatalog(model.document)
        var served: Set<ShapeCatalog.Key> = []
        func entries(_ targets: [MorphTarget]) -> [Entry] {
            targets.map { target in
                served.insert(ShapeCatalog.Key(node: target.node, target: target.target))
                return Entry(
                    mesh: names.meshName(ofNode: target.node),
                    target: names.targetName(node: target.node, target: target.target), scale: target.scale)
            }
        }
        shapes = [:]
        for shape in ARKitShape.allCases { shapes[shape.name] = entries(model.face.arkit[shape] ?? []) }
        for viseme in OculusViseme.allCases {
            shapes["viseme_\(viseme.name)"] = entries(model.face.visemes[viseme] ?? [])
        }
        materials = [:]
        for (place, found) in model.faceParts.byPlace {
            let material = model.document.meshes[place.mesh].primitives[place.primitive].material
            let name =
                found.source == .mesh || found.source == .place
                ? FaceParts.name(ofMesh: place.mesh, model.document)
                : material.flatMap { model.document.materials[$0].name }
            if let name { materials[name] = Surface(rawValue: found.part.rawValue) }
        }
        unused = names.targets.filter { !served.contains($0.key) }.map {
            "\(names.meshName(ofNode: $0.key.node)): \($0.name)"
        }
    }

    enum Meaning {
        case arkit(ARKitShape)
        case viseme(OculusViseme)
    }

    static func meaning(of name: String) -> Meaning? {
        if let shape = ARKitShape(name: name) { return .arkit(shape) }
        if name.hasPrefix("viseme_"), let viseme = OculusViseme(name: String(name.dropFirst(7))) {
            return .viseme(viseme)
        }
        return nil
    }
}
