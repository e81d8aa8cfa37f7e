import GLES

/// What several frames have in common: the items that did not move, drawn once, and copied back where the others are drawn again.
///
/// Which items these are is learned from a frame in which some moved and some did not. The next frame in which all
/// move draws them before the others and keeps a copy of colour and depth; frames after it in which they stay begin with that copy.
struct StillLayer {
    /// Items that did not move when others did, by their place in the scene.
    private(set) var learned: Set<Int> = []
    /// What was drawn before the copy was taken.
    private var kept: Kept?
    private var copy: Framebuffer?

    private struct Kept {
        var items: Set<Int>
        var window: FrameWindow
        /// Where the other items are drawn, on the window's pixels.
        var rectangle: PixelRectangle
        var frame: [SIMD4<Float>]
    }

    /// Whether a frame may begin with the copy: nothing in it has moved, and what is to be drawn lies inside of it.
    /// - Parameters:
    ///   - rectangle: Where all items that are not in the copy are drawn.
    func canBegin(
        _ window: FrameWindow, frame: [SIMD4<Float>], moved: Set<Int>, visible: Set<Int>,
        others rectangle: (Set<Int>) -> PixelRectangle
    ) -> Set<Int>? {
        guard let kept, kept.window == window, kept.frame == frame, kept.items.isDisjoint(with: moved),
            kept.items.isSubset(of: visible),
            kept.rectangle.contains(rectangle(visible.subtracting(kept.items)))
        else { return nil }
        return kept.items
    }

    /// Puts the copy back into the target, which shows the frame before.
    func restore(_ target: Framebuffer) {
        guard let kept, let copy else { return }
        copy.copy(kept.rectangle, to: target, thenDrawTo: target)
    }

    /// Copies a target that shows `items` alone.
    /// - Throws: E082 when the driver cannot make the copy.
    mutating func keep(
        _ items: Set<Int>, of target: Framebuffer, _ window: FrameWindow, frame: [SIMD4<Float>],
        rectangle: PixelRectangle, _ context: Context
    ) throws {
        if copy?.width != target.width || copy?.height != target.height {
            copy = nil
            context.deleter.drain()
            copy = try Framebuffer(context, width: target.width, height: target.height, samples: 1)
        }
        guard let copy else { return }
        target.copy(rectangle, to: copy, thenDrawTo: target)
        kept = Kept(items: items, window: window, rectangle: rectangle, frame: frame)
    }

    /// Forgets the copy: the target is about to show something else.
    mutating func forget() { kept = nil }

    /// Learns from a frame which of the items stay.
    mutating func learn(visible: Set<Int>, moved: Set<Int>) {
        let still = visible.subtracting(moved)
        if !still.isEmpty { learned = still }
    }
}
