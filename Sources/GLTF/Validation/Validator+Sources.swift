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
        if isBinary { report("URI_GLB", "uri", "a GLB is better whole in one file") }
        guard uri.lowercased().hasPrefix("data:") else { return checkReference(uri) }
        guard let data = try? DataURI(uri, pointer: "", byteLimit: .max) else {
            return report("INVALID_URI", "uri", "the data URI is malformed")
        }
        if isBinary { report("DATA_URI_GLB", "uri", "a GLB should hold its data in its binary chunk") }
        let declared = data.mimeType.lowercased()
        if kind == .image {
            if ImageHeader.mimeType(data.bytes) != declared {
                report("INVALID_URI", "uri", "declares '\(declared)', which its content is not")
            }
        } else if !["application/octet-stream", "application/gltf-buffer"].contains(declared) {
            report("BUFFER_DATA_URI_MIME_TYPE_INVALID", "uri", "declares '\(declared)', not a buffer")
        }
    }

    private func checkReference(_ uri: String) {
        guard let reference = URIReference(uri) else {
            return report("INVALID_URI", "uri", "'\(uri.prefix(80))' is not a URI")
        }
        if !reference.isRelativePath {
            report("NON_RELATIVE_URI", "uri", "'\(uri.prefix(80))' is not a file beside the model")
        }
    }

    private func checkImageProperties(_ json: JSON) {
        let type = json["mimeType"]
        if let type, type.string == nil { report("TYPE_MISMATCH", "mimeType", "must be a string") }
        if let name = type?.string, !imageTypes.contains(name) {
            report("VALUE_NOT_IN_LIST", "mimeType", "'\(name)' is none of \(imageTypes)")
        }
        let hasView = json.index("bufferView") != nil
        let hasURI = json["uri"]?.string != nil
        if hasView, type?.string == nil {
            report("UNSATISFIED_DEPENDENCY", "bufferView", "'mimeType' must be defined too")
        }
        if hasView == hasURI {
            report("ONE_OF_MISMATCH", nil, "an image needs either 'bufferView' or 'uri'")
        }
    }
}
