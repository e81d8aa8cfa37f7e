import AvatariumCore
import GLTF
import Geometry

/// What a surface is in a face, where the renderer draws it by a material of its own.
public enum FacePart: String, Sendable, Codable, CaseIterable {
    case skin, eye, hair, mouth

    /// Recognizes a part by the name of a material, mesh, node or image; nil where the name is of no use.
    init?(name: String) {
        let words = Self.words(name)
        func has(_ candidates: Set<String>) -> Bool { !words.isDisjoint(with: candidates) }
        if Self.liesOnFace(name: name) { return nil }
        if has(["teeth", "tooth", "tongue", "gums", "gum", "mouth", "oral"]) {
            self = .mouth
        } else if has([
            "eye", "eyes", "eyeball", "eyeballs", "cornea", "iris", "eyeleft", "eyeright", "lefteye",
            "righteye",
            "eyel", "eyer",
        ]) {
            self = .eye
        } else if has(["hair", "hairs", "beard", "mustache", "moustache", "ponytail", "bangs"]) {
            self = .hair
        } else if has(["skin", "face", "head", "body"]) {
            self = .skin
        } else {
            return nil
        }
    }

    /// Whether the name is that of something small that lies on a face or about an eye: lashes, brows, glasses.
    package static func liesOnFace(name: String) -> Bool {
        !words(name).isDisjoint(with: [
            "lash", "lashes", "eyelash", "eyelashes", "brow", "brows", "eyebrow", "eyebrows", "eyelid", "lid",
            "lids", "shadow", "liner", "occlusion", "wear", "patch", "glass", "glasses", "lacrimal",
            "tearline",
            "tear", "highlight",
        ])
    }

    private static func words(_ name: String) -> Set<String> {
        Set(name.lowercased().split { !$0.isLetter }.map(String.init))
    }
}

/// Which surfaces of a model are skin, eyes, hair and the inside of a mouth.
public struct FaceParts: Sendable, Equatable {
    /// A primitive of a mesh.
    public struct Place: Sendable, Hashable {
        public var mesh: Int
        public var primitive: Int
        public init(mesh: Int, primitive: Int) {
            self.mesh = mesh
            self.primitive = primitive
        }
    }

    /// By what a part was recognized.
    public enum Source: String, Sendable, Codable { case mapping, material, mesh, image, place }

    public private(set) var byPlace: [Place: (part: FacePart, source: Source)] = [:]

    public init() {}

    /// Parts that are known already, as by materials' names.
    public init(_ parts: [Place: FacePart]) { byPlace = parts.mapValues { ($0, .material) } }

    public static func == (a: FaceParts, b: FaceParts) -> Bool {
        a.byPlace.mapValues(\.part) == b.byPlace.mapValues(\.part)
    }

    /// Recognizes the parts of a face by the mapping's word, by the names of materials, of meshes and nodes, and of images, and
    /// by what hangs on the bones of the eyes alone, in this order.
    init(
        _ document: Document, humanoid: [HumanBone: Int], mapping: FaceMapping?,
        diagnostics: inout [Diagnostic]
    ) {
        var nodes: [Int: [Int]] = [:]
        for (index, node) in document.nodes.enumerated() {
            if let mesh = node.mesh { nodes[mesh, default: []].append(index) }
        }
        var wanted = mapping?.materials ?? [:]
        for (mesh, value) in document.meshes.enumerated() {
            let shown = nodes[mesh] ?? []
            guard !shown.isEmpty else { continue }
            let names = Self.names(document, mesh, shown)
            for (index, primitive) in value.primitives.enumerated() {
                let place = Place(mesh: mesh, primitive: index)
                let material = primitive.material.flatMap {
                    document.materials.indices.contains($0) ? document.materials[$0] : nil
                }
                // A mesh has the last word about its material.
                let called = names + [material?.name].compactMap { $0 }
                if let key = called.first(where: { mapping?.materials[$0] != nil }) {
                    for name in called { wanted[name] = nil }
                    if let part = mapping?.materials[key]?.part { byPlace[place] = (part, .mapping) }
                } else if let part = material?.name.flatMap(FacePart.init(name:)) {
                    byPlace[place] = (part, .material)
                } else if let part = names.lazy.compactMap(FacePart.init(name:)).first {
                    byPlace[place] = (part, .mesh)
                } else if let part = Self.imageName(document, material).flatMap(FacePart.init(name:)) {
                    byPlace[place] = (part, .image)
                }
            }
        }
        if !byPlace.values.contains(where: { $0.part == .eye }) {
            addEyes(document, nodes, [humanoid[.leftEye], humanoid[.rightEye]].compactMap { $0 }, mapping)
        }
        for name in wanted.keys.sorted() {
            diagnostics.append(
                Diagnostic(
                    .warning, "MAPPING_MATERIAL_NOT_FOUND",
                    "the mapping names the material \"\(name.quotedForMessage())\", which no mesh of the model that is shown uses"
                ))
        }
    }

    /// Returns the names of the mesh, of the nodes that show it and, where these have none, of their ancestors.
    static func names(_ document: Document, _ mesh: Int, _ nodes: [Int]) -> [String] {
        let own = nodes.prefix(4).compactMap { index -> String? in
            let node = document.nodes[index]
            return node.name ?? node.parent.flatMap { document.nodes[$0].name }
        }
        return [document.meshes[mesh].name].compactMap { $0 } + own
    }

    /// What to call a mesh in lists and in a mapping's `materials`.
    package static func name(ofMesh mesh: Int, _ document: Document) -> String {
        names(document, mesh, document.nodes.indices.filter { document.nodes[$0].mesh == mesh }).first
            ?? "mesh \(mesh)"
    }

    private static func imageName(_ document: Document, _ material: Material?) -> String? {
        guard let texture = material?.baseColorTexture?.texture, document.textures.indices.contains(texture),
            let image = document.textures[texture].image, document.images.indices.contains(image)
        else { return nil }
        return document.images[image].name
    }

    /// Meshes that hang on the eyes' bones and on nothing else.
    private mutating func addEyes(
        _ document: Document, _ nodes: [Int: [Int]], _ bones: [Int], _ mapping: FaceMapping?
    ) {
        guard !bones.isEmpty else { return }
        let geometry = PosedGeometry(document, world: [])
        guard geometry.isMeasurable else { return }
        for (mesh, shown) in nodes.sorted(by: { $0.key < $1.key }) {
            for (index, primitive) in document.meshes[mesh].primitives.enumerated() {
                let place = Place(mesh: mesh, primitive: index)
                guard byPlace[place] == nil, let node = shown.first else { continue }
                let count = primitive.attributes["POSITION"].map { document.accessors[$0].count } ?? 0
                guard count > 0, count < 20_000 else { continue }
                if document.nodes[node].skin == nil {
                    if bones.contains(where: { $0 == node || document.isAncestor($0, of: node) }) {
                        byPlace[place] = (.eye, .place)
                    }
                    continue
                }
                let shares = geometry.shares(of: Set(bones), node: node, primitive: primitive, count: count)
                if shares.allSatisfy({ $0 > 0.9 }) { byPlace[place] = (.eye, .place) }
            }
        }
    }
}
