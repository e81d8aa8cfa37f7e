import AvatariumCore
import CFXAA
import GLES

/// Makes the finished picture from the premultiplied pixels that were drawn.
struct FrameComposer: Sendable {
    let frame: SIMD2<Int>
    let window: FrameWindow
    /// What the reader gets where nothing is drawn: straight alpha.
    let flatPixel: SIMD4<UInt8>
    let isTransparent: Bool
    /// A picture of the frame's size to lay under the model.
    let image: PixelBuffer?
    let smoothsEdges: Bool

    init(frame: SIMD2<Int>, window: FrameWindow, backdrop: Backdrop, smoothsEdges: Bool) {
        self.frame = frame
        self.window = window
        flatPixel = backdrop.flatPixel
        isTransparent = backdrop.isTransparent
        image = backdrop.image
        self.smoothsEdges = smoothsEdges
    }

    private var rowBytes: Int { frame.x * 4 }
    private var start: Int { window.origin.y * rowBytes + window.origin.x * 4 }

    /// Copies what was drawn to the window's place.
    func read(_ target: Framebuffer, into pixels: inout PixelBuffer) {
        pixels.bytes.withUnsafeMutableBytes { raw in
            guard let base = raw.baseAddress else { return }
            target.read(into: base + start, bytesPerRow: rowBytes, parts: window.parts)
        }
    }

    /// Fills what the window leaves out, and composes or un-premultiplies the window where needed.
    /// - Parameter under: A picture of the frame's size in place of the scene's own background.
    func compose(_ pixels: inout PixelBuffer, over under: PixelBuffer? = nil) {
        let isUsable = under.map { $0.width == frame.x && $0.height == frame.y } ?? false
        let image = isUsable ? under : image
        pixels.bytes.withUnsafeMutableBytes { raw in
            fillOutside(raw, image)
            guard window.size.x > 0, window.size.y > 0, let base = raw.baseAddress else { return }
            if smoothsEdges { smooth(base + start) }
            for y in 0..<window.size.y {
                let row = start + y * rowBytes
                let line = UnsafeMutableRawBufferPointer(rebasing: raw[row..<row + window.size.x * 4])
                if let image {
                    image.bytes.withUnsafeBytes { under in
                        Self.layOver(
                            line, UnsafeRawBufferPointer(rebasing: under[row..<row + line.count]))
                    }
                } else if isTransparent {
                    Self.unpremultiply(line)
                }
            }
        }
    }

    /// On premultiplied pixels, where a mixture of covered and empty is right.
    private func smooth(_ start: UnsafeMutableRawPointer) {
        withUnsafeTemporaryAllocation(byteCount: window.size.x * (window.size.y + 9) + 8, alignment: 16) {
            scratch in
            guard let room = scratch.baseAddress else { return }
            avatarium_fxaa(
                start.assumingMemoryBound(to: UInt8.self), rowBytes, Int32(window.size.x),
                Int32(window.size.y),
                isTransparent || image != nil ? 1 : 0,
                room.assumingMemoryBound(to: UInt8.self))
        }
    }

    private func fillOutside(_ raw: UnsafeMutableRawBufferPointer, _ image: PixelBuffer?) {
        let words = raw.bindMemory(to: UInt32.self)
        let flat = unsafeBitCast(flatPixel, to: UInt32.self)
        func fill(_ range: Range<Int>) {
            guard !range.isEmpty else { return }
            if let image {
                image.bytes.withUnsafeBytes { under in
                    let source = under.bindMemory(to: UInt32.self)
                    _ = UnsafeMutableBufferPointer(rebasing: words[range])
                        .update(fromContentsOf: UnsafeBufferPointer(rebasing: source[range]))
                }
            } else {
                UnsafeMutableBufferPointer(rebasing: words[range]).update(repeating: flat)
            }
        }
        let (x0, x1) = (window.origin.x, window.origin.x + window.size.x)
        let (y0, y1) = (window.origin.y, window.origin.y + window.size.y)
        fill(0..<y0 * frame.x)
        for y in y0..<y1 {
            fill(y * frame.x..<y * frame.x + x0)
            fill(y * frame.x + x1..<(y + 1) * frame.x)
        }
        fill(y1 * frame.x..<frame.y * frame.x)
    }

    /// Premultiplied pixels over opaque ones.
    private static func layOver(
        _ line: UnsafeMutableRawBufferPointer, _ under: UnsafeRawBufferPointer
    ) {
        let words = line.bindMemory(to: UInt32.self)
        let below = under.bindMemory(to: UInt32.self)
        for i in 0..<words.count {
            let alpha = words[i] >> 24
            if alpha == 255 { continue }
            if alpha == 0 {
                words[i] = below[i]
                continue
            }
            let inverse = 255 - alpha
            var result: UInt32 = 0xFF00_0000
            for shift: UInt32 in [0, 8, 16] {
                let product = (below[i] >> shift & 255) * inverse + 127
                result |= min(255, (words[i] >> shift & 255) + product / 255) << shift
            }
            words[i] = result
        }
    }

    private static func unpremultiply(_ line: UnsafeMutableRawBufferPointer) {
        let words = line.bindMemory(to: UInt32.self)
        for i in 0..<words.count {
            let alpha = words[i] >> 24
            if alpha == 255 || alpha == 0 { continue }
            var result = alpha << 24
            for shift: UInt32 in [0, 8, 16] {
                result |= min(255, ((words[i] >> shift & 255) * 255 + alpha / 2) / alpha) << shift
            }
            words[i] = result
        }
    }
}
