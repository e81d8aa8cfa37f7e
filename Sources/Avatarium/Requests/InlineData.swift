import AvatariumCore
import Foundation
import Media

/// Files written into a request as data URLs (RFC 2397): `data:audio/wav;base64,UklGR...`.
enum InlineData {
    /// Bytes that one may have.
    private static let limit = 256 << 20

    /// Whether a text is a data URL, not a path.
    static func isInline(_ path: String) -> Bool { path.hasPrefix("data:") }

    /// Returns the bytes of a data URL; nil for a path.
    /// - Throws: E093 for one that is not in base64, is empty or too large.
    static func bytes(_ text: String, field: String) throws -> [UInt8]? {
        guard isInline(text) else { return nil }
        func refuse(_ fact: String) -> AvatariumError {
            AvatariumError(
                .validationError, "the data in \(field) \(fact)", context: ["field": field])
        }
        guard text.utf8.count / 4 * 3 <= limit else {
            throw refuse("are larger than \(limit >> 20) MB; give a path")
        }
        guard let comma = text.utf8.firstIndex(of: UInt8(ascii: ",")), text[..<comma].hasSuffix(";base64")
        else {
            throw refuse(
                "are not in base64; write data:;base64, followed by the encoded bytes, or give a path")
        }
        guard let data = Data(base64Encoded: String(text[text.utf8.index(after: comma)...])), !data.isEmpty
        else {
            throw refuse("are empty or invalid base64; encode the file again")
        }
        return [UInt8](data)
    }

    /// The avatar of a name, a path or a data URL.
    /// - Throws: E093 as `bytes`.
    static func avatar(_ text: String) throws -> AvatarSource.Model {
        guard let bytes = try bytes(text, field: "avatar") else { return .named(text) }
        return .data(AvatarData(bytes, name: "inline avatar"))
    }

    /// The recording of a path or a data URL.
    /// - Throws: E093 as `bytes`, E033 for what is not audio.
    static func audio(_ text: String) throws -> Clip.AudioSource {
        guard let bytes = try bytes(text, field: "audio") else { return .file(text) }
        return .buffer(try AvatariumError.naming("audio") { try AudioDecoder.decode(bytes: bytes) })
    }
}
