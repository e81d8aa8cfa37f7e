import Avatarium
import AvatariumCore
import Foundation
import Logging
import ObjectStorage
import ServiceLifecycle
import ServiceStore

/// Takes clips from the queue and makes them, several at a time. On SIGTERM it takes no more; what is under way is finished, or
/// goes back to the queue when the time for it is over.
struct RenderWorkers: Service {
    let backend: Backend
    let count: Int
    /// This process's name in records and logs.
    let name: String

    func run() async throws {
        await WorkQueue.each(backend, lane: .render, name: "\(name)/", count: count) { claimed in
            await RenderAttempt(backend: backend, claimed: claimed).run()
        }
    }
}

/// The loop of every worker: claim, work, claim; wait when there is nothing; wait longer while the database is away.
struct WorkQueue {
    let store: ServiceStore
    let lane: Lane
    let worker: String
    let logger: Logger

    /// Works on a lane's jobs, so many at a time, until the shutdown.
    /// - Parameter name: Of the workers, which are numbered.
    static func each(
        _ backend: Backend, lane: Lane, name: String, count: Int,
        _ work: @escaping @Sendable (ClaimedJob) async -> Void
    ) async {
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                group.addTask {
                    let queue = WorkQueue(
                        store: backend.store, lane: lane, worker: "\(name)\(number)",
                        logger: backend.logger)
                    await queue.each(work)
                }
            }
        }
    }

    func each(_ work: (ClaimedJob) async -> Void) async {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                // Only the claim is left out when the shutdown begins: a job that was claimed is worked on.
                if let claimed = try await store.claim(lane, worker: worker) {
                    await work(claimed)
                } else {
                    try await cancelWhenGracefulShutdown { try await store.waitForWork(lane) }
                }
            } catch is CancellationError {
                continue
            } catch {
                logger.warning(
                    "no job can be claimed", metadata: ["error": "\(error)", "worker": "\(worker)"])
                try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(2)) }
            }
        }
    }
}

/// One attempt at one clip.
struct RenderAttempt {
    let backend: Backend
    let claimed: ClaimedJob

    private var job: Job { claimed.job }

    /// Why the work was stopped from outside.
    private enum Stop: Sendable {
        case cancelled, deadline, lost
    }

    func run() async {
        let progress = Locked<RenderProgress?>(nil)
        let stop = Locked<Stop?>(nil)
        let making = Task { try await make(progress) }
        let beating = Task {
            await heartbeat(progress) { reason in
                stop.update { $0 = $0 ?? reason }
                making.cancel()
            }
        }
        let result: Result<RenderResult, any Error>
        do {
            result = .success(
                try await withTaskCancellationHandler {
                    try await making.value
                } onCancel: {
                    making.cancel()
                })
        } catch {
            result = .failure(error)
        }
        beating.cancel()
        await end(result, stop.value)
    }

    // MARK: The end

    private func end(_ result: Result<RenderResult, any Error>, _ stop: Stop?) async {
        let outcome: Outcome
        switch (result, stop) {
        case (_, .lost):
            await discard(result)
            return
        case (.success(let result), _):
            guard let text = try? JSONText(encoding: result) else { return }
            outcome = .succeeded(
                result: text, usage: [.renders: 1, .seconds: Int(result.durationSeconds.rounded(.up))])
            record(result)
        case (.failure, .cancelled): outcome = .cancelled
        case (.failure, .deadline):
            outcome = .failed(
                AvatariumError(
                    .timeout,
                    "the clip was not finished before its deadline; allow more time, or make it shorter",
                    context: ["reason": "deadline"]))
        case (.failure(let error), nil):
            if error is CancellationError {
                outcome = .returned
            } else if (error as? AvatariumError)?.isStorageFull == true {
                // No fault of the clip: it waits, as everything does here, until there is room again.
                backend.logger.warning(
                    "a clip is waiting for storage space",
                    metadata: ["job": "\(job.id)", "error": "\(error)"])
                try? await Task.sleep(for: backend.store.policy.retryDelay)
                outcome = .returned
            } else {
                outcome = .failed(await noted(error))
            }
        }
        await finish(outcome, result)
    }

    /// The failure as it is recorded; a crash is counted against an uploaded avatar.
    private func noted(_ error: any Error) async -> AvatariumError {
        let failure =
            error as? AvatariumError
            ?? AvatariumError(.internalError, "the clip could not be rendered; report its id", cause: error)
        backend.logger.warning(
            "a clip failed",
            metadata: [
                "job": "\(job.id)", "code": "\(failure.code.code)",
                "error": "\("\(error)".quotedForMessage(limit: 2000))",
            ])
        backend.metrics.job(kind: "render", state: "failed", code: failure.code.code)
        guard let order = try? job.request.decoded(as: RenderOrder.self) else { return failure }
        await backend.noteCrash(error, of: order.avatar, account: job.account)
        return RequestWords.translated(failure, inputs: order.inputs)
    }

    private func record(_ result: RenderResult) {
        backend.metrics.job(kind: "render", state: "succeeded", code: nil)
        backend.metrics.counter("avatarium_frames_total", by: result.frames)
        backend.metrics.stage("total", seconds: result.wallSeconds)
    }

    /// Records the result, and retries for as long as the lease may hold: a database outage of seconds loses no clip.
    private func finish(_ outcome: Outcome, _ result: Result<RenderResult, any Error>) async {
        let (backend, lease) = (backend, claimed.lease)
        // Not a child task: a worker that is being stopped still says what became of its job.
        let told = Task { () -> Bool in
            let end = ContinuousClock.now + backend.store.policy.lease
            while true {
                do {
                    if case .accepted = try await backend.store.finish(lease, outcome) { return true }
                    return false
                } catch {
                    backend.logger.warning(
                        "the result of a job cannot be recorded",
                        metadata: ["job": "\(lease.job)", "error": "\(error)"])
                    guard ContinuousClock.now < end else { return false }
                    try? await Task.sleep(for: .seconds(1))
                }
            }
        }
        if await !told.value { await discard(result) }
    }

    /// Whatever was stored belongs to nobody.
    private func discard(_ result: Result<RenderResult, any Error>) async {
        guard case .success(let result) = result else { return }
        for key in result.keys {
            guard let key = try? ObjectKey(key) else { continue }
            try? await backend.objects.delete(key)
        }
    }

    // MARK: The heartbeat

    private func heartbeat(_ progress: Locked<RenderProgress?>, stop: (Stop) -> Void) async {
        var lastBeat = ContinuousClock.now
        var answered = ContinuousClock.now
        var sent: RenderProgress?
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(500))
            guard !Task.isCancelled else { return }
            let now = progress.value
            guard now != sent || ContinuousClock.now - lastBeat >= .seconds(5) else { continue }
            lastBeat = .now
            do {
                let answer = try await backend.store.heartbeat(
                    claimed.lease, progress: now == sent ? nil : now.map(Self.json))
                sent = now
                answered = .now
                switch answer {
                case .goOn: continue
                case .cancel: stop(.cancelled)
                case .deadlinePassed: stop(.deadline)
                case .lost: stop(.lost)
                }
                return
            } catch {
                // The database may come back before the lease is over; afterwards someone else has the job.
                if ContinuousClock.now - answered > backend.store.policy.lease { return stop(.lost) }
            }
        }
    }

    private static func json(_ progress: RenderProgress) -> JSONText {
        var eta: JSON = .null
        if let total = progress.framesTotal, progress.framesDone > 0, progress.elapsedSeconds > 0 {
            let rate = Double(progress.framesDone) / progress.elapsedSeconds
            eta = .rounded(max(0, Double(total - progress.framesDone)) / rate, 1)
        }
        return JSONText(
            .members([
                "stage": .string(progress.stage), "frames_done": .integer(progress.framesDone),
                "frames_total": .optional(progress.framesTotal), "eta_seconds": eta,
            ]))
    }
}

extension Backend {
    /// Counts a child that a signal ended; against an uploaded avatar too, which the second one quarantines.
    func noteCrash(_ error: any Error, of avatar: RenderOrder.Avatar, account: AccountID) async {
        guard let signal = (error as? AvatariumError)?.context["signal"] else { return }
        metrics.counter("avatarium_children_crashed_total", [("signal", signal)])
        guard case .uploaded(let id, _, _, _) = avatar else { return }
        do {
            if let locked = try await store.noteCrash(of: AvatarID(id), account: account),
                locked.state == .quarantined
            {
                logger.warning(
                    "an avatar is locked", metadata: ["avatar": "\(id)", "account": "\(account)"])
            }
        } catch {
            logger.warning(
                "a crash cannot be counted", metadata: ["avatar": "\(id)", "error": "\(error)"])
        }
    }
}
