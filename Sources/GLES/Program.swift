import AvatariumCore
import CGLES

/// A linked pair of shaders. Uniforms are set by name through locations looked up once.
public final class Program {
    /// The uniform blocks that a program may have, by binding point.
    public enum Block: Int, CaseIterable {
        case frame, item

        var name: String { self == .frame ? "Frame" : "Item" }
    }

    let object: GLObject
    private let context: Context
    private var locations: [String: GLint] = [:]

    /// - Parameter attributes: attribute names in the order of their locations.
    /// - Throws: E092 with the compiler's log.
    public init(_ context: Context, vertex: String, fragment: String, attributes: [String]) throws {
        self.context = context
        object = GLObject(.program, context)
        let shaders = try [
            Self.compile(GL_VERTEX_SHADER, vertex), Self.compile(GL_FRAGMENT_SHADER, fragment),
        ]
        for shader in shaders { glAttachShader(object.name, shader) }
        for (i, name) in attributes.enumerated() { glBindAttribLocation(object.name, GLuint(i), name) }
        glLinkProgram(object.name)
        for shader in shaders {
            glDetachShader(object.name, shader)
            glDeleteShader(shader)
        }
        var linked: GLint = 0
        glGetProgramiv(object.name, GLenum(GL_LINK_STATUS), &linked)
        guard linked == GL_TRUE else {
            let log = Self.log { glGetProgramInfoLog(object.name, $0, $1, $2) }
            throw AvatariumError(
                .internalError, "a shader program does not link: \(log)", context: ["stage": "shaders"])
        }
        for block in Block.allCases {
            let index = glGetUniformBlockIndex(object.name, block.name)
            if index != GL_INVALID_INDEX {
                glUniformBlockBinding(object.name, index, GLuint(block.rawValue))
            }
        }
    }

    private static func compile(_ kind: Int32, _ source: String) throws -> GLuint {
        let shader = glCreateShader(GLenum(kind))
        source.withCString { text in
            var pointer: UnsafePointer<GLchar>? = text
            glShaderSource(shader, 1, &pointer, nil)
        }
        glCompileShader(shader)
        var compiled: GLint = 0
        glGetShaderiv(shader, GLenum(GL_COMPILE_STATUS), &compiled)
        guard compiled == GL_TRUE else {
            let log = log { glGetShaderInfoLog(shader, $0, $1, $2) }
            glDeleteShader(shader)
            throw AvatariumError(
                .internalError, "a shader does not compile: \(log)", context: ["stage": "shaders"])
        }
        return shader
    }

    private static func log(
        _ read: (GLsizei, UnsafeMutablePointer<GLsizei>, UnsafeMutablePointer<GLchar>) -> Void
    ) -> String {
        var length: GLsizei = 0
        let text = [GLchar](unsafeUninitializedCapacity: 4096) { buffer, count in
            guard let base = buffer.baseAddress else { return }
            read(GLsizei(buffer.count), &length, base)
            count = max(0, min(Int(length), buffer.count))
        }
        return String(decoding: text.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private func location(_ name: String) -> GLint {
        if let known = locations[name] { return known }
        let found = glGetUniformLocation(object.name, name)
        locations[name] = found
        return found
    }

    public func set(_ name: String, _ value: Int) {
        context.state.use(self)
        glUniform1i(location(name), GLint(value))
    }

    public func set(_ name: String, _ value: SIMD4<Float>) {
        context.state.use(self)
        glUniform4f(location(name), value.x, value.y, value.z, value.w)
    }

    public func set(_ name: String, _ values: [SIMD4<Float>]) {
        context.state.use(self)
        values.withUnsafeBytes { raw in
            glUniform4fv(
                location(name), GLsizei(values.count), raw.bindMemory(to: GLfloat.self).baseAddress)
        }
    }

    public func set(_ name: String, _ matrix: Matrix4) {
        context.state.use(self)
        withUnsafeBytes(of: matrix.columns) { raw in
            glUniformMatrix4fv(
                location(name), 1, GLboolean(GL_FALSE), raw.bindMemory(to: GLfloat.self).baseAddress)
        }
    }
}
