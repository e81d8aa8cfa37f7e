import Avatarium
import AvatariumCore
import Foundation
import ServiceStore

/// A clip as it is ordered: checked, its references resolved, kept in the job until a worker makes it.
struct RenderOrder: Codable, Sendable {
    /// Where the bytes of an input come from. Never a path: no request names a file of the server.
    enum Source: Codable, Sendable, Equatable {
        /// Bytes that came in the request itself.
        case inline(String)
        /// An object of the same account.
        case object(key: String, fileExtension: String)
        /// A URL, fetched by the worker with the rules of `SafeFetch`.
        case url(String)
    }

    enum Avatar: Codable, Sendable, Equatable {
        case bundled(String)
        case uploaded(id: String, key: String, fileExtension: String, sha256: String)

        /// Whether the model is one of ours, which a process that draws for others may load.
        var isTrusted: Bool {
            if case .bundled = self { true } else { false }
        }
    }

    /// All that needs no file; the worker adds the paths of its own folder.
    var clip: ClipRequest
    var avatar: Avatar
    /// Inputs by the field of `ClipRequest` that names their file.
    var inputs: [String: Source] = [:]
    /// `mp4`, `webm` or `mov`.
    var format: String
    /// What the client sent, shown to it again.
    var echo: String
    var maxSeconds: Double
    /// Marked, and small: made with a test key.
    var isTest = false
    /// Whether the clip's text is its first sentence, and the others are still being written (`ServiceStore.dictation`).
    var isDictated = false
    /// The client's own key to the provider of the voice, sealed.
    var speechKey: SealedText?
}

/// A secret that waits in the database for the worker that needs it.
struct SealedText: Codable, Sendable, Equatable {
    private let sealed: String
    private let version: Int

    /// - Parameter context: what it belongs to; only the same opens it.
    init(_ text: String, by key: MasterKey, context: [String]) throws {
        (sealed, version) = try key.seal(text, context: context)
    }

    func opened(by key: MasterKey, context: [String]) throws -> String {
        try key.open(sealed, version: version, context: context)
    }
}

/// The kinds of clips that can be asked for over HTTP.
enum VideoFormat: String, CaseIterable, Sendable, Codable {
    case mp4, webm, mov

    var contentType: String {
        switch self {
        case .mp4: "video/mp4"
        case .webm: "video/webm"
        case .mov: "video/quicktime"
        }
    }
}
