import AvatariumCore
import Synchronization

/// A frame as GL drew it, and what is still to be done with its pixels.
public final class DrawnFrame: Sendable {
    /// A class's, so that tasks can hand the pixels on without a copy.
    private let pixels: Mutex<PixelBuffer>
    private let composer: FrameComposer

    init(pixels: consuming PixelBuffer, composer: FrameComposer) {
        self.pixels = Mutex(pixels)
        self.composer = composer
    }

    /// Hands the finished picture over, edges smoothed and the background laid under it. Nothing is kept, so that
    /// the next owner can fill the buffer again without a copy; a second call finds an empty picture.
    /// - Parameter under: An opaque picture of the same size to lay under the model of a transparent scene.
    public func composed(over under: PixelBuffer? = nil) -> PixelBuffer {
        pixels.withLock { pixels in
            var picture = PixelBuffer(width: 0, height: 0)
            swap(&picture, &pixels)
            if picture.width > 0 { composer.compose(&picture, over: under) }
            return picture
        }
    }
}
