import CGLES

/// Which buffers feed which attributes of a draw.
public final class VertexArray {
    public struct Attribute {
        var location: Int
        var components: Int
        var buffer: Buffer
        var offset: Int
        var stride: Int

        /// Float components.
        public init(location: Int, components: Int, buffer: Buffer, offset: Int = 0, stride: Int) {
            self.location = location
            self.components = components
            self.buffer = buffer
            self.offset = offset
            self.stride = stride
        }
    }

    public enum Primitive { case triangles, lines, points }

    let object: GLObject
    private let buffers: [Buffer]
    private let indices: Buffer
    private let context: Context

    public init(_ context: Context, _ attributes: [Attribute], indices: Buffer) {
        self.context = context
        object = GLObject(.vertexArray, context)
        buffers = attributes.map(\.buffer)
        self.indices = indices
        context.state.bind(self)
        for a in attributes {
            glBindBuffer(GLenum(GL_ARRAY_BUFFER), a.buffer.object.name)
            glEnableVertexAttribArray(GLuint(a.location))
            glVertexAttribPointer(
                GLuint(a.location), GLint(a.components), GLenum(GL_FLOAT), GLboolean(GL_FALSE),
                GLsizei(a.stride), UnsafeRawPointer(bitPattern: a.offset))
        }
        glBindBuffer(GLenum(GL_ELEMENT_ARRAY_BUFFER), indices.object.name)
    }

    /// Draws `count` 32-bit indices from `first` on.
    public func draw(_ primitive: Primitive = .triangles, first: Int = 0, count: Int) {
        context.state.bind(self)
        let mode =
            switch primitive {
            case .triangles: GL_TRIANGLES
            case .lines: GL_LINES
            case .points: GL_POINTS
            }
        glDrawElements(
            GLenum(mode), GLsizei(count), GLenum(GL_UNSIGNED_INT), UnsafeRawPointer(bitPattern: first * 4))
    }
}
