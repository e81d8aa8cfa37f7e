import Avatarium
import AvatariumCore
import ServiceStore

/// What a viewer asked for when the session began.
struct LiveOrder: Sendable {
    enum Stream: String, Sendable, CaseIterable {
        case video, audio, face
    }

    var account: AccountID
    /// The look; its avatar is a path or a bundled name.
    var clip: ClipRequest
    var size: ImageSize
    var isTrusted: Bool
    var streams: Set<Stream>
    var voice: String?
    var frameRate: FrameRate
    /// A folder of this session, removed with it.
    var folder: String

    /// How the avatar acts.
    var performance: PerformanceOptions {
        var options = PerformanceOptions()
        options.seed = clip.seed ?? 0
        options.idle = clip.idle ?? true
        return options
    }
}
