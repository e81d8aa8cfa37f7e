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
    /// Those who speak in a dialogue, as the clip's `cast` has them; nil for a clip of one avatar.
    var cast: [Avatar]?
    /// Inputs by the field of `ClipRequest` that names their file; overlays are `overlay-0` and on.
    var inputs: [String: Source] = [:]
    /// A `VideoFormat`.
    var format: String
    /// Whether a picture of the clip is wanted beside it.
    var poster: Bool?
    /// What the client sent, shown to it again.
    var echo: String
    var maxSeconds: Double
    /// Marked, and small: made with a test key.
    var isTest = false
    static let testSize = ImageSize(width: 640, height: 360)
    /// Whether the clip's text is its first sentence, and the others are still being written (`ServiceStore.dictation`).
    var isDictated = false
    /// The client's own key to the provider of the voice, sealed.
    var speechKey: SealedText?

    /// Whether every model is one of ours.
    var isTrusted: Bool { avatar.isTrusted && (cast ?? []).allSatisfy(\.isTrusted) }

    /// The name of an overlay among the inputs.
    static func overlay(_ index: Int) -> String { "overlay-\(index)" }

    /// The place of an overlay by its name among the inputs; nil for another input.
    static func overlayIndex(_ name: String) -> Int? {
        name.hasPrefix("overlay-") ? Int(name.dropFirst("overlay-".count)) : nil
    }
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

    /// The same under the key that replaces another.
    func resealed(by key: MasterKey, context: [String]) throws -> SealedText {
        try SealedText(opened(by: key, context: context), by: key, context: context)
    }
}

/// The kinds of clips that can be asked for over HTTP.
enum VideoFormat: String, CaseIterable, Sendable, Codable {
    case mp4, webm, mov, gif, webp
    /// A playlist and segments; the others are one file.
    case hls
    case m4a, mp3, opus, flac, wav

    /// The library's format of a file that ends so.
    var format: ClipFormat { ClipFormat(rawValue: rawValue) ?? .mp4 }

    /// The ending of the file that the clip is, or starts with.
    var fileExtension: String { self == .hls ? "m3u8" : rawValue }

    var contentType: String {
        switch self {
        case .mp4: "video/mp4"
        case .webm: "video/webm"
        case .mov: "video/quicktime"
        case .gif: "image/gif"
        case .webp: "image/webp"
        case .hls: "application/vnd.apple.mpegurl"
        case .m4a: "audio/mp4"
        case .mp3: "audio/mpeg"
        case .opus: "audio/ogg"
        case .flac: "audio/flac"
        case .wav: "audio/wav"
        }
    }
}
