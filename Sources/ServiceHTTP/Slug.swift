import AvatariumCore

/// A name in a URL: 3 to 50 characters of a-z, 0-9 and hyphen (docs/ERRORS.md section 2).
public struct Slug: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    /// - Throws: E093 with `rule` "slug", which the service answers as INVALID_SLUG.
    public init(_ text: String, field: String = "slug") throws(AvatariumError) {
        let count = text.utf8.count
        let belongs = text.utf8.prefix(51).allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
        }
        guard (3...50).contains(count), belongs else {
            throw AvatariumError(
                .validationError,
                "\(field) must be 3 to 50 characters of a-z, 0-9 and hyphen; choose another name",
                context: ["field": field, "rule": "slug"])
        }
        description = text
    }
}
