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
        return try naming(path) { try load(bytes: try folder.readModel(), folder: folder, path: path) }
    }

    /// Loads a model that is already in memory; it can name no files beside it.
    /// - Throws: `AvatariumError` E024.
    public func load(bytes: [UInt8], name: String) throws -> Document {
        let folder = ResourceFolder(modelPath: nil, byteLimit: limits.totalBytes)
        return try naming(name) { try load(bytes: bytes, folder: folder, path: name) }
    }

    private func naming<Value>(_ path: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as AvatariumError {
            throw error.adding(context: ["path": path])
        }
    }

    private func load(bytes: [UInt8], folder: ResourceFolder, path: String) throws -> Document {
        let deadline = Deadline(seconds: limits.seconds)
        let container = Container(bytes, name: path)
        if let fatal = container.diagnostics.first(where: \.isFatal) { throw fatal.error }
        let checked = try CheckedModel(container, limits, deadline)
        return try checked.document(folder: folder, path: path, limits, deadline)
    }

    /// Looks at everything in a model, its data included, and lists all that is wrong, whether it can be loaded
    /// or not.
    /// - Throws: `AvatariumError` E022 or E021 when the file itself cannot be read.
    public func inspect(path: String) throws -> LoadReport {
        var folder = ResourceFolder(modelPath: path, byteLimit: limits.totalBytes)
        let bytes = try naming(path) { try folder.readModel() }
        return inspect(bytes: bytes, folder: folder, path: path)
    }

    /// Looks at everything in a model that is in memory.
    public func inspect(bytes: [UInt8], name: String) -> LoadReport {
        inspect(
            bytes: bytes, folder: ResourceFolder(modelPath: nil, byteLimit: limits.totalBytes), path: name)
    }

    private func inspect(bytes: [UInt8], folder: ResourceFolder, path: String) -> LoadReport {
        let deadline = Deadline(seconds: limits.seconds)
        let container = Container(bytes, name: path)
        var report = LoadReport(document: nil, diagnostics: container.diagnostics, error: nil)
        if let fatal = container.diagnostics.first(where: \.isFatal) { report.refuse(fatal.error, path) }
        guard container.json != nil else { return report }
        do {
            let checked = try CheckedModel(container, limits, deadline)
            report.diagnostics += checked.textDiagnostics
            if report.error == nil {
                do {
                    report.document = try checked.document(folder: folder, path: path, limits, deadline)
                } catch {
                    report.refuse(error, path)
                }
            }
            checked.checkData(folder: folder, limits)
            report.diagnostics += checked.validator.diagnostics
        } catch {
            report.diagnostics.append(
                GLTFIssue.invalidJson.diagnostic(at: "", (error as? AvatariumError)?.message))
            report.refuse(error, path)
        }
        report.addOwn()
        return report
    }
}

/// A model whose JSON has been parsed and checked, once, whatever is done with it then.
private struct CheckedModel {
    let container: Container
    let validator: Validator
    /// Deviations of the JSON text itself that do not hinder reading it.
    private(set) var textDiagnostics: [Diagnostic] = []
    private let isUnderstood: Bool

    /// - Throws: E024 where the JSON cannot be parsed, E005 when the time is over.
    init(_ container: Container, _ limits: LoadLimits, _ deadline: Deadline) throws {
        self.container = container
        var text = container.json ?? []
        if text.starts(with: [0xEF, 0xBB, 0xBF]) {
            textDiagnostics.append(
                GLTFIssue.invalidJson.diagnostic(at: "", "the JSON starts with a byte order mark"))
        }
        if container.isBinary, text.last == 0 {
            text = text[..<(text.lastIndex { $0 != 0 }.map { $0 + 1 } ?? text.startIndex)]
            textDiagnostics.append(
                GLTFIssue.invalidJson.diagnostic(
                    at: "",
                    "the JSON chunk is padded with NUL instead of spaces; it is read anyway"))
        }
        let root: JSON
        do {
            root = try JSONParser.parse(
                Array(text), maximumDepth: limits.jsonDepth, maximumValues: limits.jsonValues,
                allowsOverflow: true)
        } catch {
            let advice = FileKind.advice(for: text).map { "; \($0)" } ?? ""
            throw invalid(.invalidJson, "", "the JSON does not parse: \(error.description)\(advice)").adding(
                context: [
                    "offset": String(text.startIndex + error.offset), "line": String(error.line),
                    "column": String(error.column),
                ])
        }
        validator = Validator(root: root, isBinary: container.isBinary, limit: limits.diagnostics)
        isUnderstood = validator.checkDocument()
        try deadline.check("checking the JSON")
    }

    /// - Throws: E024 for the first error that leaves in doubt what should be drawn, E021 for a file that it names.
    func document(
        folder: ResourceFolder, path: String, _ limits: LoadLimits, _ deadline: Deadline
    ) throws -> Document {
        let drawn = DrawnObjects(validator.root)
        let fatal = validator.diagnostics.filter { $0.isFatal && drawn.contains($0.pointer) }
        if let first = fatal.first {
            var error = first.error
            if fatal.count > 1 { error.message += " (and \(fatal.count - 1) more; inspect lists them)" }
            throw error
        }
        var builder = DocumentBuilder(
            root: JSONCursor(validator.root), container: container, folder: folder, limits: limits,
            drawn: drawn, deadline: deadline)
        builder.document.path = path
        var document = try builder.build()
        // What the builder noticed on its way counts only where the checks have not said it.
        let said = Set(validator.diagnostics.map(\.code))
        document.diagnostics =
            container.diagnostics + textDiagnostics + validator.diagnostics
            + document.diagnostics.filter { !said.contains($0.code) }
        return document
    }

    /// Checks the data too; the validator then has all issues.
    func checkData(folder: ResourceFolder, _ limits: LoadLimits) {
        guard isUnderstood else { return }
        validator.checkData(
            DataSource(folder: folder, binary: container.binary, limits: limits, graph: validator.graph))
    }
}

extension LoadReport {
    fileprivate mutating func refuse(_ reason: any Error, _ path: String) {
        error =
            (reason as? AvatariumError ?? AvatariumError(.internalError, "loading failed", cause: reason))
            .adding(context: ["path": path])
    }

    /// Adds what only we notice: of a loaded model the builder's notes, of a refused one the reason where it is ours
    /// (a limit, an extension, damaged compression) or nothing else says that the file is wrong.
    fileprivate mutating func addOwn() {
        let said = Set(diagnostics.map(\.code))
        if let document { diagnostics += document.diagnostics.filter { !said.contains($0.code) } }
        guard let error, error.code == .avatarModelInvalid, let rule = error.context["rule"],
            let issue = GLTFIssue.byCode[rule], !said.contains(rule) || issue.severity != .error,
            issue.isOurs || isValid
        else { return }
        diagnostics.append(
            Diagnostic(.error, rule, pointer: error.context["pointer"] ?? "", error.message))
    }
}

extension Diagnostic {
    /// The issue as the reason to refuse a model.
    fileprivate var error: AvatariumError {
        let refusal = AvatariumError.invalidModel(code, pointer, message)
        return offset.map { refusal.adding(context: ["offset": String($0)]) } ?? refusal
    }
}

extension AvatariumError {
    fileprivate static func invalidModel(_ rule: String, _ pointer: String, _ message: String)
        -> AvatariumError
    {
        AvatariumError(
            .avatarModelInvalid,
            pointer.isEmpty ? message : "\(pointer.quotedForMessage(limit: 200)): \(message)",
            context: ["rule": rule, "pointer": pointer])
    }
}

/// E024 with glTF-Validator's code and a JSON pointer.
/// - Parameter message: What is wrong; by default the issue's own text.
func invalid(_ issue: GLTFIssue, _ pointer: String, _ message: String? = nil) -> AvatariumError {
    .invalidModel(issue.code, pointer, message ?? issue.text)
}
