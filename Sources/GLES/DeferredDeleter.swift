import CGLES
import Synchronization

/// Queue of GL object names to delete on the GL thread, since owners may be dropped on any; counts live objects.
public final class DeferredDeleter: Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        case buffer, texture, framebuffer, renderbuffer, vertexArray, program
    }

    private struct State {
        var queue: [(Kind, GLuint)] = []
        var counts: [Kind: Int] = [:]
    }
    private let state = Mutex(State())

    /// Objects made and not yet deleted, by kind; empty when there are none.
    public var liveObjectCounts: [Kind: Int] {
        state.withLock { $0.counts.filter { $0.value != 0 } }
    }

    func countNew(_ kind: Kind) { state.withLock { $0.counts[kind, default: 0] += 1 } }

    /// Marks an object for deletion. From any thread.
    func enqueue(_ kind: Kind, _ name: GLuint) { state.withLock { $0.queue.append((kind, name)) } }

    /// Deletes what is queued. On the GL thread only.
    public func drain() {
        let names = state.withLock { state in
            let names = state.queue
            for (kind, _) in names { state.counts[kind, default: 0] -= 1 }
            state.queue.removeAll()
            return names
        }
        for (kind, name) in names {
            var name = name
            switch kind {
            case .buffer: glDeleteBuffers(1, &name)
            case .texture: glDeleteTextures(1, &name)
            case .framebuffer: glDeleteFramebuffers(1, &name)
            case .renderbuffer: glDeleteRenderbuffers(1, &name)
            case .vertexArray: glDeleteVertexArrays(1, &name)
            case .program: glDeleteProgram(name)
            }
        }
    }
}
