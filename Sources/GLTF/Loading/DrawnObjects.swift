import AvatariumCore

/// The objects of a document that drawing it needs: what its nodes lead to. What nobody draws (clips, cameras,
/// accessors that only clips use, objects that nothing names) may be broken without refusing the model.
final class DrawnObjects {
    private let root: JSON
    private lazy var needed = collect()
    /// Root arrays whose members may be unneeded.
    private static let collections: Set<Substring> = [
        "accessors", "animations", "bufferViews", "buffers", "cameras", "images", "materials", "meshes",
        "samplers", "skins", "textures",
    ]
    private static let neverDrawn: Set<Substring> = ["animations", "cameras"]

    init(_ root: JSON) { self.root = root }

    /// Whether a JSON pointer leads into an object that is drawn; what belongs to no such object always counts.
    func contains(_ pointer: String) -> Bool {
        let tokens = pointer.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        if tokens.count > 2, tokens[1] == "scenes", let scene = Int(tokens[2]) {
            return scene == root["scene"]?.int ?? 0
        }
        guard tokens.count > 1, Self.collections.contains(tokens[1]) else {
            return !(pointer.hasPrefix("/nodes/") && pointer.hasSuffix("/camera"))
        }
        if Self.neverDrawn.contains(tokens[1]) { return false }
        guard tokens.count > 2, let index = Int(tokens[2]) else { return true }
        return needed[String(tokens[1])]?.contains(index) ?? false
    }

    private typealias Found = [String: Set<Int>]

    /// Follows references downwards, one collection after the other, each object once.
    private func collect() -> Found {
        var found: Found = [:]
        func add(_ collection: String, _ reference: JSON?) {
            if let index = reference?.int { found[collection, default: []].insert(index) }
        }
        func each(_ collection: String, _ body: (JSON) -> Void) {
            guard let items = root[collection]?.array else { return }
            for index in found[collection] ?? [] where items.indices.contains(index) { body(items[index]) }
        }
        func values(_ json: JSON?, _ body: (JSON?) -> Void) {
            for key in json?.object?.keys ?? [] { body(json?[key]) }
        }
        for node in root["nodes"]?.array ?? [] where node["mesh"] != nil {
            add("meshes", node["mesh"])
            add("skins", node["skin"])
            values(node["extensions"]?["EXT_mesh_gpu_instancing"]?["attributes"]) { add("accessors", $0) }
        }
        each("meshes") { mesh in
            for primitive in mesh["primitives"]?.array ?? [] {
                add("materials", primitive["material"])
                add("accessors", primitive["indices"])
                values(primitive["attributes"]) { add("accessors", $0) }
                for target in primitive["targets"]?.array ?? [] { values(target) { add("accessors", $0) } }
                let extensions = primitive["extensions"]
                add("bufferViews", extensions?["KHR_draco_mesh_compression"]?["bufferView"])
                for mapping in extensions?["KHR_materials_variants"]?["mappings"]?.array ?? [] {
                    add("materials", mapping["material"])
                }
            }
        }
        each("skins") { add("accessors", $0["inverseBindMatrices"]) }
        func addTextures(_ json: JSON) {
            for key in json.object?.keys ?? [] {
                guard let member = json[key], member.object != nil else { continue }
                if key.hasSuffix("Texture") { add("textures", member["index"]) }
                addTextures(member)
            }
        }
        each("materials", addTextures)
        for material in root["extensions"]?["VRM"]?["materialProperties"]?.array ?? [] {
            values(material["textureProperties"]) { add("textures", $0) }
        }
        each("textures") { texture in
            add("samplers", texture["sampler"])
            add("images", texture["source"])
            values(texture["extensions"]) { add("images", $0?["source"]) }
        }
        each("images") { add("bufferViews", $0["bufferView"]) }
        each("accessors") { accessor in
            add("bufferViews", accessor["bufferView"])
            add("bufferViews", accessor["sparse"]?["indices"]?["bufferView"])
            add("bufferViews", accessor["sparse"]?["values"]?["bufferView"])
        }
        each("bufferViews") { view in
            add("buffers", view["buffer"])
            add("buffers", view["extensions"]?["EXT_meshopt_compression"]?["buffer"])
        }
        return found
    }
}
