/// Hands out jobs one by one as memory allows; those that another process has come again at the end.
package actor BatchQueue {
    /// Bytes for clips in flight.
    private let memory: Int
    private var inUse = 0
    private var jobs: ArraySlice<BatchJob>
    private var postponed: [BatchJob] = []
    private var postponedSlots: Set<String> = []

    package init(_ jobs: [BatchJob], memory: Int) {
        self.jobs = jobs[...]
        self.memory = memory
    }

    /// The next job, once there is memory for it: for one that needs more than there is, once no other runs. Nil when
    /// none is left. Whoever takes a job gives it back by `end` or `postpone`.
    package func next() async throws -> BatchJob? {
        var waits = false
        while true {
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

    private func fits(_ job: BatchJob) -> Bool {
        inUse == 0 || inUse + ClipMemory.bytes(job.request) <= memory
    }

    private func take(_ job: BatchJob) -> BatchJob {
        inUse += ClipMemory.bytes(job.request)
        return job
    }

    package func end(_ job: BatchJob) { inUse -= ClipMemory.bytes(job.request) }

    package func postpone(_ job: BatchJob) {
        end(job)
        postponed.append(job)
        postponedSlots.insert(job.slot)
    }

    package func wasPostponed(_ job: BatchJob) -> Bool { postponedSlots.contains(job.slot) }
}
