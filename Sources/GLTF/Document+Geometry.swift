import AvatariumCore

extension Document {
    /// The nodes of the scene that is shown, parents before children.
    public var sceneNodes: [Int] {
        var found: [Int] = []
        var pending = Array(sceneRoots.reversed())
        while let index = pending.popLast() {
            found.append(index)
            pending.append(contentsOf: nodes[index].children.reversed())
        }
        return found
    }

    /// Whether the scene shown has anything to draw.
    public var hasGeometry: Bool {
        sceneNodes.contains { index in
            nodes[index].mesh.map { meshes[$0].primitives.contains { $0.attributes["POSITION"] != nil } }
                ?? false
        }
    }

    /// - Throws: E024 when there is nothing to draw (an animation-only file, say).
    public func requireGeometry() throws {
        guard !hasGeometry else { return }
        throw noGeometry
    }

    /// Names the first thing that is wrong with the glTF as well: it may be why nothing is there.
    public var noGeometry: AvatariumError {
        var context = ["path": path, "rule": "NO_GEOMETRY", "pointer": "/meshes"]
        var message = "the model's scene holds no mesh to draw; export it with its meshes"
        if let issue = diagnostics.first(where: { $0.severity == .error }) {
            context["rule"] = issue.code
            context["pointer"] = issue.pointer
            context["offset"] = issue.offset.map(String.init)
            message += " (nor is it valid glTF: \(issue))"
        }
        return AvatariumError(.avatarModelInvalid, message, context: context)
    }
}
