import AvatariumCore
import CAV

/// Decoded frames of any pixel format to `PixelBuffer`, by libswscale at its most exact.
final class PictureConverter {
    private var context: OpaquePointer?

    /// Nil where libswscale cannot convert the frame.
    func picture(_ frame: UnsafeMutablePointer<AVFrame>) -> PixelBuffer? {
        let (width, height) = (frame.pointee.width, frame.pointee.height)
        let flags = SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP
        context = sws_getCachedContext(
            context, width, height, AVPixelFormat(frame.pointee.format), width, height, AV_PIX_FMT_RGBA,
            flags, nil, nil, nil)
        guard let context, width > 0, height > 0 else { return nil }
        let matrix = sws_getCoefficients(
            frame.pointee.colorspace == AVCOL_SPC_BT709 ? SWS_CS_ITU709 : SWS_CS_DEFAULT)
        let fullRange: Int32 = frame.pointee.color_range == AVCOL_RANGE_JPEG ? 1 : 0
        sws_setColorspaceDetails(context, matrix, fullRange, matrix, 1, 0, 1 << 16, 1 << 16)
        let stride = width * 4
        var bytes = [UInt8](repeating: 0, count: Int(stride) * Int(height))
        let rows = bytes.withUnsafeMutableBufferPointer { buffer -> Int32 in
            withUnsafeBytes(of: &frame.pointee.data) { planes in
                withUnsafeBytes(of: &frame.pointee.linesize) { sizes in
                    var target = [buffer.baseAddress]
                    var targetStride = [stride]
                    return sws_scale(
                        context, planes.bindMemory(to: UnsafePointer<UInt8>?.self).baseAddress,
                        sizes.bindMemory(to: Int32.self).baseAddress, 0, height, &target, &targetStride)
                }
            }
        }
        guard rows == height else { return nil }
        return PixelBuffer(width: Int(width), height: Int(height), bytes: bytes)
    }

    deinit { sws_freeContext(context) }
}
