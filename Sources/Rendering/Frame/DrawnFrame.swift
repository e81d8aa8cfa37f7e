import AvatariumCore
import Synchronization

/// A frame drawn by GL, with the steps that remain for its pixels.
public final class DrawnFrame: Sendable {
    /// A class's, so that tasks can hand the pixels on without a copy.
    private let pixels: Mutex<PixelBuffer>
    private let composer: FrameComposer

    init(pixels: consuming PixelBuffer, composer: FrameComposer) {
        self.pixels = Mutex(pixels)
        self.composer = composer
    }

    /// Returns the finished picture, with smoothed edges and composited over the background. The frame keeps
    /// nothing, so the next owner can reuse the buffer without a copy; a second call returns an empty picture.
    /// - Parameter under: An opaque picture of the same size that is placed behind the model of a transparent
    ///   scene.
    public func composed(over under: PixelBuffer? = nil) -> PixelBuffer {
        pixels.withLock { pixels in
            var picture = PixelBuffer(width: 0, height: 0)
            swap(&picture, &pixels)
            if picture.width > 0 { composer.compose(&picture, over: under) }
            return picture
        }
    }
}
