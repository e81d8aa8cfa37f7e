import Avatarium
import AvatariumCore
import Foundation
import Images
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
        let plan = try ClipPlan(work.clip)
        let pipeline = try pipeline()
        let limit = plan.frameRate.frameCount(coveringSeconds: work.limits.maxSeconds)
        let tooLong = Locked(false)
        let task = Task {
            try await pipeline.render(plan) { step in
                if step.frame > limit || step.frames ?? 0 > limit { tooLong.set(true) }
                progress(
                    RenderProgress(
                        stage: step.stage, framesDone: step.frame, framesTotal: step.frames,
                        elapsedSeconds: step.elapsedSeconds))
            }
        }
        let watch = Task {
            while !Task.isCancelled {
                if tooLong.value { task.cancel() }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
        defer { watch.cancel() }
        let report: ClipReport
        do {
            report = try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        } catch is CancellationError where tooLong.value {
            throw AvatariumError(
                .validationError,
                "the clip is longer than \(Int(work.limits.maxSeconds)) s; say less, or ask for a plan that allows more",
                context: ["field": "text"])
        }
        // The same words give the same track: the voice is asked once more, which costs far less than the drawing.
        var face = work.clip
        face.output = nil
        let performancePlan = try ClipPlan(face, drawing: false)
        let performance = try await Performance.make(performancePlan)
        let captions = work.folder + "/captions.vtt"
        let curves = work.folder + "/curves.json"
        try CurveFile.write(performance, plan: performancePlan, format: .vtt, to: captions)
        try CurveFile.write(performance, plan: performancePlan, format: .json, to: curves)
        return RenderOutcome(file: plan.output ?? "", report: report, captions: captions, curves: curves)
    }

    public func still(_ request: StillRequest, isTrusted: Bool) async throws -> [UInt8] {
        try PNGWriter.encode(try await pipeline().still(request).pixels)
    }

    public func inspect(model path: String) async throws -> JSON {
        let catalog = catalog
        let report = try await Task.detached { try catalog.inspect(path) }.value
        return try .encoding(report)
    }
}
