import AvatariumCore

extension Document {
    /// Whether the scene shown has anything to draw.
    public var hasGeometry: Bool {
        var pending = sceneRoots
        while let index = pending.popLast() {
            let node = nodes[index]
            if let mesh = node.mesh,
                meshes[mesh].primitives.contains(where: { $0.attributes["POSITION"] != nil })
            {
                return true
            }
            pending.append(contentsOf: node.children)
        }
        return false
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
