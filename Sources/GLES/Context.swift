import AvatariumCore
import CGLES

/// A GLES 3 context without a surface. Made, used and released on one thread.
public final class Context {
    public let report: GLReport
    public let state = StateCache()
    public let deleter = DeferredDeleter()
    private let display: EGLDisplay
    private let handle: EGLContext

    /// Makes a context and binds it to the calling thread.
    /// - Parameter device: What is to draw; nil takes what the environment asks for.
    /// - Throws: E082; E071 where the environment names no device.
    public init(device: RenderDevice? = nil) throws {
        let device = try device ?? RenderDevice.preferred()
        let opened = try Display(device)
        var report = opened.report
        func failure(_ call: String, _ message: String) -> AvatariumError {
            AvatariumError(
                .glNotAvailable, message,
                context: [
                    "call": call, "eglError": eglErrorName(), "vendor": report.vendor,
                    "platform": report.platform,
                ])
        }
        guard eglBindAPI(EGLenum(EGL_OPENGL_ES_API)) == EGL_TRUE else {
            throw failure("eglBindAPI", "this EGL does not support OpenGL ES; install a driver that does")
        }
        let wanted: [EGLint] = [
            EGL_SURFACE_TYPE, 0, EGL_RENDERABLE_TYPE, EGLint(EGL_OPENGL_ES3_BIT), EGL_NONE,
        ]
        var config: EGLConfig?
        var count: EGLint = 0
        guard eglChooseConfig(opened.handle, wanted, &config, 1, &count) == EGL_TRUE, count > 0 else {
            throw failure("eglChooseConfig", "no EGL configuration offers OpenGL ES 3; update the driver")
        }
        let attributes: [EGLint] = [
            EGL_CONTEXT_MAJOR_VERSION, 3, EGL_CONTEXT_MINOR_VERSION, 0, EGL_NONE,
        ]
        guard
            let context = eglCreateContext(
                opened.handle, config, avatarium_egl_no_context(), attributes),
            context != avatarium_egl_no_context()
        else { throw failure("eglCreateContext", "no OpenGL ES 3.0 context; update the driver") }
        let none = avatarium_egl_no_surface()
        guard eglMakeCurrent(opened.handle, none, none, context) == EGL_TRUE else {
            eglDestroyContext(opened.handle, context)
            throw failure(
                "eglMakeCurrent",
                "the driver does not support contexts without a surface; update it")
        }
        // The backdrop lies at the far plane itself.
        glDepthFunc(GLenum(GL_LEQUAL))
        Self.complete(&report)
        guard device == .auto || report.isSoftware == (device == .cpu) else {
            eglMakeCurrent(opened.handle, none, none, avatarium_egl_no_context())
            eglDestroyContext(opened.handle, context)
            throw failure(
                "glGetString",
                "the renderer is \(report.renderer), not the requested \(device == .cpu ? "CPU" : "GPU"); "
                    + (device == .cpu ? "install libgl1-mesa-dri" : Display.missing()))
        }
        display = opened.handle
        handle = context
        self.report = report
    }

    /// Unbinds and destroys the context; every object of it must be gone or is lost with it.
    public func close() {
        deleter.drain()
        let none = avatarium_egl_no_surface()
        eglMakeCurrent(display, none, none, avatarium_egl_no_context())
        eglDestroyContext(display, handle)
    }

    /// Waits until everything handed over so far is drawn.
    public func finish() { glFinish() }

    /// Throws when GL has recorded an error since the last check.
    /// - Throws: E092 with the GL error in `context`.
    public func check(_ stage: String) throws {
        let error = glGetError()
        guard error != GLenum(GL_NO_ERROR) else { return }
        while glGetError() != GLenum(GL_NO_ERROR) {}
        throw AvatariumError(
            .internalError, "OpenGL ES reported error \(error) while \(stage)",
            context: ["stage": stage, "glError": String(error), "renderer": report.renderer])
    }

    private static func complete(_ report: inout GLReport) {
        func string(_ name: Int32) -> String {
            glGetString(GLenum(name)).map { String(cString: $0) } ?? ""
        }
        func integer(_ name: Int32) -> Int {
            var value: GLint = 0
            glGetIntegerv(GLenum(name), &value)
            return Int(value)
        }
        report.vendor = string(GL_VENDOR)
        report.renderer = string(GL_RENDERER)
        report.version = string(GL_VERSION)
        report.maximumSamples = integer(GL_MAX_SAMPLES)
        report.maximumTextureSize = integer(GL_MAX_TEXTURE_SIZE)
        report.maximumRenderbufferSize = integer(GL_MAX_RENDERBUFFER_SIZE)
        report.maximumTextureUnits = integer(GL_MAX_TEXTURE_IMAGE_UNITS)
        let name = report.renderer.lowercased()
        report.isSoftware = ["llvmpipe", "softpipe", "swiftshader"].contains { name.contains($0) }
    }
}
