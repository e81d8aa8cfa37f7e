import Foundation
import ServiceHTTP

/// Where one object is: a server and a path that is not encoded.
struct S3Place: Sendable, Equatable {
    var endpoint: S3Endpoint
    var path: String

    var url: String { "\(endpoint)\(PercentEncoding.encode(path, keepingSlashes: true))" }
}

extension S3Place {
    /// The target of a redirect. Nil unless it is the URL of an HTTP server.
    init?(redirect location: String) {
        guard let parts = URLComponents(string: location) else { return nil }
        var server = parts
        server.percentEncodedPath = ""
        server.query = nil
        guard let text = server.string, let endpoint = try? S3Endpoint(text, setting: "location") else {
            return nil
        }
        self.init(endpoint: endpoint, path: parts.path.isEmpty ? "/" : parts.path)
    }
}

extension S3Configuration {
    /// Where an object, or with an empty name the bucket, is.
    func place(of name: String, public isPublic: Bool = false) -> S3Place {
        var endpoint = isPublic ? publicEndpoint ?? endpoint : endpoint
        guard !pathStyle else {
            return S3Place(endpoint: endpoint, path: "/\(bucket)" + (name.isEmpty ? "" : "/\(name)"))
        }
        endpoint.host = "\(bucket).\(endpoint.host)"
        return S3Place(endpoint: endpoint, path: "/\(name)")
    }
}
