import AvatariumCore

/// The kinds of file that a clip is written as.
public enum ClipFormat: String, Sendable, Codable, CaseIterable {
    /// H.264 and AAC; plays everywhere; index in front (`faststart`).
    case mp4
    /// VP9 and Opus; alpha where asked for.
    case webm
    /// ProRes 4444 with 16-bit alpha and PCM, for editing.
    case mov
    /// A PNG file a frame (`frames/%05d.png`) and `audio.wav` in the same folder.
    case pngSequence
    /// H.264 and AAC in fragments that can be played while they are written; for standard output.
    case fragmentedMP4

    /// The format that a path's name asks for.
    ///
    /// - Throws: E071 where the name says nothing that we write.
    public init(path: String) throws {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let ending = name.contains(".") ? name.split(separator: ".").last.map { $0.lowercased() } : nil
        switch ending {
        case _ where path == "-": self = .fragmentedMP4
        case "mp4", "m4v": self = .mp4
        case "webm": self = .webm
        case "mov": self = .mov
        case "png" where FramePattern(path) != nil: self = .pngSequence
        case "png":
            throw AvatariumError(
                .invalidConfig,
                "\(path) names one picture, not a clip. Give a pattern with one number, such as "
                    + "frames/%05d.png.", context: ["field": "output", "path": path])
        default:
            throw AvatariumError(
                .invalidConfig,
                "The name \(path) does not say which kind of file to write. Use .mp4, .webm, .mov, "
                    + "frames/%05d.png, or - for fragmented MP4 on standard output.",
                context: ["field": "output", "path": path])
        }
    }

    /// Whether pictures keep their transparency.
    public var carriesAlpha: Bool { self == .webm || self == .mov || self == .pngSequence }

    /// Whether width and height must be even (4:2:0 chroma).
    public var needsEvenSize: Bool { self == .mp4 || self == .webm || self == .fragmentedMP4 }
}
