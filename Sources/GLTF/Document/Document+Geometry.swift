import AvatariumCore

extension Document {
    /// The visible nodes of the scene that is shown, parents before children.
    public var sceneNodes: [Int] {
        var found: [Int] = []
        var pending = Array(sceneRoots.reversed())
        while let index = pending.popLast() {
            guard nodes[index].isVisible else { continue }
            found.append(index)
            pending.append(contentsOf: nodes[index].children.reversed())
        }
        return found
    }

    /// The nodes whose meshes are drawn, parents before children.
    public var drawnMeshNodes: [(node: Int, mesh: Int)] {
        sceneNodes.compactMap { index in
            nodes[index].hidesMesh ? nil : nodes[index].mesh.map { (index, $0) }
        }
    }

    /// Whether the scene shown has anything to draw.
    public var hasGeometry: Bool {
        drawnMeshNodes.contains { meshes[$0.mesh].primitives.contains { $0.attributes["POSITION"] != nil } }
    }

    /// - Throws: E024 when there is nothing to draw (an animation-only file, say).
    public func requireGeometry() throws {
        guard !hasGeometry else { return }
        throw noGeometry
    }

    /// Names the first thing that is wrong with the glTF as well: it may be why nothing is there.
    public var noGeometry: AvatariumError {
        var context = ["path": path, "rule": GLTFIssue.noGeometry.code, "pointer": "/meshes"]
        var message = GLTFIssue.noGeometry.text
        if let issue = diagnostics.first(where: { $0.severity == .error }) {
            context["rule"] = issue.code
            context["pointer"] = issue.pointer
            context["offset"] = issue.offset.map(String.init)
            message += " (nor is it valid glTF: \(issue))"
        }
        return AvatariumError(.avatarModelInvalid, message, context: context)
    }
}
