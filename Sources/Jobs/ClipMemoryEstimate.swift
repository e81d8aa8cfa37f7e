import Avatarium
import Media

/// An estimate of the memory that a clip takes while it is made, rounded up from measured peaks
/// (docs/PERFORMANCE.md).
package enum ClipMemoryEstimate {
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
        var scene = 0
        if let avatar = try? request.avatarSource {
            scene = (try? await library.sceneBytes(avatar, look: look)) ?? 0
        }
        return bytes(request) + max(0, scene - usualScene)
    }

    /// Bytes of one more clip whose avatar is not known yet.
    package static func bytes(_ request: ClipRequest) -> Int {
        let look = RenderLook(request.look)
        let (size, quality) = (look.size, look.quality)
        let format = (try? request.output.map { try ClipFormat(path: $0) }) ?? .mp4
        if format.isSoundOnly { return 60 << 20 }
        let encoder =
            switch (format, request.encoding.codec ?? .h264, quality) {
            case (.webm, _, _), (_, .hevc, _), (_, .av1, _): 185
            case (.mov, _, _), (.gif, _, _), (.webp, _, _): 90
            case (.pngSequence, _, _), (_, _, .draft): 45
            case (_, _, .standard): 115
            case (_, _, .high): 205
            }
        // Pictures of overlays and backgrounds, and their decoders.
        let layers = request.edit.overlays.count * 8 + (request.edit == ClipEdit() ? 0 : 24)
        let multisampled = look.samples > 1 ? min(look.samples, 16) * 8 : 0
        let (width, height) = (min(size.width, 8192), min(size.height, 8192))
        return usualScene + width * height * (encoder + multisampled + layers)
    }
}
