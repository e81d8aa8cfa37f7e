import GLTF
import Rig
import VRM

/// What `inspect` says of a model, whole or broken.
public struct InspectionReport: Sendable, Encodable {
    public var path: String
    /// Nil when the model was refused; then `error` says why.
    public var model: ModelInspection?
    public var diagnostics: [Diagnostic]
    public var error: AvatariumError?
}

extension AvatarCatalog {
    /// Looks at a model with every check there is.
    /// - Throws: E022 and E021 only: what is wrong inside the file is in the report.
    public func inspect(_ avatar: String, mapping: String? = nil) throws -> InspectionReport {
        let path = try path(of: avatar)
        let loaded = try Loader().inspect(path: path)
        var report = InspectionReport(
            path: path, model: nil, diagnostics: loaded.diagnostics, error: loaded.error)
        guard let document = loaded.document, loaded.error == nil else { return report }
        do {
            let model = try AvatarReader.read(document, mapping: try mapping.map(FaceMapping.init(path:)))
            report.model = ModelInspection(model)
            report.diagnostics += model.diagnostics.filter { !report.diagnostics.contains($0) }
        } catch let error as AvatariumError {
            report.error = error
        }
        return report
    }
}
