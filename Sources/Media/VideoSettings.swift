/// Which video encoder a clip uses, and how it is set.
struct VideoSettings {
    var encoder: String
    var layout: PlaneLayout
    /// The encoder's own options.
    var privateOptions: [(String, String)]
    /// The longest time between pictures that can be jumped to.
    var keyFrameSeconds: Double
    /// Bits per second; nil for a constant quality.
    var bitrate: Int?
    /// The code that players know the codec by, where the container's own is another.
    var tag: String?
    /// The filters that reduce each picture to 256 colours.
    var palette = false

    init(
        encoder: String, layout: PlaneLayout, privateOptions: [(String, String)], keyFrameSeconds: Double
    ) {
        self.encoder = encoder
        self.layout = layout
        self.privateOptions = privateOptions
        self.keyFrameSeconds = keyFrameSeconds
    }

    init(_ options: ClipWriterOptions) {
        keyFrameSeconds = 5
        encoder = ""
        layout = .yuv420
        privateOptions = []
        bitrate = options.encoding.bitrate?.bitsPerSecond
        switch options.encoding.codec ?? options.format.codecs.first {
        case .h264: self.setH264(options)
        case .hevc: self.setHEVC(options)
        case .av1: self.setAV1(options)
        case .vp9: self.setVP9(options)
        case .prores:
            encoder = "prores_ks"
            layout = .yuva444p10
            privateOptions = [("profile", "4444"), ("vendor", "apl0"), ("alpha_bits", "16")]
            keyFrameSeconds = 0
        case nil: setPictures(options)
        }
        // A fragment or a segment starts with a key picture: short fragments keep the delay of a live reader short.
        switch options.format {
        case .fragmentedMP4: keyFrameSeconds = 1
        case .hls: keyFrameSeconds = Self.segmentSeconds
        default: break
        }
    }

    /// Seconds of a segment of HLS; Apple asks for 6 (HLS Authoring Specification, 7.5), shorter ones start sooner.
    static let segmentSeconds = 4.0

    /// The constant quality that was asked for, or else the usual one; none beside a bit rate.
    private func quality(_ options: ClipWriterOptions, _ usual: Int) -> [(String, String)] {
        bitrate == nil ? [("crf", "\(options.encoding.crf ?? usual)")] : []
    }

    private mutating func setH264(_ options: ClipWriterOptions) {
        let (preset, crf) = options.quality.choose(
            draft: ("ultrafast", 23), standard: ("veryfast", 20), high: ("medium", 17))
        encoder = "libx264"
        // Without a queue of its own before the lookahead: 13 MB less at 1280x720, and no slower on two cores.
        privateOptions = [("preset", preset)] + quality(options, crf) + [("x264-params", "sync-lookahead=0")]
    }

    private mutating func setHEVC(_ options: ClipWriterOptions) {
        let (preset, crf) = options.quality.choose(
            draft: ("ultrafast", 27), standard: ("veryfast", 24), high: ("medium", 20))
        encoder = "libx265"
        tag = "hvc1"
        // x265 writes to standard error unless it is told not to, and takes threads by itself.
        privateOptions =
            [("preset", preset)] + quality(options, crf)
            + [("x265-params", "log-level=none:pools=\(options.threads.map(String.init) ?? "*")")]
    }

    private mutating func setAV1(_ options: ClipWriterOptions) {
        let (speed, crf) = options.quality.choose(draft: ("9", 42), standard: ("8", 34), high: ("6", 28))
        encoder = "libaom-av1"
        privateOptions =
            [("usage", options.quality == .high ? "good" : "realtime"), ("cpu-used", speed)]
            + quality(options, crf) + [("row-mt", "1"), ("tiles", "2x1")]
        if bitrate == nil { privateOptions.append(("b", "0")) }
    }

    private mutating func setVP9(_ options: ClipWriterOptions) {
        let (speed, crf) = options.quality.choose(draft: ("8", 36), standard: ("6", 30), high: ("4", 24))
        encoder = "libvpx-vp9"
        layout = options.hasAlpha ? .yuva420 : .yuv420
        privateOptions =
            [("deadline", options.quality == .high ? "good" : "realtime"), ("cpu-used", speed)]
            + quality(options, crf) + (bitrate == nil ? [("b", "0")] : [])
            + [("row-mt", "1"), ("tile-columns", "1")]
        // Pictures that are not shown cannot carry alpha.
        if options.hasAlpha { privateOptions.append(("auto-alt-ref", "0")) }
    }

    /// PNG frames, GIF and WebP.
    private mutating func setPictures(_ options: ClipWriterOptions) {
        layout = .rgba
        keyFrameSeconds = 0
        switch options.format {
        case .gif:
            encoder = "gif"
            palette = true
        case .webp:
            encoder = "libwebp_anim"
            layout = .bgra
            let (quality, effort) = options.quality.choose(
                draft: ("60", "1"), standard: ("75", "3"), high: ("90", "5"))
            privateOptions = [("quality", quality), ("compression_level", effort)]
        default:
            encoder = "png"
            privateOptions = [("pred", "up"), ("compression_level", options.quality == .high ? "6" : "2")]
        }
    }
}
