import AvatariumCore
import Foundation
import NIOCore

/// Where the service keeps finished clips, avatars and uploads: a folder (`FolderStore`) or an S3 bucket
/// (`S3Store`).
///
/// Every method throws `AvatariumError`: E025 with `rule` "no-such-object" for a key without an object and
/// with `rule` "storage-full" when there is no space; E001, E004 or E005 when the store cannot be reached;
/// E071 when it refuses the configuration.
public protocol ObjectStore: Sendable {
    /// Stores a file under a key, replacing what was there. Readers see the old object or the new one, never
    /// a part.
    /// - Throws: E092 if the file no longer has the length and digest that it is said to have.
    func put(_ file: LocalFile, at key: ObjectKey, contentType: String) async throws

    /// Copies an object into a file at `path`, which is replaced, and gives its measured length and digest.
    func get(_ key: ObjectKey, to path: String) async throws -> LocalFile

    /// Reads an object, or a non-empty range of its bytes, piece by piece as the caller asks for them.
    func read(_ key: ObjectKey, range: Range<Int>?) async throws -> ObjectContent

    /// Length and time of an object; nil if there is none.
    func head(_ key: ObjectKey) async throws -> ObjectInfo?

    /// Deletes an object. Does nothing if there is none.
    func delete(_ key: ObjectKey) async throws

    /// The objects whose keys start with `prefix` and come after a key, in the order of the keys' UTF-8
    /// bytes.
    /// - Returns: At most `limit` objects; fewer only at the end of the list.
    func list(prefix: String, after: ObjectKey?, limit: Int) async throws -> [ObjectInfo]

    /// A URL from which anyone can download the object until it expires (seven days at most), or nil if the
    /// store has no server of its own.
    /// - Parameter filename: The name under which a browser saves the file.
    func downloadURL(for key: ObjectKey, filename: String?, expires: Duration) async throws -> String?

    /// Removes uploads that were begun more than `age` ago and never ended, which their process left behind.
    /// - Returns: How many.
    func removePartialUploads(olderThan age: Duration) async throws -> Int

    /// Throws if the store cannot be used at present. Cheap enough for a readiness probe.
    func check() async throws
}

/// What is known of an object without reading it.
public struct ObjectInfo: Sendable, Equatable {
    public var key: ObjectKey
    /// In bytes.
    public var length: Int
    public var modified: Date
}

/// An object that is being read.
public struct ObjectContent: Sendable {
    /// What is known of the whole object.
    public var info: ObjectInfo
    /// The bytes that `chunks` holds.
    public var range: Range<Int>
    public var chunks: ObjectChunks
}

/// The name of an object: segments separated by `/`, such as `accounts/a1/renders/r1/t1.mp4`.
///
/// Valid keys are safe as relative paths: at most 900 bytes; each segment has 1 to 200 bytes and does not
/// begin with a dot; no control characters and no backslashes.
public struct ObjectKey: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    /// - Throws: E093 if the text is not a valid key.
    public init(_ text: String) throws(AvatariumError) {
        let bytes = Array(text.utf8.prefix(901))
        let segments = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isValid =
            bytes.count <= 900
            && segments.allSatisfy { (1...200).contains($0.count) && $0.first != UInt8(ascii: ".") }
            && bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") }
        guard isValid else {
            throw AvatariumError(
                .validationError,
                "an object key must be segments of 1 to 200 bytes between slashes, none beginning with a dot",
                context: ["field": "key"])
        }
        description = text
    }
}
