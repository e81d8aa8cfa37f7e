import Avatarium
import AvatariumCore
import Foundation
import Images
import RenderChild
import Synchronization

/// Draws in the service's own process: for tests, and where children cannot be started.
public actor InProcessRenderer: ClipRenderer {
    private let catalog: AvatarCatalog
    private var opened: ClipPipeline?

    public init(catalog: AvatarCatalog = AvatarCatalog()) { self.catalog = catalog }

    private func pipeline() throws -> ClipPipeline {
        if let opened { return opened }
        let pipeline = try ClipPipeline(catalog: catalog)
        opened = pipeline
        return pipeline
    }

    public func render(
        _ work: RenderWork, progress: @escaping @Sendable (RenderProgress) -> Void
    ) async throws -> RenderOutcome {
        var drawn = try work.terms.plan(work.clip)
        if let more = work.more, case .text(let first, let options) = drawn.clip.source {
            drawn.clip.source = .sentences(more.starting(with: first), options)
        }
        let plan = drawn
        let performed = Locked<Performance?>(nil)
        let report = try await pipeline().render(plan.clip, to: plan.output ?? "") { step in
            progress(
                RenderProgress(
                    stage: step.stage, framesDone: step.frame, framesTotal: step.frames,
                    elapsedSeconds: step.elapsedSeconds))
        } performed: {
            performed.set($0)
        }
        let captions = work.folder + "/captions.vtt"
        let curves = work.folder + "/curves.json"
        if let performance = performed.value {
            for (path, name) in [(captions, "vtt"), (curves, "json")] {
                guard let format = PerformanceFile.Format(named: name) else { continue }
                try PerformanceFile.write(
                    performance, clip: plan.clip, format: format, to: path, catalog: catalog)
            }
        }
        return RenderOutcome(
            file: plan.output ?? "", report: report, captions: captions, curves: curves,
            poster: work.clip.edit.poster)
    }

    public func still(_ request: StillRequest, isTrusted: Bool) async throws -> [UInt8] {
        try PNGWriter.encode(try await pipeline().still(request).pixels)
    }

    public func live(_ order: ClipRequest, isTrusted: Bool) async throws -> any LiveDrawing {
        try await LiveInProcess(order, pipeline: try pipeline())
    }

    public func inspect(model path: String) async throws -> JSON {
        let catalog = catalog
        let report = try await Task.detached { try catalog.inspect(path) }.value
        return try .encoding(report)
    }
}

extension AsyncThrowingStream<String, any Error> {
    /// Returns the sentences with one before them.
    fileprivate func starting(with first: String) -> AsyncThrowingStream {
        AsyncThrowingStream { sentences in
            sentences.yield(first)
            let forwarding = Task {
                do {
                    for try await sentence in self { sentences.yield(sentence) }
                    sentences.finish()
                } catch {
                    sentences.finish(throwing: error)
                }
            }
            sentences.onTermination = { _ in forwarding.cancel() }
        }
    }
}
