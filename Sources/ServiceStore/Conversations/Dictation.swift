import AvatariumCore

extension ServiceStore {
    /// Appends to the text of a job that is written while it is spoken. The worker may be in another process.
    /// - Parameters:
    ///   - sentences: The sentences in order; line breaks within a sentence become spaces.
    ///   - ends: Whether no more follow.
    /// - Returns: Whether the account has the job and its text had not ended.
    public func dictate(
        _ sentences: [String], ends: Bool, to job: JobID, account: AccountID
    ) async throws -> Bool {
        guard !sentences.isEmpty || ends else { return true }
        let lines = sentences.map { $0.split(whereSeparator: \.isNewline).joined(separator: " ") + "\n" }
            .joined()
        return try await database.write { connection in
            let written = try connection.run(
                """
                UPDATE jobs SET script = coalesce(script, '') || \(lines), script_ends = \(ends),
                  version = version + 1
                WHERE id = \(job) AND account_id = \(account) AND script_ends = 0
                """)
            connection.wake(.job(job), everywhere: true)
            return written > 0
        }
    }

    /// Returns the sentences that follow those of the request, as they are written; each attempt gets all of
    /// them.
    /// - Parameter patience: The longest wait for the next one.
    /// - Throws: E063 if the writer has disappeared; `CancellationError` if the job is cancelled.
    public func dictation(
        of job: JobID, account: AccountID, patience: Duration = .seconds(120)
    ) -> AsyncThrowingStream<String, any Error> {
        AsyncThrowingStream { sentences in
            let reading = Task {
                do {
                    try await read(job, account, patience) { sentences.yield($0) }
                    sentences.finish()
                } catch {
                    sentences.finish(throwing: error)
                }
            }
            sentences.onTermination = { _ in reading.cancel() }
        }
    }

    private func read(
        _ id: JobID, _ account: AccountID, _ patience: Duration, give: (String) -> Void
    ) async throws {
        var known = 0
        var version: Int64 = 0
        var end = ContinuousClock.now + patience
        while true {
            let job = try await waitForChange(
                of: id, account: account, after: version, timeout: max(.zero, end - .now))
            guard let job, !job.cancelRequested, !job.state.isFinal else { throw CancellationError() }
            version = job.version
            if job.script.count > known {
                for sentence in job.script[known...] { give(sentence) }
                known = job.script.count
                end = .now + patience
            }
            if job.isScriptWhole { return }
            guard ContinuousClock.now < end else {
                throw AvatariumError(
                    .messageSendFailed,
                    "the text was not completed; send the message again",
                    context: ["stage": "dictation"])
            }
        }
    }
}
