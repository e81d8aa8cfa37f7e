import CGLES

/// A std140 block of vectors, rewritten when its values change.
public final class UniformBlock {
    let object: GLObject
    private let context: Context
    private var last: [SIMD4<Float>] = []

    public init(_ context: Context) {
        self.context = context
        object = GLObject(.buffer, context)
    }

    /// Uploads the values, unless they are the last ones.
    /// - Returns: Whether they are others.
    @discardableResult
    public func write(_ values: [SIMD4<Float>]) -> Bool {
        guard values != last else { return false }
        last = values
        glBindBuffer(GLenum(GL_UNIFORM_BUFFER), object.name)
        values.withUnsafeBytes {
            glBufferData(GLenum(GL_UNIFORM_BUFFER), $0.count, $0.baseAddress, GLenum(GL_STREAM_DRAW))
        }
        return true
    }

    /// Makes it the block of all draws that follow.
    public func bind(_ slot: Program.Block) {
        context.state.bind(self, slot: slot.rawValue)
    }
}
