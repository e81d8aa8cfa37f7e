import AvatariumCore
import Crypto
import Hummingbird
import NIOCore
import ServiceHTTP

/// A file that comes with the program: a browser keeps it, and asks each time whether it is still the same.
enum StaticFile {
    /// - Parameters:
    ///   - policy: The content security policy.
    ///   - isShared: Whether pages of other origins may load it.
    static func route(
        _ path: String, _ bytes: [UInt8], _ type: String, policy: String, isShared: Bool = false
    ) -> Route {
        let tag = EntityTag(opaque: Hexadecimal.text(SHA256.hash(data: bytes).prefix(16)))
        return Route(.get, path, .open, query: nil, hasVersions: true) { request, _ in
            let cache = "no-cache"
            var response: Response
            if try Conditions.isKnown(request, tag) {
                response = .notModified(tag, cache: cache)
            } else {
                response = Response(
                    status: .ok,
                    headers: [
                        .eTag: "\(tag)", .contentType: type, .cacheControl: cache,
                        .contentSecurityPolicy: policy, .referrerPolicy: "no-referrer",
                    ], body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
            }
            if isShared { response.headers[.accessControlAllowOrigin] = "*" }
            return response
        }
    }
}
