/// The format in which an avatar's semantics were written.
public enum ModelDialect: String, Sendable, Codable {
    /// Plain glTF: face and bones are recognised by their names and by what they carry.
    case gltf = "glTF"
    case vrm0 = "VRM 0.x"
    case vrm1 = "VRM 1.0"
}
