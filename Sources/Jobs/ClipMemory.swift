import Avatarium
import Media

/// An estimate of the memory that a clip takes while it is made, rounded up from measured peaks
/// (docs/PERFORMANCE.md).
package enum ClipMemory {
    /// Bytes that a process takes however many clips it makes: mostly the libraries' code and data.
    package static let process = 110 << 20

    /// Bytes of a renderer with an avatar like the bundled ones.
    private static let usualScene = 60 << 20

    /// Bytes of one clip more: its avatar and renderer, its pictures in flight, its encoder's.
    /// - Parameter library: Says what the avatar's textures and vertices take; those of one that does not load are taken
    ///   to be usual.
    package static func bytes(_ request: ClipRequest, _ library: AvatarLibrary) async -> Int {
        var look = RenderLook(request.look)
        look.size = ImageSize(
            width: min(look.size.width, ImageSize.range.upperBound),
            height: min(look.size.height, ImageSize.range.upperBound))
        let scene = try? await library.sceneBytes(request.avatarSource, look: look)
        return bytes(request) + max(0, (scene ?? 0) - usualScene)
    }

    /// The same where the avatar is not known yet.
    package static func bytes(_ request: ClipRequest) -> Int {
        let look = RenderLook(request.look)
        let (size, quality) = (look.size, look.quality)
        let format = (try? request.output.map { try ClipFormat(path: $0) }) ?? .mp4
        let encoder =
            switch (format, quality) {
            case (.mp4, .draft), (.fragmentedMP4, .draft), (.pngSequence, _): 45
            case (.mp4, .standard), (.fragmentedMP4, .standard): 115
            case (.mp4, .high), (.fragmentedMP4, .high): 205
            case (.webm, _): 185
            case (.mov, _): 90
            }
        let multisampled = look.samples > 1 ? min(look.samples, 16) * 8 : 0
        let (width, height) = (min(size.width, 8192), min(size.height, 8192))
        return usualScene + width * height * (encoder + multisampled)
    }
}
