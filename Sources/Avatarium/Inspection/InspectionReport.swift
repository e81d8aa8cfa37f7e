import AvatariumCore
import GLTF
import Rig
import VRM

/// The report on a model, valid or not.
public struct InspectionReport: Sendable, Encodable {
    public var path: String
    /// Nil if the model was refused; `error` then says why.
    public var model: ModelInspection?
    public var diagnostics: [Diagnostic]
    public var error: AvatariumError?

    /// The reason why the model is invalid: the refusal, or the first error that does not prevent drawing; nil if
    /// valid.
    public var verdict: AvatariumError? {
        if let error { return error }
        let errors = diagnostics.filter { $0.severity == .error }
        guard let first = errors.first else { return nil }
        var context = ["path": path, "rule": first.code, "pointer": first.pointer]
        context["offset"] = first.offset.map(String.init)
        return AvatariumError(
            .avatarModelInvalid,
            "the model is not valid glTF, though it can be drawn: \(first)"
                + (errors.count > 1 ? " (and \(errors.count - 1) more errors)" : ""),
            context: context)
    }
}

extension AvatarCatalog {
    /// Inspects a model with all checks.
    /// - Throws: Only E022 and E021; problems inside the file are in the report.
    public func inspect(_ avatar: String, mapping: String? = nil) throws -> InspectionReport {
        let path = try path(of: avatar)
        var report = InspectionReport(path: path, model: nil, diagnostics: [], error: nil)
        let found = try Loader(limits: limits).inspect(path: path)
        report.diagnostics = found.diagnostics
        guard let document = found.document else {
            report.error = found.error
            return report
        }
        guard document.hasMeshNode else {
            report.diagnostics.append(
                Diagnostic(
                    .warning, "MODEL_WITHOUT_GEOMETRY", pointer: "/nodes",
                    "no node has a mesh, so there is nothing to draw, and still and render refuse the model"))
            return report
        }
        do {
            let model = try AvatarReader.read(document, mapping: try Self.mapping(mapping))
            report.model = ModelInspection(model)
            let said = Set(report.diagnostics)
            report.diagnostics += model.diagnostics.filter { !said.contains($0) }
        } catch let error as AvatariumError {
            report.error = error
        }
        return report
    }

    /// Writes a mapping file to edit, with what was recognised of a model's face and what was not.
    /// - Throws: E022, E021, E024 for the model; E025 for the file.
    public func writeMappingTemplate(for avatar: String, mapping: String? = nil, to path: String) throws {
        try SourceFiles([("model", try self.path(of: avatar)), ("mapping", mapping)]).check(output: path)
        try ResultFile.write(
            try FaceMapping(templateFor: try load(AvatarSource(.named(avatar)))).json(), to: path)
    }
}
