import AvatariumCore
import CGLES

/// A buffer of vertices or indices.
public final class Buffer {
    public enum Target { case vertices, indices }
    let object: GLObject
    let target: GLenum
    public let byteCount: Int

    /// A buffer that never changes.
    public init<T>(_ context: Context, _ target: Target, _ values: [T]) {
        object = GLObject(.buffer, context)
        self.target = GLenum(target == .vertices ? GL_ARRAY_BUFFER : GL_ELEMENT_ARRAY_BUFFER)
        byteCount = values.count * MemoryLayout<T>.stride
        // An index buffer bound while a vertex array is bound would become part of it.
        glBindVertexArray(0)
        context.state.invalidate()
        glBindBuffer(self.target, object.name)
        values.withUnsafeBytes {
            glBufferData(self.target, $0.count, $0.baseAddress, GLenum(GL_STATIC_DRAW))
        }
    }

    /// A vertex buffer to be rewritten frame after frame.
    public init(_ context: Context, byteCount: Int) {
        object = GLObject(.buffer, context)
        target = GLenum(GL_ARRAY_BUFFER)
        self.byteCount = byteCount
        glBindBuffer(target, object.name)
        glBufferData(target, byteCount, nil, GLenum(GL_STREAM_DRAW))
    }

    /// Maps the whole buffer, its old content discarded, for `body` to fill.
    /// - Throws: E092 when GL refuses.
    public func rewrite(_ body: (UnsafeMutableRawBufferPointer) -> Void) throws {
        glBindBuffer(target, object.name)
        let flags = GLbitfield(GL_MAP_WRITE_BIT | GL_MAP_INVALIDATE_BUFFER_BIT)
        guard let memory = glMapBufferRange(target, 0, byteCount, flags) else {
            throw AvatariumError(
                .internalError, "a vertex buffer of \(byteCount) bytes cannot be mapped",
                context: ["stage": "deform"])
        }
        body(UnsafeMutableRawBufferPointer(start: memory, count: byteCount))
        glUnmapBuffer(target)
    }
}
