import CAV
import CPixels

/// The arrangements of samples that our encoders take.
enum PlaneLayout {
    /// 8-bit 4:2:0.
    case yuv420
    /// 4:2:0 with a plane of alpha.
    case yuva420
    /// 10-bit 4:4:4 with alpha.
    case yuva444p10
    /// R, G, B, A as they come.
    case rgba
    /// Interleaved B, G, R, A.
    case bgra

    var pixelFormat: AVPixelFormat {
        switch self {
        case .yuv420: AV_PIX_FMT_YUV420P
        case .yuva420: AV_PIX_FMT_YUVA420P
        case .yuva444p10: AV_PIX_FMT_YUVA444P10LE
        case .rgba: AV_PIX_FMT_RGBA
        case .bgra: AV_PIX_FMT_BGRA
        }
    }

    /// Whether the alpha that a frame has is kept, as straight alpha.
    var hasAlpha: Bool { self != .yuv420 }

    /// BT.709, limited range, chroma to the left: signalled explicitly (players' default for HD video).
    func tagColour(of context: UnsafeMutablePointer<AVCodecContext>) {
        guard self != .rgba, self != .bgra else { return }
        context.pointee.color_range = AVCOL_RANGE_MPEG
        context.pointee.color_primaries = AVCOL_PRI_BT709
        context.pointee.color_trc = AVCOL_TRC_BT709
        context.pointee.colorspace = AVCOL_SPC_BT709
        if self != .yuva444p10 { context.pointee.chroma_sample_location = AVCHROMA_LOC_LEFT }
    }

    /// Converts R, G, B, A bytes (straight alpha) into the planes of a frame.
    func fill(_ frame: UnsafeMutablePointer<AVFrame>, from rgba: UnsafeBufferPointer<UInt8>) {
        let f = frame.pointee
        let (data, size) = (f.data, f.linesize)
        switch self {
        case .yuv420:
            avatarium_rgba_to_yuv420(
                rgba.baseAddress, f.width, f.height, data.0, Int(size.0), data.1, Int(size.1), data.2,
                Int(size.2))
        case .yuva420:
            avatarium_rgba_to_yuva420(
                rgba.baseAddress, f.width, f.height, data.0, Int(size.0), data.1, Int(size.1), data.2,
                Int(size.2), data.3, Int(size.3))
        case .yuva444p10:
            func samples(_ plane: UnsafeMutablePointer<UInt8>?) -> UnsafeMutablePointer<UInt16>? {
                UnsafeMutableRawPointer(plane)?.assumingMemoryBound(to: UInt16.self)
            }
            avatarium_rgba_to_yuva444p10(
                rgba.baseAddress, f.width, f.height, samples(data.0), Int(size.0), samples(data.1),
                Int(size.1), samples(data.2), Int(size.2), samples(data.3), Int(size.3))
        case .rgba:
            guard let source = rgba.baseAddress, let target = data.0 else { return }
            let row = Int(f.width) * 4
            for y in 0..<Int(f.height) {
                (target + y * Int(size.0)).update(from: source + y * row, count: row)
            }
        case .bgra:
            guard let source = rgba.baseAddress, let target = data.0 else { return }
            let row = Int(f.width)
            for y in 0..<Int(f.height) {
                UnsafeRawPointer(source + y * row * 4).withMemoryRebound(to: UInt32.self, capacity: row) {
                    from in
                    UnsafeMutableRawPointer(target + y * Int(size.0))
                        .withMemoryRebound(to: UInt32.self, capacity: row) { to in
                            for x in 0..<row {
                                let pixel = from[x]
                                to[x] = pixel & 0xFF00_FF00 | (pixel & 0xFF) << 16 | pixel >> 16 & 0xFF
                            }
                        }
                }
            }
        }
    }
}
