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

    /// No more diagnostics than this.
    private let limit: Int

    init(root: JSON, isBinary: Bool, limit: Int) {
        self.root = root
        self.isBinary = isBinary
        self.limit = limit
    }

    /// Checks what can be checked on the JSON alone. Returns false when the rest cannot be checked at all.
    func checkDocument() -> Bool {
        guard root.object != nil else {
            report(.typeMismatch, pointer: "", "the document is not a JSON object")
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

    /// Reports an issue of the object that is being checked, or of its member.
    /// - Parameter message: What is wrong; by default the issue's own text.
    func report(
        _ issue: GLTFIssue, _ name: String? = nil, _ message: @autoclosure () -> String? = nil
    ) {
        guard diagnostics.count < limit else { return }
        diagnostics.append(issue.diagnostic(at: pointer(name), message()))
    }

    func report(_ issue: GLTFIssue, pointer: String, _ message: @autoclosure () -> String? = nil) {
        guard diagnostics.count < limit else { return }
        diagnostics.append(issue.diagnostic(at: pointer, message()))
    }

    func within(_ token: String, _ body: () -> Void) {
        path.append(token)
        body()
        path.removeLast()
    }

    func within(_ name: String, _ index: Int, _ body: () -> Void) {
        within(name) { within(String(index), body) }
    }

}
