import Avatarium
import AvatariumCore
import Foundation

/// The head of a JSON web token, read before any key is chosen: jwt-kit takes the first key for an unknown `kid`, and any
/// algorithm that the key's type allows (docs/SERVICE.md).
struct TokenHeader: Sendable, Equatable {
    let algorithm: String
    /// nil where it names no key, which an issuer with a single one may leave out (OpenID Connect Core, 10.1).
    let keyID: String?

    /// No token of ours or of an issuer that we know has more bytes.
    private static let longestToken = 8192

    /// - Returns: nil for what is not a token, or asks for extensions that must be understood.
    init?(_ token: String) {
        let parts = token.split(separator: ".", maxSplits: 3, omittingEmptySubsequences: false)
        guard token.utf8.count <= Self.longestToken, parts.count == 3 else { return nil }
        let decoded = parts.compactMap(Self.bytes)
        guard decoded.count == 3, let header = try? JSONParser.parse(decoded[0]),
            let algorithm = header["alg"]?.string, header["crit"] == nil
        else { return nil }
        let key = header["kid"]
        guard key == nil || key?.string != nil else { return nil }
        (self.algorithm, keyID) = (algorithm, key?.string)
    }

    /// The bytes of a part; nil for every spelling but one. The last character has bits to spare, which jwt-kit ignores: four
    /// spellings of a signature would be the same token (RFC 4648 section 3.5).
    private static func bytes(_ part: Substring) -> [UInt8]? {
        guard !part.utf8.contains(UInt8(ascii: "=")) else { return nil }
        let standard = String(part).replacing("-", with: "+").replacing("_", with: "/")
        let padded = standard + String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: padded), data.base64EncodedString() == padded else { return nil }
        return Array(data)
    }
}
