import AvatariumCore

/// Reads glTF and GLB (and so VRM) into a checked `Document`.
public struct Loader: Sendable {
    public var limits: LoadLimits

    public init(limits: LoadLimits = LoadLimits()) { self.limits = limits }

    /// Loads a `.gltf`, `.glb` or `.vrm` file; the content decides what it is, not the name.
    /// - Throws: `AvatariumError` E022 (no such file), E021 (unreadable, or a file that it names is), E024
    ///   (not valid glTF 2.0, or asking for an extension that we lack).
    public func load(path: String) throws -> Document {
        do {
            var folder = ResourceFolder(modelPath: path, byteLimit: limits.totalBytes)
            return try load(bytes: try folder.readModel(), folder: folder, path: path)
        } catch let error as AvatariumError {
            throw error.adding(context: ["path": path])
        }
    }

    /// Loads a model that is already in memory; it can name no files beside it.
    public func load(bytes: [UInt8], name: String) throws -> Document {
        do {
            let folder = ResourceFolder(modelPath: nil, byteLimit: limits.totalBytes)
            return try load(bytes: bytes, folder: folder, path: name)
        } catch let error as AvatariumError {
            throw error.adding(context: ["path": name])
        }
    }

    private func load(bytes: [UInt8], folder: ResourceFolder, path: String) throws -> Document {
        let deadline = Deadline(seconds: limits.seconds)
        let container = Container(bytes, name: path)
        if let fatal = container.diagnostics.first(where: Tolerance.isFatal) { throw fatal.error }
        let validator = Validator(root: try parse(container), isBinary: container.isBinary)
        _ = validator.checkDocument()
        try deadline.check("checking the JSON")
        let fatal = validator.diagnostics.filter(Tolerance.isFatal)
        if let first = fatal.first {
            var error = first.error
            if fatal.count > 1 { error.message += " (and \(fatal.count - 1) more; inspect lists them)" }
            throw error
        }
        var document = try build(validator.root, container, folder, path, deadline)
        document.diagnostics = container.diagnostics + validator.diagnostics
        return document
    }

    private func build(
        _ root: JSON, _ container: Container, _ folder: ResourceFolder, _ path: String, _ deadline: Deadline
    ) throws -> Document {
        var builder = DocumentBuilder(
            root: Cursor(json: root, pointer: ""), container: container, folder: folder, limits: limits,
            deadline: deadline)
        builder.document.path = path
        return try builder.build()
    }

    private func parse(_ container: Container) throws -> JSON {
        let text = container.json ?? []
        do {
            return try JSONParser.parse(
                Array(text), maximumDepth: limits.jsonDepth, maximumValues: limits.jsonValues)
        } catch {
            throw invalid("INVALID_JSON", "", "the JSON does not parse: \(error.description)").adding(
                context: [
                    "offset": String(text.startIndex + error.offset), "line": String(error.line),
                    "column": String(error.column),
                ])
        }
    }

    /// Looks at everything in a model, its data included, and lists all that is wrong, whether it can be loaded
    /// or not.
    /// - Throws: `AvatariumError` E022 or E021 when the file itself cannot be read.
    public func inspect(path: String) throws -> LoadReport {
        var folder = ResourceFolder(modelPath: path, byteLimit: limits.totalBytes)
        let bytes: [UInt8]
        do {
            bytes = try folder.readModel()
        } catch let error as AvatariumError {
            throw error.adding(context: ["path": path])
        }
        return inspect(bytes: bytes, folder: folder, path: path)
    }

    /// The same for a model in memory.
    public func inspect(bytes: [UInt8], name: String) -> LoadReport {
        inspect(
            bytes: bytes, folder: ResourceFolder(modelPath: nil, byteLimit: limits.totalBytes), path: name)
    }

    private func inspect(bytes: [UInt8], folder: ResourceFolder, path: String) -> LoadReport {
        var report = LoadReport(document: nil, diagnostics: [], error: nil)
        do {
            report.document = try load(bytes: bytes, folder: folder, path: path)
        } catch let error as AvatariumError {
            report.error = error.adding(context: ["path": path])
        } catch {
            report.error = AvatariumError(
                .internalError, "loading failed", context: ["path": path], cause: error)
        }
        let container = Container(bytes, name: path)
        report.diagnostics = container.diagnostics
        guard let text = container.json else { return report }
        if text.starts(with: [0xEF, 0xBB, 0xBF]) {
            report.diagnostics.append(
                Diagnostic(.error, "INVALID_JSON", "the JSON starts with a byte order mark"))
        }
        let root: JSON
        do {
            root = try parse(container)
        } catch {
            report.diagnostics.append(
                Diagnostic(.error, "INVALID_JSON", report.error?.message ?? "the JSON does not parse"))
            return report
        }
        let validator = Validator(root: root, isBinary: container.isBinary)
        if validator.checkDocument() {
            validator.checkData(
                DataSource(folder: folder, binary: container.binary, limits: limits, graph: validator.graph))
        }
        report.diagnostics += validator.diagnostics
        report.noteRefusal()
        return report
    }
}

extension LoadReport {
    /// A refusal for a reason of our own (a limit, an extension, damaged compression) is an issue as well.
    fileprivate mutating func noteRefusal() {
        guard let error, let rule = error.context["rule"], error.code == .avatarModelInvalid,
            !diagnostics.contains(where: { $0.code == rule })
        else { return }
        diagnostics.append(
            Diagnostic(.error, rule, pointer: error.context["pointer"] ?? "", error.message))
    }
}

extension Diagnostic {
    /// As the reason to refuse a model.
    fileprivate var error: AvatariumError {
        let refusal = invalid(code, pointer, message)
        return offset.map { refusal.adding(context: ["offset": String($0)]) } ?? refusal
    }
}

/// E024 with glTF-Validator's code and a JSON pointer.
func invalid(_ rule: String, _ pointer: String, _ message: String) -> AvatariumError {
    AvatariumError(
        .avatarModelInvalid, pointer.isEmpty ? message : "\(pointer): \(message)",
        context: ["rule": rule, "pointer": pointer])
}
