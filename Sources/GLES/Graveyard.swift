import CGLES
import Synchronization

/// Where the names of dropped GL objects wait for the GL thread to delete them, and where the living are counted.
public final class Graveyard: Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        case buffer, texture, framebuffer, renderbuffer, vertexArray, program
    }

    private struct Ledger {
        var dead: [(Kind, GLuint)] = []
        var living: [Kind: Int] = [:]
    }
    private let ledger = Mutex(Ledger())

    /// Objects made and not yet deleted, by kind; empty when there are none.
    public var living: [Kind: Int] {
        ledger.withLock { $0.living.filter { $0.value != 0 } }
    }

    func born(_ kind: Kind) { ledger.withLock { $0.living[kind, default: 0] += 1 } }

    func drop(_ kind: Kind, _ name: GLuint) { ledger.withLock { $0.dead.append((kind, name)) } }

    /// Deletes what waits. On the GL thread only.
    public func bury() {
        let dead = ledger.withLock { ledger in
            let names = ledger.dead
            for (kind, _) in names { ledger.living[kind, default: 0] -= 1 }
            ledger.dead.removeAll()
            return names
        }
        for (kind, name) in dead {
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
