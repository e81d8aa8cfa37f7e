import Avatarium
import AvatariumCore
import Foundation

/// Render children of one process, at most so many at once.
///
/// ```swift
/// let pool = try RenderWorkerPool(.init(executable: path, workFolder: "/var/lib/avatarium/work", slots: 2))
/// let report = try await pool.withWorker(trusted: true) { worker in
///     try await worker.clip(ClipRequest(text: "Hello.", output: worker.folder + "/clip.mp4"))
/// }
/// ```
///
/// A slot has a folder, and a warm child that serves trusted avatars again and again; an uploaded model gets a child of its
/// own, which ends with the job. What a job leaves in the folder is removed when the body returns.
public actor RenderWorkerPool {
    public struct Settings: Sendable {
        /// The `avatarium` program.
        public var executable: String
        /// Where the slots' folders are; only this process may use it.
        public var workFolder: String
        /// Children that render at once.
        public var slots: Int
        /// Where Mesa keeps compiled shaders of trusted children; nil for the slot's own folder.
        public var shaderCache: String?
        /// Folders that hold avatars, voices and programs which a child needs besides the system's own.
        public var programs: [String] = []
        /// Whether a host without Landlock or seccomp is refused.
        public var requireSandbox = false
        /// A warm child ends after so many jobs, or so long, seconds.
        public var jobsPerChild = 50
        public var secondsPerChild = 600.0

        public init(executable: String, workFolder: String, slots: Int) {
            self.executable = executable
            self.workFolder = workFolder
            self.slots = max(1, slots)
        }
    }

    private let slots: ResourcePool<RenderSlot>

    /// Makes the slots' folders, empty.
    /// - Throws: E025 where they cannot be made.
    public init(_ settings: Settings) throws {
        slots = ResourcePool(
            try (0..<settings.slots).map { try RenderSlot(number: $0, settings: settings) },
            closed: AvatariumError(.internalError, "the render pool is closed"))
    }

    /// Runs a body with a worker, as soon as one is free.
    /// - Parameter trusted: Whether every model is one of the bundled avatars: then a warm child serves.
    /// - Throws: What the body throws; `CancellationError` where the task is cancelled while it waits; E092 after `close`.
    public func withWorker<Value: Sendable>(
        trusted: Bool, _ body: @Sendable (RenderWorker) async throws -> Value
    ) async throws -> Value {
        let slot = try await slots.checkOut()
        do {
            let value = try await slot.run(trusted: trusted, body)
            await release(slot)
            return value
        } catch {
            await release(slot)
            throw error
        }
    }

    /// Ends the idle children; those at work end with their jobs.
    public func close() async {
        for slot in await slots.close() { await slot.retire() }
    }

    private func release(_ slot: RenderSlot) async {
        if await !slots.checkIn(slot) { Task { await slot.retire() } }
    }
}

/// A place for one child at a time, with its folder.
actor RenderSlot {
    private let settings: RenderWorkerPool.Settings
    private let folder: String
    private var warm: RenderWorker?

    init(number: Int, settings: RenderWorkerPool.Settings) throws {
        self.settings = settings
        folder = "\(settings.workFolder)/slot-\(number)"
        try Self.empty(folder)
    }

    func run<Value: Sendable>(
        trusted: Bool, _ body: @Sendable (RenderWorker) async throws -> Value
    ) async throws -> Value {
        let worker =
            try trusted ? warmWorker() : RenderWorker(folder: folder, trusted: false, settings: settings)
        let result: Result<Value, any Error>
        do { result = .success(try await body(worker)) } catch { result = .failure(error) }
        if !trusted || !worker.isReusable(settings) {
            await worker.end()
            if trusted { warm = nil }
        }
        try? Self.empty(folder)
        return try result.get()
    }

    func retire() async {
        await warm?.end()
        warm = nil
    }

    private func warmWorker() throws -> RenderWorker {
        if let warm { return warm }
        let worker = try RenderWorker(folder: folder, trusted: true, settings: settings)
        warm = worker
        return worker
    }

    /// Makes the folder, and removes what is in it.
    private static func empty(_ folder: String) throws {
        let files = FileManager.default
        do {
            try files.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            for name in try files.contentsOfDirectory(atPath: folder) where name != RenderWorker.cacheName {
                try files.removeItem(atPath: "\(folder)/\(name)")
            }
        } catch {
            throw AvatariumError(
                .outputNotWritable,
                "the work folder '\(folder)' cannot be created; check its permissions and free space",
                context: ["path": folder], cause: error)
        }
    }
}
