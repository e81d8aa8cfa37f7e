import AvatariumCore

/// URIs of buffers and images.
extension Validator {
    var imageTypes: [String] {
        var out = ["image/jpeg", "image/png"]
        if extensionsUsed.contains("EXT_texture_webp") { out.append("image/webp") }
        if extensionsUsed.contains("KHR_texture_basisu") { out.append("image/ktx2") }
        return out
    }

    func checkSource(_ json: JSON, _ kind: ObjectKind) {
        if kind == .image { checkImageProperties(json) }
        guard let uri = json["uri"]?.string else { return }
        if isBinary { report(.uriGlb, "uri") }
        guard uri.lowercased().hasPrefix("data:") else { return checkReference(uri) }
        guard let data = try? DataURI(uri, pointer: "", byteLimit: .max), data.isWellFormed else {
            return report(.invalidUri, "uri", "the data URI is malformed")
        }
        if isBinary { report(.dataUriGlb, "uri") }
        let declared = data.mimeType.lowercased()
        if kind == .image {
            if ImageHeader.mimeType(data.bytes) != declared {
                report(
                    .invalidUri, "uri", "declares '\(declared.quotedForMessage())', which its content is not")
            }
        } else if !["application/octet-stream", "application/gltf-buffer"].contains(declared) {
            report(
                .bufferDataUriMimeTypeInvalid, "uri",
                "declares '\(declared.quotedForMessage())', not a buffer")
        }
    }

    private func checkReference(_ uri: String) {
        guard let reference = URIReference(uri) else {
            return report(.invalidUri, "uri", "'\(uri.quotedForMessage())' is not a URI")
        }
        if !reference.isRelativePath {
            report(.nonRelativeUri, "uri", "'\(uri.quotedForMessage())' is not a path relative to the model")
        }
    }

    private func checkImageProperties(_ json: JSON) {
        let type = json["mimeType"]
        if let type, type.string == nil { report(.typeMismatch, "mimeType", "must be a string") }
        if let name = type?.string, !imageTypes.contains(name) {
            report(.valueNotInList, "mimeType", "'\(name.quotedForMessage())' is not one of \(imageTypes)")
        }
        let hasView = json.index("bufferView") != nil
        let hasURI = json["uri"]?.string != nil
        if hasView, type?.string == nil {
            report(.unsatisfiedDependency, "bufferView", "'mimeType' must be defined too")
        }
        if hasView == hasURI {
            report(.oneOfMismatch, nil, "an image needs either 'bufferView' or 'uri'")
        }
    }
}
