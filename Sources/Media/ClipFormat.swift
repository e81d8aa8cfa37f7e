import AvatariumCore

/// The output formats of clips.
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
    /// A playlist (.m3u8) and its segments in fragmented MP4 beside it.
    case hls
    /// Repeats, has no sound; 256 colours a frame, and pixels that are seen or not.
    case gif
    /// An animated WebP: repeats, has no sound, keeps alpha.
    case webp
    /// The sound alone: AAC.
    case m4a
    case mp3
    /// The sound alone: Opus in Ogg.
    case opus
    case flac
    /// The sound alone: 16-bit PCM.
    case wav

    /// Selects the format by a file name.
    ///
    /// - Throws: E071 if the name does not select a format.
    public init(path: String) throws {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let ending = name.contains(".") ? name.split(separator: ".").last.map { $0.lowercased() } : nil
        switch ending {
        case _ where path == "-": self = .fragmentedMP4
        case "mp4", "m4v": self = .mp4
        case "m3u8": self = .hls
        case "m4a": self = .m4a
        case "opus", "ogg": self = .opus
        case "png" where FramePattern(path) != nil: self = .pngSequence
        case "png":
            throw AvatariumError(
                .invalidConfig,
                "\(path.quotedForMessage(limit: 200)) names a single picture, not a clip; give a pattern "
                    + "with one frame number, such as "
                    + "frames/%05d.png", context: ["field": "output", "path": path])
        default:
            guard let format = ending.flatMap(ClipFormat.init(rawValue:)),
                format != .pngSequence, format != .fragmentedMP4
            else {
                throw AvatariumError(
                    .invalidConfig,
                    "the name '\(path.quotedForMessage(limit: 200))' does not say which kind of file to write; use "
                        + ".mp4, .webm, .mov, .gif, .webp, .m3u8, frames/%05d.png, .wav, .m4a, .mp3, .opus "
                        + "or .flac for audio only, or - for fragmented MP4 on standard output",
                    context: ["field": "output", "path": path])
            }
            self = format
        }
    }

    /// Whether the format supports transparency.
    public var carriesAlpha: Bool {
        switch self {
        case .webm, .mov, .pngSequence, .gif, .webp: true
        default: false
        }
    }

    /// Whether width and height must be even (4:2:0 chroma subsampling).
    public var needsEvenSize: Bool {
        switch self {
        case .mp4, .webm, .fragmentedMP4, .hls: true
        default: false
        }
    }

    /// Whether the format contains only audio.
    public var isSoundOnly: Bool { container.isSoundOnly }

    /// Whether the format has a track for captions.
    public var carriesCaptions: Bool {
        switch self {
        case .mp4, .mov, .fragmentedMP4, .webm: true
        default: false
        }
    }

    /// The codecs that it holds, the usual one first; none where there is no choice.
    var codecs: [VideoCodec] {
        switch self {
        case .mp4, .fragmentedMP4, .hls: [.h264, .hevc, .av1]
        case .webm: [.vp9, .av1]
        case .mov: [.prores, .h264, .hevc]
        default: []
        }
    }

    /// libavformat's name of the container, and libavcodec's of the sound's encoder; nil for a format without sound.
    var container: (name: String, soundEncoder: String?, isSoundOnly: Bool) {
        switch self {
        case .mp4, .fragmentedMP4: ("mp4", "aac", false)
        case .webm: ("webm", "libopus", false)
        case .mov: ("mov", "pcm_s16le", false)
        case .hls: ("hls", "aac", false)
        case .gif: ("gif", nil, false)
        case .webp: ("webp", nil, false)
        case .pngSequence: ("image2", nil, false)
        case .m4a: ("ipod", "aac", true)
        case .mp3: ("mp3", "libmp3lame", true)
        case .opus: ("ogg", "libopus", true)
        case .flac: ("flac", "flac", true)
        case .wav: ("wav", "pcm_s16le", true)
        }
    }
}
