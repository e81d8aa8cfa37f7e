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
    /// Marked, and small: begun with a test key.
    var isTest: Bool
    /// A folder of this session, removed with it.
    var folder: String

    /// How the avatar acts; hands beat where the picture shows them.
    var performance: PerformanceOptions {
        let showsHands = clip.camera == .waist || clip.camera == .body
        return PerformanceOptions(
            idle: clip.idle ?? true, seed: clip.seed ?? 0,
            gestureMode: showsHands ? clip.gestures ?? .auto : .off)
    }
}
