import AvatariumCore

/// Reads glTF and GLB (and so VRM) into a checked `Document`.
public struct Loader: Sendable {
    public var limits: LoadLimits

    public init(limits: LoadLimits = LoadLimits()) { self.limits = limits }

    /// Loads a `.gltf`, `.glb` or `.vrm` file; what it is decides the content, not the name.
    /// - Throws: `AvatariumError` E022 (no such file), E021 (unreadable, or a file that it names is), E024.
    public func load(path: String) throws -> Document {
        throw AvatariumError(.internalError, "the loader is under construction")
    }
}
