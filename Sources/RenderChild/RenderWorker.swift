public import Avatarium
import AvatariumCore
import Foundation
import Synchronization

/// One render child as its parent sees it: makes one thing at a time.
public final class RenderWorker: Sendable {
    /// The only folder that the child reads inputs from and writes results to.
    public let folder: String
    private let child: ChildProcess
    private let started = ContinuousClock.now
    private let state = Mutex(State())

    private struct State {
        var jobs = 0
        var isReady = false
        var isSpent = false
        var protections: [String] = []
    }

    static let cacheName = ".shaders"
    /// How long a child has to start, seconds: Mesa's first start on a loaded machine.
    private static let startSeconds = 60.0
    /// How long a child has to end after SIGTERM, seconds.
    private static let graceSeconds = 5.0
    /// Variables of the server that a child gets; none holds a key.
    private static let inherited = [
        "AVATARIUM_MODELS", "AVATARIUM_DEVICE", "AVATARIUM_PIPER", "AVATARIUM_ESPEAK", "ESPEAK_DATA_PATH",
        "EGL_PLATFORM",
        "LP_NUM_THREADS",
        "GALLIUM_DRIVER", "LIBGL_ALWAYS_SOFTWARE", "LIBGL_DRIVERS_PATH", "__EGL_VENDOR_LIBRARY_DIRS",
        "__EGL_VENDOR_LIBRARY_FILENAMES", "LD_LIBRARY_PATH", "SWIFT_BACKTRACE", "CUDA_VISIBLE_DEVICES",
        "NVIDIA_VISIBLE_DEVICES",
        "NVIDIA_DRIVER_CAPABILITIES",
    ]

    init(folder: String, trusted: Bool, settings: RenderWorkerPool.Settings) throws {
        self.folder = folder
        child = try Self.start(
            ["render-worker"], folder: folder, trusted: trusted, settings: settings, isInBackground: true)
    }

    /// Starts a confined child.
    static func start(
        _ arguments: [String], folder: String, trusted: Bool, settings: RenderWorkerPool.Settings,
        isInBackground: Bool = false, cutsLines: Bool = true
    ) throws -> ChildProcess {
        let cache =
            trusted ? settings.shaderCache ?? "\(folder)/\(Self.cacheName)" : "\(folder)/\(Self.cacheName)"
        try? FileManager.default.createDirectory(atPath: cache, withIntermediateDirectories: true)
        var confinement = Confinement(
            folder: folder,
            programs: [settings.executable.folder] + settings.programs)
        confinement.isStrict = settings.requireSandbox
        confinement.isInBackground = isInBackground
        // An uploaded model never touches the shaders that others run.
        if trusted { confinement.shared = [cache] }
        var environment: [String: String] = [:]
        let own = ProcessInfo.processInfo.environment
        for name in Self.inherited { environment[name] = own[name] }
        environment["PATH"] = "/usr/local/bin:/usr/bin:/bin"
        environment["LANG"] = "C.UTF-8"
        environment["HOME"] = folder
        environment["TMPDIR"] = folder
        environment["MESA_SHADER_CACHE_DIR"] = cache
        environment[Confinement.variable] = String(
            decoding: try JSONEncoder().encode(confinement), as: UTF8.self)
        return try ChildProcess(
            executable: settings.executable, arguments: arguments, environment: environment,
            cutsLines: cutsLines)
    }

    /// The child's process.
    package var processID: Int32 { child.processID }

    /// The protections that hold for the child, once it has answered: `limits`, `landlock`, `seccomp`...
    public var protections: [String] { state.withLock { $0.protections } }

    /// Makes a clip.
    /// - Parameters:
    ///   - request: Its paths lie in `folder`; `output` too.
    ///   - terms: What the clip may be; its folder of speech lies in `folder`.
    ///   - captions: Where the captions go (`.vtt`), in `folder`.
    ///   - curves: Where the face track goes (`.json`), in `folder`.
    ///   - more: The sentences that follow the request's text, as they are written; nil where it is whole.
    ///   - deadlineSeconds: After so long the child is killed.
    /// - Throws: What the child reports, and what `more` throws; E005 past the deadline; E092 with `context["signal"]`
    ///   where it died.
    public func clip(
        _ request: ClipRequest, terms: RenderTerms = RenderTerms(), captions: String? = nil,
        curves: String? = nil,
        more: AsyncThrowingStream<String, any Error>? = nil, deadlineSeconds: Double = 3600,
        progress: @escaping @Sendable (ClipProgress) -> Void = { _ in }
    ) async throws -> ClipReport {
        let event: RenderEvent
        if let more {
            let (ordered, order) = AsyncStream<Void>.makeStream()
            event = try await withThrowingTaskGroup(of: RenderEvent?.self) { group in
                group.addTask { [self] in
                    try await perform(
                        .dictated(request, terms, captions: captions, curves: curves),
                        deadlineSeconds: deadlineSeconds, sent: { order.finish() }, progress: progress)
                }
                group.addTask { [self] in
                    // The child takes a line that comes before its order for one.
                    for await _ in ordered {}
                    // Once, however it ends: the child reads no other order before.
                    defer { dictate(.end) }
                    for try await sentence in more { dictate(.sentence(sentence)) }
                    return nil
                }
                // A text that breaks off ends the clip: the group cancels what draws it.
                while let step = try await group.next() {
                    if let step { return step }
                }
                throw unexpected()
            }
        } else {
            event = try await perform(
                .clip(request, terms, captions: captions, curves: curves), deadlineSeconds: deadlineSeconds,
                progress: progress)
        }
        guard case .clip(let report) = event else { throw unexpected() }
        return report
    }

    private func dictate(_ line: RenderDictation) {
        // A child that has died says so where its answer is awaited.
        guard let bytes = try? JSONEncoder().encode(line) else { return }
        _ = child.send(line: Array(bytes))
    }

    /// Draws one PNG of the avatar and look of a request.
    /// - Throws: As `clip`.
    public func preview(
        _ request: ClipRequest, expression: String? = nil, viseme: String? = nil, output: String,
        deadlineSeconds: Double = 10
    ) async throws -> [Diagnostic] {
        guard
            case .done(let diagnostics) = try await perform(
                .preview(request, expression: expression, viseme: viseme, output: output),
                deadlineSeconds: deadlineSeconds)
        else { throw unexpected() }
        return diagnostics
    }

    /// Looks at a model; its report is written to `output` as JSON.
    /// - Throws: As `clip`; what is wrong inside the file is in the report.
    public func inspect(
        path: String, output: String, deadlineSeconds: Double = 60
    ) async throws -> [Diagnostic] {
        guard
            case .done(let diagnostics) = try await perform(
                .inspect(path: path, output: output), deadlineSeconds: deadlineSeconds)
        else { throw unexpected() }
        return diagnostics
    }

    func isReusable(_ settings: RenderWorkerPool.Settings) -> Bool {
        let (jobs, isSpent) = state.withLock { ($0.jobs, $0.isSpent) }
        return !isSpent && child.end == nil && jobs < settings.jobsPerChild
            && (ContinuousClock.now - started) / .seconds(1) < settings.secondsPerChild
    }

    /// Ends the child: at rest at once, at work by SIGTERM and then SIGKILL.
    func end() async {
        state.withLock { $0.isSpent = true }
        child.closeInput()
        child.signal(SIGTERM)
        for await _ in timed(Self.graceSeconds) where child.end != nil { return }
        child.signal(SIGKILL)
        while child.end == nil { try? await Task.sleep(for: .milliseconds(10)) }
    }

    private func timed(_ seconds: Double) -> AsyncStream<Void> {
        let deadline = ContinuousClock.now + .seconds(seconds)
        return AsyncStream {
            guard ContinuousClock.now < deadline else { return nil }
            // A cancelled task must still wait: `Task.sleep` would return at once.
            await withCheckedContinuation { continuation in
                DispatchQueue.global().asyncAfter(deadline: .now() + 0.01) { continuation.resume() }
            }
            return ()
        }
    }

    private func perform(
        _ work: RenderOrder.Work, deadlineSeconds: Double, sent: @escaping @Sendable () -> Void = {},
        progress: @escaping @Sendable (ClipProgress) -> Void = { _ in }
    ) async throws -> RenderEvent {
        state.withLock { $0.jobs += 1 }
        let watch = Watch()
        let timer = Task { [child] in
            try await Task.sleep(
                for: .seconds(deadlineSeconds + (state.withLock { $0.isReady } ? 0 : Self.startSeconds)))
            watch.expire()
            child.signal(SIGKILL)
        }
        defer { timer.cancel() }
        return try await withTaskCancellationHandler {
            let order = try JSONEncoder().encode(RenderOrder(id: UUID().uuidString, work: work))
            // A child that died while it started says so below.
            _ = child.send(line: Array(order))
            sent()
            for await line in child.lines {
                guard let event = try? JSONDecoder().decode(RenderEvent.self, from: Data(line)) else {
                    continue
                }
                switch event {
                case .ready(let protections):
                    state.withLock { ($0.isReady, $0.protections) = (true, protections) }
                case .progress(let value): progress(value)
                case .failed(let failure): throw failure.error
                case .clip, .done: return event
                }
            }
            state.withLock { $0.isSpent = true }
            try Task.checkCancellation()
            throw watch.isExpired ? Self.late(deadlineSeconds) : death()
        } onCancel: {
            state.withLock { $0.isSpent = true }
            child.signal(SIGTERM)
            DispatchQueue.global().asyncAfter(deadline: .now() + Self.graceSeconds) { [child] in
                child.signal(SIGKILL)
            }
        }
    }

    /// Whether the deadline has passed.
    private final class Watch: Sendable {
        private let expired = Mutex(false)
        func expire() { expired.withLock { $0 = true } }
        var isExpired: Bool { expired.withLock { $0 } }
    }

    private static func late(_ seconds: Double) -> AvatariumError {
        AvatariumError(
            .timeout, "the job did not end within \(Int(seconds)) s; request less, or raise the deadline",
            context: ["stage": "render"])
    }

    private func death() -> AvatariumError { Self.death(of: child, folder: folder) }

    static func death(of child: ChildProcess, folder: String) -> AvatariumError {
        death(child.end, child.complaint, folder: folder, freeBytes: Disk.freeBytes(at: folder))
    }

    /// Returns the error for a child that ended without a response. A memory-mapped file, such as Mesa's shader
    /// cache, cannot grow on a full disk; the kernel then sends SIGBUS, which is not the input's fault.
    package static func death(
        _ end: ChildEnd?, _ complaint: String, folder: String, freeBytes: Int?
    ) -> AvatariumError {
        switch end {
        case .signalled(SIGBUS) where freeBytes.map { $0 < 4 << 20 } == true:
            AvatariumError(
                .outputNotWritable, "the render process found no free space in '\(folder)'; free some space",
                context: ["path": folder, "stage": "render"], systemError: .noSpace)
        case .signalled(let number):
            AvatariumError(
                .internalError,
                "the render process was killed by signal \(number); its input may be at fault",
                context: ["signal": "\(number)", "stage": "render"])
        case .exited(let status):
            AvatariumError(
                .internalError, "the render process ended with status \(status): \(complaint)",
                context: ["status": "\(status)", "stage": "render"])
        case nil:
            AvatariumError(
                .internalError, "the render process closed its output", context: ["stage": "render"])
        }
    }

    private func unexpected() -> AvatariumError {
        AvatariumError(.internalError, "the render process sent an unexpected response")
    }
}
