import AvatariumCore

/// Checks a document as Khronos' glTF-Validator does, with its codes and JSON pointers: first each object by
/// itself (`Schema`), then how objects refer to each other, then, on request, the data.
final class Validator {
    let root: JSON
    let isBinary: Bool
    private(set) var diagnostics: [Diagnostic] = []
    /// The pointer's tokens, unescaped.
    var path: [String] = []
    var extensionsUsed: Set<String> = []
    /// Declared ones whose contents are known.
    var extensionsKnown: Set<String> = []
    var graph = ObjectGraph()
    /// Steps that walks up and down the node tree may still take: files can make them quadratic.
    var walkBudget = 20_000_000
    /// Media types of the images whose data has been looked at.
    var foundImageTypes: [Int: String] = [:]
    private(set) lazy var attributeFormats = AccessorFormat.attributes(
        quantized: extensionsKnown.contains("KHR_mesh_quantization"))
    private(set) lazy var morphFormats = AccessorFormat.morphAttributes(
        quantized: extensionsKnown.contains("KHR_mesh_quantization"))

    /// No file has more to say than this.
    private static let limit = 2000

    init(root: JSON, isBinary: Bool) {
        self.root = root
        self.isBinary = isBinary
    }

    /// Everything that the JSON alone tells; false when the rest cannot be understood at all.
    func checkDocument() -> Bool {
        guard root.object != nil else {
            report("TYPE_MISMATCH", pointer: "", "the document is not a JSON object")
            return false
        }
        declareExtensions()
        guard checkAsset() else { return false }
        check(root, .root)
        graph = ObjectGraph(root, extensionsKnown: extensionsKnown)
        checkLinks()
        return true
    }

    func pointer(_ name: String?) -> String {
        let tokens = name.map { path + [$0] } ?? path
        return "/" + tokens.map(JSON.pointerToken).joined(separator: "/")
    }

    func report(_ code: String, _ name: String? = nil, _ message: String) {
        report(code, pointer: pointer(name), message)
    }

    func report(_ code: String, pointer: String, _ message: String) {
        guard diagnostics.count < Self.limit else { return }
        diagnostics.append(
            Diagnostic(Self.severities[code] ?? .error, code, pointer: pointer, message))
    }

    func within(_ token: String, _ body: () -> Void) {
        path.append(token)
        body()
        path.removeLast()
    }

    func within(_ name: String, _ index: Int, _ body: () -> Void) {
        within(name) { within(String(index), body) }
    }

    /// The codes that are not errors (glTF-Validator, ISSUES.md).
    static let severities: [String: Diagnostic.Severity] = {
        let warnings = [
            "ACCESSOR_JOINTS_USED_ZERO_WEIGHT", "ANIMATION_CHANNEL_TARGET_NODE_SKIN",
            "BUFFER_GLB_CHUNK_TOO_BIG", "CAMERA_XMAG_YMAG_NEGATIVE", "CAMERA_YFOV_GEQUAL_PI", "DATA_URI_GLB",
            "GLB_EXTRA_DATA", "GLB_UNKNOWN_CHUNK_TYPE", "IMAGE_FEATURES_UNSUPPORTED",
            "IMAGE_UNRECOGNIZED_FORMAT", "INVALID_EXTENSION_NAME_FORMAT",
            "KHR_MATERIALS_ANISOTROPY_ANISOTROPY_TEXTURE_TEXCOORD",
            "KHR_MATERIALS_CLEARCOAT_CLEARCOAT_NORMAL_TEXTURE_TEXCOORD", "KHR_MATERIALS_DISPERSION_NO_VOLUME",
            "KHR_MATERIALS_EMISSIVE_STRENGTH_ZERO_FACTOR", "KHR_MATERIALS_VOLUME_DOUBLE_SIDED",
            "KHR_MATERIALS_VOLUME_NO_TRANSMISSION", "MATERIAL_ALPHA_CUTOFF_INVALID_MODE",
            "MESH_PRIMITIVE_GENERATED_TANGENT_SPACE", "MESH_PRIMITIVE_INCOMPATIBLE_MODE",
            "MESH_PRIMITIVE_NO_POSITION", "MESH_PRIMITIVE_TANGENT_WITHOUT_NORMAL", "MULTIPLE_EXTENSIONS",
            "NODE_SKINNED_MESH_LOCAL_TRANSFORMS", "NODE_SKINNED_MESH_PARENT_TRANSFORMS",
            "NODE_SKINNED_MESH_WITHOUT_SKIN", "NON_RELATIVE_URI", "UNEXPECTED_PROPERTY",
            "UNKNOWN_ASSET_MINOR_VERSION", "VALUE_NOT_IN_LIST",
        ]
        let notes = [
            "ACCESSOR_INDEX_TRIANGLE_DEGENERATE", "EXTRA_PROPERTY", "GLB_EMPTY_BIN_CHUNK",
            "IMAGE_NPOT_DIMENSIONS", "INCOMPLETE_EXTENSION_SUPPORT",
            "KHR_MATERIALS_IRIDESCENCE_THICKNESS_RANGE_WITHOUT_TEXTURE",
            "KHR_MATERIALS_IRIDESCENCE_THICKNESS_TEXTURE_UNUSED", "NODE_EMPTY", "NODE_MATRIX_DEFAULT",
            "NODE_SKINNED_MESH_NON_ROOT", "NON_OBJECT_EXTRAS", "UNSUPPORTED_EXTENSION", "UNUSED_MESH_TANGENT",
            "UNUSED_MESH_WEIGHTS", "UNUSED_OBJECT", "URI_GLB",
        ]
        var out: [String: Diagnostic.Severity] = ["BUFFER_VIEW_TARGET_MISSING": .hint]
        for code in warnings { out[code] = .warning }
        for code in notes { out[code] = .information }
        return out
    }()
}
