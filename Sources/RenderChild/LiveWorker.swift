import Avatarium
import AvatariumCore
import Foundation
import Synchronization

/// Renders faces for one viewer: a child process, or a replacement in tests.
package protocol LiveDrawing: Sendable {
    /// The rendered pictures, in order; ends with an error if rendering failed.
    var pictures: AsyncThrowingStream<LivePicture, any Error> { get }
    /// Sends a face to be rendered; does not wait for it.
    func draw(_ face: LiveFace)
    /// Ends rendering.
    func end() async
}

/// A confined child process that renders for one viewer (docs/LIVE.md).
package final class LiveWorker: LiveDrawing {
    package let pictures: AsyncThrowingStream<LivePicture, any Error>
    private let child: ChildProcess
    private let folder: String
    private let reader: Task<Void, Never>

    /// Starts a child and waits until its avatar is loaded.
    /// - Parameters:
    ///   - look: Its paths lie in `folder`, or name a bundled avatar.
    ///   - isMarkedAsTest: Whether every picture says that it is a test.
    ///   - folder: The only folder that the child may write to.
    ///   - isTrusted: Whether the avatar is a bundled one.
    /// - Throws: What the child reports; E005 where it is not ready within a minute; E092 where it died.
    package init(
        _ look: ClipRequest, isMarkedAsTest: Bool, folder: String, isTrusted: Bool,
        settings: RenderWorkerPool.Settings
    ) async throws {
        let child = try RenderWorker.start(
            ["live-worker"], folder: folder, trusted: isTrusted, settings: settings, cutsLines: false)
        self.child = child
        self.folder = folder
        let (pictures, out) = AsyncThrowingStream<LivePicture, any Error>.makeStream(
            bufferingPolicy: .bufferingNewest(8))
        self.pictures = pictures
        let (ready, isReady) = AsyncThrowingStream<Void, any Error>.makeStream()
        reader = Task {
            var pending: ArraySlice<UInt8> = []
            do {
                for await bytes in child.lines {
                    pending += bytes
                    while let packet = try LiveWire.cut(&pending) {
                        switch packet.kind {
                        case .ready: isReady.finish()
                        case .picture:
                            if let picture = LiveWire.readPicture(packet.payload) { out.yield(picture) }
                        case .failure:
                            throw try JSONDecoder().decode(RenderFailure.self, from: Data(packet.payload))
                                .error
                        case .order, .face:
                            throw AvatariumError(
                                .internalError,
                                "the live render process sent a message that only its parent may send")
                        }
                    }
                }
                throw RenderWorker.death(of: child, folder: folder)
            } catch {
                isReady.finish(throwing: error)
                out.finish(throwing: error)
            }
        }
        let late = Task {
            try await Task.sleep(for: .seconds(60))
            isReady.finish(
                throwing: AvatariumError(
                    .timeout, "the avatar was not loaded within 60 s; try again, or use a smaller model",
                    context: ["stage": "load"]))
        }
        defer { late.cancel() }
        do {
            let order = LiveWire.Order(look: look, isMarkedAsTest: isMarkedAsTest)
            _ = child.send(LiveWire.packet(.order, Array(try JSONEncoder().encode(order))))
            for try await _ in ready {}
            try Task.checkCancellation()
        } catch {
            child.closeInput()
            child.signal(SIGKILL)
            throw error
        }
    }

    package func draw(_ face: LiveFace) { _ = child.send(LiveWire.face(face)) }

    package func end() async {
        child.closeInput()
        // An idle child ends with its input; one that is stuck in a driver does not.
        for _ in 0..<200 where child.end == nil { try? await Task.sleep(for: .milliseconds(10)) }
        child.signal(SIGKILL)
        await reader.value
        try? FileManager.default.removeItem(atPath: folder)
    }

    deinit { child.signal(SIGKILL) }
}
