import Avatarium
import AvatariumCore
import Foundation

/// The child's side of live drawing: reads an order and then faces from standard input, writes pictures to standard
/// output, and ends with its input. The service starts it as `avatarium live-worker`.
public enum LiveChild {
    /// Serves until standard input ends.
    public static func run(catalog: AvatarCatalog = AvatarCatalog()) async throws {
        let output = FileHandle.standardOutput
        do {
            let (faces, continuation) = AsyncStream<LiveFace>.makeStream()
            let order = try await order(continuation)
            let pipeline = try ClipPipeline(catalog: catalog)
            try await pipeline.paint(try clip(order), faces: faces) {
                try output.write(contentsOf: LiveWire.packet(.ready))
            } give: { picture in
                try output.write(contentsOf: LiveWire.picture(picture))
            }
        } catch let error as AvatariumError {
            try output.write(
                contentsOf: LiveWire.packet(.failure, Array(try JSONEncoder().encode(RenderFailure(error)))))
        }
    }

    /// The look of an order as a clip that says nothing.
    static func clip(_ order: LiveWire.Order) throws -> Clip {
        var look = order.look
        look.text = "-"
        look.output = "live.mp4"
        var clip = try ClipPlan(look).clip
        clip.isMarkedAsTest = order.isMarkedAsTest
        return clip
    }

    /// Reads the order, and lets a thread read the faces that follow it.
    private static func order(_ faces: AsyncStream<LiveFace>.Continuation) async throws -> LiveWire.Order {
        let data: Data? = await withCheckedContinuation { found in
            Thread.detachNewThread {
                var waiting: CheckedContinuation<Data?, Never>? = found
                var pending: ArraySlice<UInt8> = []
                var chunk = [UInt8](repeating: 0, count: 1 << 16)
                reading: while true {
                    let count = read(STDIN_FILENO, &chunk, chunk.count)
                    if count < 0, errno == EINTR { continue }
                    guard count > 0 else { break }
                    pending += chunk[..<count]
                    while true {
                        guard let packet = try? LiveWire.cut(&pending) else { break }
                        switch packet.kind {
                        case .order:
                            waiting?.resume(returning: Data(packet.payload))
                            waiting = nil
                        case .face: if let face = LiveWire.readFace(packet.payload) { faces.yield(face) }
                        default: break reading
                        }
                    }
                }
                waiting?.resume(returning: nil)
                faces.finish()
            }
        }
        guard let data else {
            throw AvatariumError(.internalError, "the live render process received no request")
        }
        do {
            return try JSONDecoder().decode(LiveWire.Order.self, from: data)
        } catch let error as DecodingError {
            throw error.validationError("the request cannot be decoded")
        }
    }
}
