import GLTF

/// Every morph target of a document, node by node, with its name.
struct ShapeCatalog {
    struct Key: Hashable {
        var node: Int
        var target: Int
    }

    private(set) var targets: [(key: Key, name: String)] = []
    private let document: Document

    init(_ document: Document) {
        self.document = document
        for (index, node) in document.nodes.enumerated() {
            guard let mesh = node.mesh, document.meshes.indices.contains(mesh) else { continue }
            for target in 0..<ShapeCatalog.targetCount(document.meshes[mesh])
            where targets.count < document.limits.morphTargets {
                let key = Key(node: index, target: target)
                targets.append((key, targetName(node: index, target: target)))
            }
        }
    }

    /// How many targets a mesh has: of the primitive that has most, since a defective file may differ in them.
    static func targetCount(_ mesh: Mesh) -> Int { mesh.primitives.map(\.targets.count).max() ?? 0 }

    /// The mesh's name, else the node's, else `mesh 3`.
    func meshName(ofNode node: Int) -> String {
        guard let mesh = document.nodes[node].mesh else { return "" }
        return document.meshes[mesh].name ?? document.nodes[node].name ?? "mesh \(mesh)"
    }

    /// The target's name, or its number as text where the file gives none.
    func targetName(node: Int, target: Int) -> String {
        guard let mesh = document.nodes[node].mesh, document.meshes.indices.contains(mesh) else {
            return "\(target)"
        }
        let names = document.meshes[mesh].targetNames
        return names.indices.contains(target) && !names[target].isEmpty ? names[target] : "\(target)"
    }

    /// Whether `name` names the node's mesh or the node.
    func node(_ node: Int, isCalled name: String) -> Bool {
        document.nodes[node].name == name || meshName(ofNode: node) == name
    }
}
