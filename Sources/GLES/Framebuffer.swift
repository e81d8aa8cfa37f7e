import AvatariumCore
import CGLES

/// Pixels from `low` up to, not including, `high`.
public struct PixelRectangle: Equatable, Sendable {
    public var low: SIMD2<Int>
    public var high: SIMD2<Int>

    public init(low: SIMD2<Int>, high: SIMD2<Int>) {
        self.low = low
        self.high = high
    }

    public func contains(_ other: PixelRectangle) -> Bool {
        low.x <= other.low.x && low.y <= other.low.y && high.x >= other.high.x && high.y >= other.high.y
    }
}

/// An offscreen target: RGBA8 and depth, multisampled when `samples` > 1, with a plain copy to read from.
public final class Framebuffer {
    public let width: Int
    public let height: Int
    public let samples: Int
    let drawing: GLObject
    private let resolved: GLObject?
    private let attachments: [GLObject]
    private var clear = SIMD4<Float>.zero

    /// - Throws: E082 when the driver cannot make it.
    public init(_ context: Context, width: Int, height: Int, samples: Int) throws {
        self.width = width
        self.height = height
        self.samples = samples
        let limit = context.report.maximumRenderbufferSize
        guard width <= limit, height <= limit else {
            throw AvatariumError(
                .glNotAvailable,
                "this GL renders at most \(limit) pixels per side; request a smaller picture than "
                    + "\(width)x\(height)",
                context: ["limit": String(limit), "renderer": context.report.renderer])
        }
        drawing = GLObject(.framebuffer, context)
        var kept: [GLObject] = []
        func attach(_ framebuffer: GLObject, _ point: Int32, _ format: Int32, _ samples: Int) {
            let storage = GLObject(.renderbuffer, context)
            kept.append(storage)
            glBindRenderbuffer(GLenum(GL_RENDERBUFFER), storage.name)
            glRenderbufferStorageMultisample(
                GLenum(GL_RENDERBUFFER), GLsizei(samples > 1 ? samples : 0), GLenum(format),
                GLsizei(width), GLsizei(height))
            glBindFramebuffer(GLenum(GL_FRAMEBUFFER), framebuffer.name)
            glFramebufferRenderbuffer(
                GLenum(GL_FRAMEBUFFER), GLenum(point), GLenum(GL_RENDERBUFFER), storage.name)
        }
        attach(drawing, GL_COLOR_ATTACHMENT0, GL_RGBA8, samples)
        attach(drawing, GL_DEPTH_ATTACHMENT, GL_DEPTH_COMPONENT24, samples)
        if samples > 1 {
            let copy = GLObject(.framebuffer, context)
            attach(copy, GL_COLOR_ATTACHMENT0, GL_RGBA8, 0)
            resolved = copy
        } else {
            resolved = nil
        }
        attachments = kept
        glBindFramebuffer(GLenum(GL_FRAMEBUFFER), drawing.name)
        let status = glCheckFramebufferStatus(GLenum(GL_FRAMEBUFFER))
        guard status == GLenum(GL_FRAMEBUFFER_COMPLETE) else {
            throw AvatariumError(
                .glNotAvailable, "this GL cannot render to \(width)x\(height) with \(samples) samples",
                context: ["call": "glCheckFramebufferStatus", "status": String(status)])
        }
    }

    /// Directs drawing here and clears colour (premultiplied) and depth. The picture is a window of a larger one:
    /// its pixel (0, 0) is the larger one's `origin`.
    public func begin(
        _ state: StateCache, origin: SIMD2<Int>, fullSize: SIMD2<Int>, clear: SIMD4<Float>
    ) {
        resume(state, origin: origin, fullSize: fullSize)
        self.clear = clear
        glClearColor(clear.x, clear.y, clear.z, clear.w)
        glClear(GLbitfield(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT))
    }

    /// Directs drawing here as `begin` does, onto what is there.
    public func resume(_ state: StateCache, origin: SIMD2<Int>, fullSize: SIMD2<Int>) {
        glBindFramebuffer(GLenum(GL_FRAMEBUFFER), drawing.name)
        glViewport(
            GLint(-origin.x), GLint(-origin.y), GLsizei(fullSize.x), GLsizei(fullSize.y))
        state.setDepthWrite(true)
        state.setAlphaToCoverage(false)
    }

    /// Copies colour and depth of a rectangle to the same place of another framebuffer, and directs drawing to `drawn`. All have one size
    /// and one sample.
    public func copy(_ rectangle: PixelRectangle, to copy: Framebuffer, thenDrawTo drawn: Framebuffer) {
        let (x0, y0) = (GLint(rectangle.low.x), GLint(rectangle.low.y))
        let (x1, y1) = (GLint(rectangle.high.x), GLint(rectangle.high.y))
        glBindFramebuffer(GLenum(GL_READ_FRAMEBUFFER), drawing.name)
        glBindFramebuffer(GLenum(GL_DRAW_FRAMEBUFFER), copy.drawing.name)
        glBlitFramebuffer(
            x0, y0, x1, y1, x0, y0, x1, y1, GLbitfield(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT),
            GLenum(GL_NEAREST))
        glBindFramebuffer(GLenum(GL_FRAMEBUFFER), drawn.drawing.name)
    }

    /// Resolves the samples and copies the pixels to `target`, rows `bytesPerRow` apart, first row first.
    /// - Parameter parts: rectangles outside of which nothing was drawn: a resolve costs 10 ns a pixel on llvmpipe.
    public func read(
        into target: UnsafeMutableRawPointer, bytesPerRow: Int, parts: [PixelRectangle]
    ) {
        if let resolved {
            glBindFramebuffer(GLenum(GL_FRAMEBUFFER), resolved.name)
            glClearColor(clear.x, clear.y, clear.z, clear.w)
            glClear(GLbitfield(GL_COLOR_BUFFER_BIT))
            glBindFramebuffer(GLenum(GL_READ_FRAMEBUFFER), drawing.name)
            for part in parts {
                let (x0, y0) = (GLint(part.low.x), GLint(part.low.y))
                let (x1, y1) = (GLint(part.high.x), GLint(part.high.y))
                glBlitFramebuffer(
                    x0, y0, x1, y1, x0, y0, x1, y1, GLbitfield(GL_COLOR_BUFFER_BIT), GLenum(GL_NEAREST))
            }
            glBindFramebuffer(GLenum(GL_READ_FRAMEBUFFER), resolved.name)
        }
        glPixelStorei(GLenum(GL_PACK_ALIGNMENT), 4)
        glPixelStorei(GLenum(GL_PACK_ROW_LENGTH), GLint(bytesPerRow / 4))
        glReadPixels(
            0, 0, GLsizei(width), GLsizei(height), GLenum(GL_RGBA), GLenum(GL_UNSIGNED_BYTE), target)
        glPixelStorei(GLenum(GL_PACK_ROW_LENGTH), 0)
    }
}
