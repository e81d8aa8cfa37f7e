import CGLES

/// The one owner of a GL name; dropping it hands the name to the context's graveyard.
public final class GLObject {
    public let name: GLuint
    private let kind: Graveyard.Kind
    private let graveyard: Graveyard

    init(_ kind: Graveyard.Kind, _ context: Context) {
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
        graveyard = context.graveyard
        graveyard.born(kind)
    }

    deinit { graveyard.drop(kind, name) }
}
