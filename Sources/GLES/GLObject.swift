import CGLES

/// The one owner of a GL name; dropping it queues the name for deletion.
public final class GLObject {
    public let name: GLuint
    private let kind: DeferredDeleter.Kind
    private let deleter: DeferredDeleter

    init(_ kind: DeferredDeleter.Kind, _ context: Context) {
        var made: GLuint = 0
        switch kind {
        case .buffer: glGenBuffers(1, &made)
        case .texture: glGenTextures(1, &made)
        case .framebuffer: glGenFramebuffers(1, &made)
        case .renderbuffer: glGenRenderbuffers(1, &made)
        case .vertexArray: glGenVertexArrays(1, &made)
        case .program: made = glCreateProgram()
        }
        name = made
        self.kind = kind
        deleter = context.deleter
        deleter.countNew(kind)
    }

    deinit { deleter.enqueue(kind, name) }
}
