import CGLES

/// The GL state that drawing changes, set only when it differs. Nothing else enables or binds these.
public final class StateCache {
    private var program: GLuint?
    private var vertexArray: GLuint?
    private var textures: [Int: GLuint] = [:]
    private var blocks: [Int: GLuint] = [:]
    private var activeUnit = -1
    private var switches: [Int32: Bool] = [:]
    private var depthWrite: Bool?
    private var frontFace: Int32?
    private var cull: Int32?

    public func use(_ next: Program) {
        guard program != next.object.name else { return }
        program = next.object.name
        glUseProgram(next.object.name)
    }

    public func bind(_ array: VertexArray) {
        guard vertexArray != array.object.name else { return }
        vertexArray = array.object.name
        glBindVertexArray(array.object.name)
    }

    public func bind(_ texture: Texture, unit: Int) {
        guard textures[unit] != texture.object.name else { return }
        textures[unit] = texture.object.name
        if activeUnit != unit {
            activeUnit = unit
            glActiveTexture(GLenum(GL_TEXTURE0) + GLenum(unit))
        }
        glBindTexture(texture.target, texture.object.name)
    }

    func bind(_ block: UniformBlock, slot: Int) {
        guard blocks[slot] != block.object.name else { return }
        blocks[slot] = block.object.name
        glBindBufferBase(GLenum(GL_UNIFORM_BUFFER), GLuint(slot), block.object.name)
    }

    /// Blending of premultiplied colours.
    public func setBlending(_ on: Bool) {
        if set(GL_BLEND, on), on {
            glBlendFunc(GLenum(GL_ONE), GLenum(GL_ONE_MINUS_SRC_ALPHA))
        }
    }

    public func setAlphaToCoverage(_ on: Bool) { set(GL_SAMPLE_ALPHA_TO_COVERAGE, on) }
    public func setDepthTest(_ on: Bool) { set(GL_DEPTH_TEST, on) }

    public func setDepthWrite(_ on: Bool) {
        guard depthWrite != on else { return }
        depthWrite = on
        glDepthMask(on ? GLboolean(GL_TRUE) : GLboolean(GL_FALSE))
    }

    public enum Culling { case none, front, back }

    public func setCulling(_ culling: Culling) {
        set(GL_CULL_FACE, culling != .none)
        guard culling != .none else { return }
        let face = culling == .front ? GL_FRONT : GL_BACK
        guard cull != face else { return }
        cull = face
        glCullFace(GLenum(face))
    }

    public func setFrontFace(clockwise: Bool) {
        let next = clockwise ? GL_CW : GL_CCW
        guard frontFace != next else { return }
        frontFace = next
        glFrontFace(GLenum(next))
    }

    /// Forgets bindings, after objects were made or deleted.
    public func invalidate() {
        program = nil
        vertexArray = nil
        textures = [:]
        blocks = [:]
        activeUnit = -1
    }

    @discardableResult
    private func set(_ capability: Int32, _ on: Bool) -> Bool {
        guard switches[capability] != on else { return false }
        switches[capability] = on
        if on { glEnable(GLenum(capability)) } else { glDisable(GLenum(capability)) }
        return true
    }
}
