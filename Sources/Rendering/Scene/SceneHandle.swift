import AvatariumCore

/// A model that a ``Renderer`` has uploaded.
public struct SceneHandle: Sendable, Hashable {
    let id: Int
    /// Problems found while the scene was built, such as images that cannot be decoded.
    public let diagnostics: [Diagnostic]
}
