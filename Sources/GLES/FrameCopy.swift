import AvatariumCore
import CGLES

/// A picture of what a framebuffer holds, with its mipmaps, to be read by later draws to the same framebuffer.
public final class FrameCopy {
    public let width: Int
    public let height: Int
    public let texture: Texture
    private let context: Context
    private let framebuffer: GLObject

    /// - Throws: E082 when the driver cannot make it.
    public init(_ context: Context, width: Int, height: Int) throws {
        self.context = context
        self.width = width
        self.height = height
        texture = Texture(context, width: width, height: height)
        framebuffer = GLObject(.framebuffer, context)
        glBindFramebuffer(GLenum(GL_DRAW_FRAMEBUFFER), framebuffer.name)
        glFramebufferTexture2D(
            GLenum(GL_DRAW_FRAMEBUFFER), GLenum(GL_COLOR_ATTACHMENT0), texture.target, texture.object.name, 0)
        let status = glCheckFramebufferStatus(GLenum(GL_DRAW_FRAMEBUFFER))
        guard status == GLenum(GL_FRAMEBUFFER_COMPLETE) else {
            throw AvatariumError(
                .glNotAvailable, "this GL cannot copy a picture of \(width)x\(height)",
                context: ["call": "glCheckFramebufferStatus", "status": String(status)])
        }
    }

    /// Copies a framebuffer of this size, its samples resolved; drawing goes on there.
    public func take(_ source: Framebuffer) {
        glBindFramebuffer(GLenum(GL_READ_FRAMEBUFFER), source.drawing.name)
        glBindFramebuffer(GLenum(GL_DRAW_FRAMEBUFFER), framebuffer.name)
        let (w, h) = (GLint(width), GLint(height))
        glBlitFramebuffer(0, 0, w, h, 0, 0, w, h, GLbitfield(GL_COLOR_BUFFER_BIT), GLenum(GL_NEAREST))
        glBindFramebuffer(GLenum(GL_FRAMEBUFFER), source.drawing.name)
        context.state.invalidate()
        glActiveTexture(GLenum(GL_TEXTURE0))
        glBindTexture(texture.target, texture.object.name)
        glGenerateMipmap(texture.target)
    }
}
