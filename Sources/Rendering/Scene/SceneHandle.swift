import AvatariumCore

/// A model that a ``Renderer`` has uploaded.
public struct SceneHandle: Sendable, Hashable {
    let id: Int
    /// What was noticed while the scene was made, such as images that cannot be decoded.
    public let diagnostics: [Diagnostic]
}
