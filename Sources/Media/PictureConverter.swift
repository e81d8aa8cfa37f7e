import AvatariumCore
import CAV

/// Decoded frames of any pixel format to `PixelBuffer`, by libswscale at its most exact.
final class PictureConverter {
    private var context: OpaquePointer?

    /// Converts a frame.
    /// - Parameter size: Pixels of the result; nil keeps the frame's own. It is filled, whatever its shape.
    /// - Returns: The picture, or nil where libswscale cannot convert the frame.
    func picture(_ frame: UnsafeMutablePointer<AVFrame>, size: ImageSize? = nil) -> PixelBuffer? {
        let (width, height) = (frame.pointee.width, frame.pointee.height)
        let (newWidth, newHeight) = size.map { (Int32($0.width), Int32($0.height)) } ?? (width, height)
        let isScaled = newWidth != width || newHeight != height
        let flags =
            (isScaled ? SWS_BICUBIC : SWS_BILINEAR) | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT
            | SWS_FULL_CHR_H_INP
        context = sws_getCachedContext(
            context, width, height, AVPixelFormat(frame.pointee.format), newWidth, newHeight, AV_PIX_FMT_RGBA,
            flags, nil, nil, nil)
        guard let context, width > 0, height > 0, newWidth > 0, newHeight > 0 else { return nil }
        let matrix = sws_getCoefficients(
            frame.pointee.colorspace == AVCOL_SPC_BT709 ? SWS_CS_ITU709 : SWS_CS_DEFAULT)
        let fullRange: Int32 = frame.pointee.color_range == AVCOL_RANGE_JPEG ? 1 : 0
        sws_setColorspaceDetails(context, matrix, fullRange, matrix, 1, 0, 1 << 16, 1 << 16)
        let stride = newWidth * 4
        var bytes = [UInt8](repeating: 0, count: Int(stride) * Int(newHeight))
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
        guard rows == newHeight else { return nil }
        return PixelBuffer(width: Int(newWidth), height: Int(newHeight), bytes: bytes)
    }

    deinit { sws_freeContext(context) }
}
