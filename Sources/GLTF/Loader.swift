import AvatariumCore

/// Reads glTF and GLB (and so VRM) into a checked `Document`.
public struct Loader: Sendable {
    public var limits: LoadLimits

    public init(limits: LoadLimits = LoadLimits()) { self.limits = limits }

    /// Loads a `.gltf`, `.glb` or `.vrm` file; the content decides what it is, not the name.
    /// - Throws: `AvatariumError` E022 (no such file), E021 (unreadable, or a file that it names is), E024
    ///   (not valid glTF 2.0, or asking for an extension that we lack).
    public func load(path: String) throws -> Document {
        var folder = ResourceFolder(modelPath: path, byteLimit: limits.totalBytes)
        do {
            let bytes = try folder.readModel()
            return try load(bytes: bytes, folder: folder, path: path)
        } catch let error as AvatariumError {
            throw error.adding(context: ["path": path])
        }
    }

    /// Loads a model that is already in memory; it can name no files beside it.
    public func load(bytes: [UInt8], name: String) throws -> Document {
        let folder = ResourceFolder(modelPath: nil, byteLimit: limits.totalBytes)
        do {
            return try load(bytes: bytes, folder: folder, path: name)
        } catch let error as AvatariumError {
            throw error.adding(context: ["path": name])
        }
    }

    private func load(bytes: [UInt8], folder: ResourceFolder, path: String) throws -> Document {
        let container = try Container(bytes)
        let json: JSON
        do {
            json = try JSONParser.parse(Array(container.json), maximumDepth: limits.jsonDepth)
        } catch {
            throw invalid("INVALID_JSON", "", "the JSON does not parse: \(error.description)").adding(
                context: [
                    "offset": String(container.json.startIndex + error.offset), "line": String(error.line),
                    "column": String(error.column),
                ])
        }
        var builder = DocumentBuilder(
            root: Cursor(json: json, pointer: ""), binary: container.binary, folder: folder, limits: limits)
        builder.document.path = path
        return try builder.build()
    }
}

/// E024 with glTF-Validator's code and a JSON pointer.
func invalid(_ rule: String, _ pointer: String, _ message: String) -> AvatariumError {
    AvatariumError(
        .avatarModelInvalid, pointer.isEmpty ? message : "\(pointer): \(message)",
        context: ["rule": rule, "pointer": pointer])
}
