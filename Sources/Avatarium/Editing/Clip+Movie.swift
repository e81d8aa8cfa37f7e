import AvatariumCore
import Rendering

extension Clip {
    /// Returns the clip drawn over nothing, with its background as a movie, where that is a video.
    func separatingMovie() -> Clip {
        guard case .image(let path) = look.background, Self.isVideo(path) else { return self }
        var clip = self
        clip.movie = path
        clip.look.background = .transparent
        return clip
    }

    /// Whether a file begins as a video does: MP4 and MOV, Matroska and WebM, GIF, AVI, Ogg, FLV, MPEG.
    private static func isVideo(_ path: String) -> Bool {
        guard let bytes = try? RegularFile.head(path, count: 12), bytes.count == 12 else { return false }
        func holds(_ text: String, at offset: Int) -> Bool {
            bytes[offset...].starts(with: text.utf8)
        }
        let boxes = ["ftyp", "moov", "mdat", "wide", "free", "skip", "pnot"]
        return boxes.contains { holds($0, at: 4) } || bytes.starts(with: [0x1A, 0x45, 0xDF, 0xA3])
            || holds("GIF8", at: 0) || holds("RIFF", at: 0) && holds("AVI ", at: 8) || holds("OggS", at: 0)
            || holds("FLV", at: 0) || bytes.starts(with: [0, 0, 1, 0xBA]) || bytes[0] == 0x47
    }
}
