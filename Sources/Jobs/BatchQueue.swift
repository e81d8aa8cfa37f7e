import AvatariumCore

/// Hands out jobs one by one as memory allows; those that another process holds come again at the end.
package actor BatchQueue {
    /// Bytes for clips in flight.
    private let memory: Int
    /// Jobs that are handed out last, and each while no other runs: those at which a process ended before.
    private let alone: Set<String>
    private var inUse = 0
    private var jobs: ArraySlice<BatchJob>
    private var postponed: [BatchJob] = []
    private var postponedSlots: Set<String> = []
    private let measure: @Sendable (BatchJob) async -> Int
    /// Bytes by slot, of the jobs that were looked at and have not ended.
    private var bytes: [String: Int] = [:]

    /// - Parameters:
    ///   - memory: Bytes for clips in flight.
    ///   - alone: Slots of the jobs that are made last, and each alone.
    ///   - measure: Says how many bytes a job takes; called when it is about to be handed out.
    package init(
        _ jobs: [BatchJob], memory: Int, alone: Set<String> = [],
        measure: @escaping @Sendable (BatchJob) async -> Int = { ClipMemoryEstimate.bytes($0.request) }
    ) {
        self.measure = measure
        self.jobs = (jobs.filter { !alone.contains($0.slot) } + jobs.filter { alone.contains($0.slot) })[...]
        self.memory = memory
        self.alone = alone
    }

    /// Returns the next job once there is memory for it (one that needs more than there is, once no other runs), and
    /// nil when none is left. Whoever takes a job gives it back by `end` or `postpone`.
    package func next() async throws -> BatchJob? {
        var waits = false
        while true {
            if let job = jobs.first ?? postponed.first, bytes[job.slot] == nil {
                bytes[job.slot] = await measure(job)
                // Another worker may have taken it meanwhile.
                continue
            }
            if let job = jobs.first {
                if fits(job) {
                    jobs.removeFirst()
                    return take(job)
                }
            } else if let job = postponed.first {
                if waits, fits(job) { return take(postponed.removeFirst()) }
            } else {
                return nil
            }
            waits = true
            try await Task.sleep(for: .milliseconds(jobs.isEmpty ? 250 : 20))
        }
    }

    /// Bytes that a job takes up of the plan: more than there are for one that is made alone.
    private func cost(_ job: BatchJob) -> Int {
        let bytes = bytes[job.slot] ?? 0
        return alone.contains(job.slot) ? max(bytes, memory + 1) : bytes
    }

    /// Whether a job that was handed out takes more than there is.
    package func isOverLimit(_ job: BatchJob) -> Bool { (bytes[job.slot] ?? 0) > memory }

    private func fits(_ job: BatchJob) -> Bool { inUse == 0 || inUse + cost(job) <= memory }

    private func take(_ job: BatchJob) -> BatchJob {
        inUse += cost(job)
        return job
    }

    package func end(_ job: BatchJob) {
        inUse -= cost(job)
        bytes[job.slot] = nil
    }

    package func postpone(_ job: BatchJob) {
        inUse -= cost(job)
        postponed.append(job)
        postponedSlots.insert(job.slot)
    }

    package func wasPostponed(_ job: BatchJob) -> Bool { postponedSlots.contains(job.slot) }
}
