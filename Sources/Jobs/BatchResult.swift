import AvatariumCore

/// The result of one clip, a line of `results.jsonl`.
public struct BatchResult: Sendable, Codable {
    public enum Status: String, Sendable, Codable { case done, failed }

    public var id: String
    /// One-based line number in the batch file.
    public var line: Int
    public var status: Status
    /// XXH3-64 of the request's line.
    public var key: String
    /// The clip's path.
    public var file: String?
    /// The clip's name inside the batch's folder.
    public var output: String?
    /// XXH3-128 of the raw pixels.
    public var digest: String?
    public var frames: Int?
    /// The size of the clip's files in bytes.
    public var bytes: Int?
    /// The duration of the clip in seconds.
    public var durationSeconds: Double?
    /// The wall-clock seconds that the clip took.
    public var seconds: Double?
    /// The clip's warnings and errors; nil if there are none.
    public var diagnostics: [Diagnostic]?
    /// The reason why the clip failed.
    public var error: Failure?

    /// An `AvatariumError` in the form used by `results.jsonl`.
    public struct Failure: Sendable, Codable, Equatable {
        public var code: String
        public var name: String
        public var message: String
        public var recoverable: Bool
        public var context: [String: String]

        init(_ error: AvatariumError) {
            code = error.code.code
            name = error.code.name
            message = error.message
            recoverable = error.recoverable
            context = error.context
        }
    }
}

extension BatchResult {
    /// The result of a job that failed.
    init(_ job: BatchJob, error: AvatariumError, diagnostics: [Diagnostic]? = nil) {
        self.init(
            id: job.id, line: job.line, status: .failed, key: job.key, file: job.output, output: job.name,
            diagnostics: diagnostics, error: Failure(error))
    }
}
