import AvatariumCore
import GLTF

/// Documents made in code.
enum Fixture {
    /// A triangle with named morph targets that move nothing, on one node for each mesh.
    static func document(meshes: [(name: String, targets: [String])], bones: [String] = []) -> Document {
        var document = Document()
        document.accessors = [zeros(9), zeros(9)]
        for (index, mesh) in meshes.enumerated() {
            var primitive = Primitive()
            primitive.attributes = ["POSITION": 0]
            primitive.targets = mesh.targets.map { _ in ["POSITION": 1] }
            var item = Mesh()
            item.name = mesh.name
            item.primitives = [primitive]
            item.targetNames = mesh.targets
            item.weights = [Float](repeating: 0, count: mesh.targets.count)
            document.meshes.append(item)
            var node = Node()
            node.name = mesh.name + "Node"
            node.mesh = index
            document.nodes.append(node)
        }
        for bone in bones {
            var node = Node()
            node.name = bone
            document.nodes.append(node)
        }
        document.sceneRoots = Array(document.nodes.indices)
        return document
    }

    static func document(targets: [String]) -> Document { document(meshes: [("Head", targets)]) }

    static func zeros(_ floats: Int) -> Accessor {
        Accessor(
            componentType: .float, elementType: .vec3, normalized: false, count: floats / 3,
            bytes: [UInt8](repeating: 0, count: floats * 4))
    }

    /// The same with an `extensions` object.
    static func document(targets: [String], bones: [String] = [], extensions: String) throws -> Document {
        var document = document(meshes: [("Head", targets)], bones: bones)
        document.json = try JSONParser.parse("{\"extensions\": \(extensions)}")
        return document
    }
}
