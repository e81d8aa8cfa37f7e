import AvatariumCore
import Synchronization

/// A frame as GL drew it, and what is still to be done with its pixels.
public final class DrawnFrame: Sendable {
    /// A class's, so that tasks can hand the pixels on without a copy.
    private let state: Mutex<State>
    private let composer: FrameComposer

    private struct State {
        var pixels: PixelBuffer
        var isComposed = false
    }

    init(pixels: consuming PixelBuffer, composer: FrameComposer) {
        state = Mutex(State(pixels: pixels))
        self.composer = composer
    }

    /// The finished picture: edges smoothed, the background laid under it.
    public func composed() -> PixelBuffer {
        state.withLock { state in
            if !state.isComposed { composer.compose(&state.pixels) }
            state.isComposed = true
            return state.pixels
        }
    }
}
