import CAV

/// The capabilities of this host's libav, for `avatarium doctor`.
public struct EncoderReport: Sendable, Codable {
    public struct Entry: Sendable, Codable {
        /// The encoder's name in libav.
        public var name: String
        /// The purpose of the encoder.
        public var purpose: String
        public var available: Bool
    }

    /// The version, such as `libavcodec 59.37.100`.
    public var libraryVersion: String
    public var encoders: [Entry]
    public var decoders: [Entry]

    /// Whether the default output (MP4) can be written.
    public var canWriteMP4: Bool {
        encoders.filter { $0.name == "libx264" || $0.name == "aac" }.allSatisfy(\.available)
    }

    public static func current() -> EncoderReport {
        let version = avcodec_version()
        return EncoderReport(
            libraryVersion: "libavcodec \(version >> 16).\(version >> 8 & 255).\(version & 255)",
            encoders: [
                ("libx264", "MP4 video"), ("aac", "MP4 audio"), ("libvpx-vp9", "WebM video"),
                ("libopus", "WebM audio"), ("prores_ks", "MOV video"), ("pcm_s16le", "MOV audio"),
                ("png", "PNG frames"), ("libx265", "HEVC"), ("libaom-av1", "AV1"), ("gif", "GIF"),
                ("libwebp_anim", "animated WebP"), ("libmp3lame", "MP3"), ("flac", "FLAC"),
            ].map { Entry(name: $0, purpose: $1, available: avcodec_find_encoder_by_name($0) != nil) }
                + [
                    Entry(
                        name: "libavfilter", purpose: "captions burnt in, overlays, fades, loudness",
                        available: FilterGraph.isAvailable)
                ],
            decoders: [
                ("pcm_s16le", "WAV"), ("mp3float", "MP3"), ("aac", "M4A"), ("flac", "FLAC"),
                ("vorbis", "Ogg Vorbis"), ("opus", "Ogg Opus"),
            ].map { Entry(name: $0, purpose: $1, available: avcodec_find_decoder_by_name($0) != nil) })
    }
}
