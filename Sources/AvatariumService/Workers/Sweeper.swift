import Avatarium
import AvatariumCore
import ObjectStorage
import ServiceLifecycle
import ServiceStore

/// Does what time demands, every ten seconds: leases that ran out, records past their time and their files, gauges.
struct Sweeper: Service {
    let backend: Backend

    func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                let swept = try await backend.store.sweep()
                if !swept.requeued.isEmpty || !swept.failed.isEmpty {
                    backend.logger.notice(
                        "jobs of workers that stopped responding were requeued or failed",
                        metadata: [
                            "requeued": "\(swept.requeued.map(\.rawValue))",
                            "failed": "\(swept.failed.map(\.rawValue))",
                        ])
                }
                try await removeGarbage()
                try await measure()
            } catch {
                backend.logger.warning("the sweeper failed", metadata: ["error": "\(error)"])
            }
            try? await cancelWhenGracefulShutdown {
                try await Task.sleep(for: .seconds(Double.random(in: 8...12)))
            }
        }
    }

    private func removeGarbage() async throws {
        _ = try await backend.objects.removePartialUploads(olderThan: .seconds(86_400))
        let prefixes = try await backend.store.garbage()
        guard !prefixes.isEmpty else { return }
        for prefix in prefixes {
            while true {
                let objects = try await backend.objects.list(prefix: prefix, after: nil, limit: 100)
                for object in objects { try await backend.objects.delete(object.key) }
                if objects.count < 100 { break }
            }
        }
        try await backend.store.forget(garbage: prefixes)
    }

    private func measure() async throws {
        for (lane, depth) in try await backend.store.queueDepths() {
            let label = [("lane", lane.rawValue)]
            backend.metrics.gauge("avatarium_queue_depth", label, Double(depth.queued))
            backend.metrics.gauge("avatarium_queue_oldest_seconds", label, depth.oldest.seconds)
            backend.metrics.gauge("avatarium_jobs_running", label, Double(depth.running))
        }
    }
}
