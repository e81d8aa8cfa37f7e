import AvatariumCore

/// The kind of a job.
public enum JobKind: String, Sendable, Codable, CaseIterable {
    /// A clip.
    case render
    /// The answer to a message of a conversation, with its clip.
    case reply
    /// The delivery of an event to a webhook.
    case webhook
    /// The check of an uploaded model.
    case validate
}

/// A separate queue: workers claim from one lane, and limits and turns of accounts are counted per lane.
public enum Lane: String, Sendable, Codable, CaseIterable {
    /// Work for those who draw.
    case render
    /// HTTP requests to webhooks.
    case webhook
}

extension JobKind {
    /// The lane in which jobs of this kind wait.
    public var lane: Lane { self == .webhook ? .webhook : .render }
    /// Whether the end of such a job is an event that webhooks receive, `render.succeeded`.
    public var hasEvents: Bool { self == .render || self == .reply }
}

/// The state of a job.
public enum JobState: String, Sendable, Codable, CaseIterable {
    case queued, running, succeeded, failed, cancelled

    /// Whether the job has ended, unless it is retried.
    public var isFinal: Bool { self != .queued && self != .running }
}

/// A job to queue.
public struct NewJob: Sendable {
    /// Created in advance, so that the stored response of an Idempotency-Key can refer to it.
    public var id: JobID
    public var kind: JobKind
    public var request: JSONText
    /// Jobs of an account with a higher priority are started first; other accounts are not affected. -100 to 100.
    public var priority: Int
    /// The client's own reference, searchable.
    public var reference: String?
    /// The maximum number of attempts, if it fails for temporary reasons.
    public var maxAttempts: Int
    /// The delay before it may be started.
    public var delay: Duration
    /// The time after which it fails if it is not finished.
    public var deadline: Duration?
    /// The time for which its record and objects are kept after its end.
    public var retention: Duration
    /// The metric that its success increments; `nil` if it is free of charge (the caller's own keys, test keys).
    public var meter: Metric?
    /// A URL that is notified of its end, in addition to the account's endpoints.
    public var webhookURL: String?
    /// Whether its text is still being written: `ServiceStore.dictate` adds the rest.
    public var isDictated = false

    public init(
        _ kind: JobKind, request: JSONText, id: JobID = .make(), priority: Int = 0, reference: String? = nil,
        maxAttempts: Int = 3, delay: Duration = .zero, deadline: Duration? = nil,
        retention: Duration = .seconds(7 * 24 * 3600), meter: Metric? = nil, webhookURL: String? = nil
    ) {
        self.id = id
        self.kind = kind
        self.request = request
        self.priority = priority
        self.reference = reference
        self.maxAttempts = maxAttempts
        self.delay = delay
        self.deadline = deadline
        self.retention = retention
        self.meter = meter
        self.webhookURL = webhookURL
    }
}

/// The record of a job.
public struct Job: Sendable, ListedRecord {
    public var id: JobID
    public var account: AccountID
    public var kind: JobKind
    public var state: JobState
    public var priority: Int
    public var reference: String?
    /// The number of times that a worker has started it.
    public var attempt: Int
    public var maxAttempts: Int
    /// Whether it is to be cancelled; the worker learns of it at its next heartbeat.
    public var cancelRequested: Bool
    public var request: JSONText
    /// The progress that the worker reported last.
    public var progress: JSONText?
    public var result: JSONText?
    /// The reason why it failed, or why its last attempt failed if it waits for the next.
    public var failure: JobFailure?
    /// Increases with each change; the id of server-sent events and the entity tag of responses.
    public var version: Int64
    public var worker: String?
    public var meter: Metric?
    public var webhookURL: String?
    /// The sentences that follow the request's own, of a text that is written while it is spoken.
    public var script: [String]
    /// Whether no more sentences follow.
    public var isScriptWhole: Bool
    public var createdAt: Timestamp
    /// The earliest start.
    public var runAt: Timestamp
    public var deadlineAt: Timestamp?
    public var startedAt: Timestamp?
    public var finishedAt: Timestamp?
    /// The time at which its record and objects are deleted.
    public var expiresAt: Timestamp?

    package init(_ row: SQLRow) throws {
        id = try row.id("id")
        account = try row.id("account_id")
        kind = try row.choice("kind")
        state = try row.choice("state")
        priority = try row.int("priority")
        reference = try row.textOrNil("reference")
        attempt = try row.int("attempt")
        maxAttempts = try row.int("max_attempts")
        cancelRequested = try row.bool("cancel_requested")
        request = try row.json("request")
        progress = try row.jsonOrNil("progress")
        result = try row.jsonOrNil("result")
        failure = try row.isNull("error") ? nil : JobFailure.read("error", of: row)
        version = try row.integer("version")
        worker = try row.textOrNil("worker")
        meter = try row.isNull("meter") ? nil : row.choice("meter")
        webhookURL = try row.textOrNil("webhook_url")
        script = try row.textOrNil("script")?.split(separator: "\n").map(String.init) ?? []
        isScriptWhole = try row.bool("script_ends")
        createdAt = try row.time("created_at")
        runAt = try row.time("run_at")
        deadlineAt = try row.timeOrNil("deadline_at")
        startedAt = try row.timeOrNil("started_at")
        finishedAt = try row.timeOrNil("finished_at")
        expiresAt = try row.timeOrNil("expires_at")
    }
}

extension JobFailure: ColumnValue {
    package static func read(_ column: String, of row: SQLRow) throws -> JobFailure {
        try row.json(column).decoded()
    }
}

/// A worker's temporary right to a job. Each claim has a new token, and changes are accepted only with the
/// current token, so a worker whose lease was lost can change nothing.
public struct Lease: Sendable, Hashable {
    public var job: JobID
    public var token: String
}

/// A job that a worker has claimed.
public struct ClaimedJob: Sendable {
    public var job: Job
    public var lease: Lease
}

/// A metric that is counted per account and month.
public enum Metric: String, Sendable, Codable {
    case messages, renders
    /// Seconds of finished video.
    case seconds
}
