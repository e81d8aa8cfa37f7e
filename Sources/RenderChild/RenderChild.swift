import Avatarium
import AvatariumCore
import Images
import Synchronization
import Foundation

/// The child's side: confines itself, then makes what it is ordered, one order at a time, until its input ends.
///
/// The service starts it as `avatarium render-worker`. It holds no keys and no network; what it reads and writes lies in
/// one folder. A crash in a decoder or a driver ends it and the order at hand, and nothing else.
public enum RenderChild {
    /// Confines the process if its environment says how. Call it first in `main`, before any other thread starts.
    /// - Returns: The protections that hold.
    /// - Throws: E081 or E092 as `Confinement.enter`; E071 where the environment holds something else.
    public static func confine() throws -> [String] {
        guard let text = ProcessInfo.processInfo.environment[Confinement.variable] else { return [] }
        guard let confinement = try? JSONDecoder().decode(Confinement.self, from: Data(text.utf8)) else {
            throw AvatariumError(
                .invalidConfig, "\(Confinement.variable) is not valid; it is set by the service, so unset it")
        }
        return try confinement.enter()
    }

    /// Serves orders from standard input until it ends.
    public static func run(protections: [String], catalog: AvatarCatalog = AvatarCatalog()) async throws {
        let pipeline = try ClipPipeline(catalog: catalog)
        try send(.ready(protections: protections))
        let decoder = JSONDecoder()
        while let line = await nextLine() {
            try Task.checkCancellation()
            var dictation: Dictation?
            do {
                let order = try decoder.decode(RenderOrder.self, from: Data(line.utf8))
                if case .dictated(let request, _, _, _) = order.work {
                    dictation = Dictation(first: request.text ?? "")
                }
                try send(try await answer(order, dictation, pipeline, catalog))
            } catch let error as AvatariumError {
                try Task.checkCancellation()
                try send(.failed(RenderFailure(error)))
            } catch let error as DecodingError {
                try send(.failed(RenderFailure(error.validationError("the request cannot be decoded"))))
            }
            // Lines up to its end belong to this order, also where it failed before.
            await dictation?.end()
        }
    }

    private static func answer(
        _ order: RenderOrder, _ dictation: Dictation?, _ pipeline: ClipPipeline, _ catalog: AvatarCatalog
    ) async throws -> RenderEvent {
        switch order.work {
        case .clip(let request, let terms, let captions, let curves):
            return try await clip(
                terms.plan(request), captions: captions, curves: curves, pipeline, catalog)
        case .dictated(let request, let terms, let captions, let curves):
            var plan = try terms.plan(request)
            if let dictation, case .text(_, let options) = plan.clip.source {
                plan.clip.source = .sentences(dictation.sentences, options)
            }
            return try await clip(plan, captions: captions, curves: curves, pipeline, catalog)
        case .preview(let request, let expression, let viseme, let output):
            var still = StillRequest(
                AvatarSource(
                    .named(request.avatar ?? AvatarSource.standardName), mapping: request.mapping,
                    variant: request.variant))
            still.look = RenderLook(request.look)
            still.camera = request.camera ?? still.camera
            still.view = request.view
            still.expression = expression
            still.viseme = viseme.flatMap { OculusViseme(name: $0) }
            still.idle = request.idle ?? true
            still.seed = request.seed ?? 0
            let (pixels, diagnostics) = try await pipeline.still(still)
            try ResultFile.write(try PNGWriter.encode(pixels), to: output)
            return .done(diagnostics: diagnostics)
        case .inspect(let path, let output):
            let report = try catalog.inspect(path)
            try ResultFile.write([UInt8](try JSONEncoder().encode(report)), to: output)
            return .done(diagnostics: report.diagnostics)
        }
    }

    /// The rest of a text that comes on standard input, line by line, while its clip is being made.
    private struct Dictation {
        let sentences: AsyncThrowingStream<String, any Error>
        private let listening: Task<Void, Never>

        /// - Parameter first: The sentence that the order has.
        init(first: String) {
            let (sentences, continuation) = AsyncThrowingStream<String, any Error>.makeStream()
            self.sentences = sentences
            continuation.yield(first)
            listening = Task {
                defer { continuation.finish() }
                while let line = await nextLine(),
                    case .sentence(let text)? = try? JSONDecoder().decode(
                        RenderDictation.self, from: Data(line.utf8))
                { continuation.yield(text) }
            }
        }

        func end() async { await listening.value }
    }

    private static func clip(
        _ plan: ClipPlan, captions: String?, curves: String?, _ pipeline: ClipPipeline,
        _ catalog: AvatarCatalog
    ) async throws -> RenderEvent {
        guard let output = plan.output else {
            throw AvatariumError(
                .missingRequiredField, "no output is named", context: ["field": "output"])
        }
        let performance = Mutex<Performance?>(nil)
        let report = try await pipeline.render(plan.clip, to: output) {
            try? send(.progress($0))
        } performed: { whole in
            performance.withLock { $0 = whole }
        }
        for (path, name) in [(captions, "vtt"), (curves, "json")] {
            guard let path, let performance = performance.withLock({ $0 }),
                let format = PerformanceFile.Format(named: name)
            else { continue }
            // A recording whose words nobody knows has no captions.
            if name == "vtt", performance.timeline.words.isEmpty { continue }
            try PerformanceFile.write(
                performance, clip: plan.clip, format: format, to: path, catalog: catalog)
        }
        return .clip(report)
    }

    /// The next order, read off the cooperative threads; nil at the end of the input.
    private static func nextLine() async -> String? {
        await withCheckedContinuation { continuation in
            orders.async { continuation.resume(returning: readLine()) }
        }
    }

    private static let orders = DispatchQueue(label: "orders")
    private static let output = FileHandle.standardOutput

    private static func send(_ event: RenderEvent) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        try output.write(contentsOf: try encoder.encode(event) + Data([0x0A]))
    }
}
