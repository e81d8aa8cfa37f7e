import AvatariumCore

/// All that inspecting a model brought to light.
public struct LoadReport: Sendable {
    /// The model, where it can be loaded.
    public var document: Document?
    /// Every issue found, in the vocabulary of Khronos' glTF-Validator.
    public var diagnostics: [Diagnostic]
    /// Why it cannot be loaded.
    public var error: AvatariumError?

    /// Whether glTF-Validator would call the file valid: it has no issue of severity error. A file that is not
    /// may still load, when its errors do not change what is drawn.
    public var isValid: Bool { !diagnostics.contains { $0.severity == .error } }
}
