import Avatarium
import AvatariumCore
import ServiceStore

/// A job of the store as clients see a render.
struct RenderView {
    let backend: Backend

    /// - Parameter queuePosition: of a job that waits.
    func json(_ job: Job, queuePosition: Int? = nil) -> JSON {
        var view = JSONObject()
        view.set("id", .string(job.id.rawValue))
        view.set("state", .string(job.state.rawValue))
        view.set("reference", .optional(job.reference))
        view.set("priority", .integer(job.priority))
        view.set("attempt", .integer(job.attempt))
        view.set("max_attempts", .integer(job.maxAttempts))
        view.set("progress", progress(job, queuePosition))
        view.set("video", job.state == .succeeded ? video(job) : .null)
        view.set("error", error(job))
        view.set("request", echo(job))
        view.set("created_at", .string(job.createdAt.rfc3339))
        view.set("started_at", .optional(job.startedAt?.rfc3339))
        view.set("finished_at", .optional(job.finishedAt?.rfc3339))
        view.set("expires_at", .optional(job.expiresAt?.rfc3339))
        view.set("deadline_at", .optional(job.deadlineAt?.rfc3339))
        return .object(view)
    }

    /// Where a finished clip can be fetched without a key, for an hour.
    func videoURL(_ job: Job) throws -> String? {
        guard job.state == .succeeded, let result = try job.result?.decoded(as: RenderResult.self) else {
            return nil
        }
        return backend.signedURL(of: result, job: job)
    }

    private func echo(_ job: Job) -> JSON {
        guard let order = try? job.request.decoded(as: Echo.self) else { return .null }
        return (try? JSONParser.parse(order.echo)) ?? .null
    }

    /// Of a ``RenderOrder``, what the client sent: every list shows it, and the rest need not be decoded for that.
    private struct Echo: Decodable { var echo: String }

    /// 100 only with a whole file.
    func progress(_ job: Job, _ queuePosition: Int?) -> JSON {
        let reported = job.progress.flatMap { try? $0.parsed() }
        let made = job.state == .succeeded ? job.result.flatMap { try? $0.parsed() }?["frames"]?.int : nil
        let done = made ?? reported?["frames_done"]?.int
        let total = made ?? reported?["frames_total"]?.int
        let percent: Double
        switch job.state {
        case .succeeded: percent = 100
        default:
            let share = total.map { $0 > 0 ? Double(done ?? 0) / Double($0) : 0 } ?? 0
            percent = min(99, (share * 990).rounded() / 10)
        }
        let stage: String
        switch job.state {
        case .queued: stage = "queued"
        case .running: stage = reported?["stage"]?.string ?? "starting"
        default: stage = job.state.rawValue
        }
        return .members([
            "stage": .string(stage), "frames_done": .optional(done ?? (job.state == .queued ? 0 : nil)),
            "frames_total": .optional(total), "percent": .rounded(percent, 1),
            "eta_seconds": job.state == .running ? reported?["eta_seconds"] ?? .null : .null,
            "queue_position": .optional(job.state == .queued ? queuePosition : nil),
        ])
    }

    private func error(_ job: Job) -> JSON {
        guard let failure = job.failure, job.state == .failed || job.state == .queued || job.state == .running
        else {
            return .null
        }
        var context = JSONObject()
        for (key, value) in (failure.context ?? [:]).sorted(by: { $0.key < $1.key })
        where !Self.isPrivate(key) {
            context.set(key, .string(value))
        }
        return .members([
            "code": .string(failure.code), "name": .string(failure.name), "message": .string(failure.message),
            "recoverable": .bool(failure.recoverable), "retryAfter": .optional(failure.retryAfter),
            "context": .object(context),
        ])
    }

    /// Paths on the server are not shown to clients.
    private static func isPrivate(_ key: String) -> Bool { key == "path" || key == "errno" }

    private func video(_ job: Job) -> JSON {
        guard let result = job.result.flatMap({ try? $0.decoded(as: RenderResult.self) }) else {
            return .null
        }
        let base = backend.url("/v1/renders/\(job.id)")
        return .members([
            "url": .string(backend.signedURL(of: result, job: job)),
            "path": .string(result.playlist == nil ? "\(base)/video" : "\(base)/hls/\(StoredPlaylist.name)"),
            "content_type": .string(result.contentType), "bytes": .integer(result.bytes),
            "sha256": .string(result.sha256), "duration_seconds": .rounded(result.durationSeconds),
            "frames": .integer(result.frames), "size": .string(result.size), "fps": .string(result.fps),
            "digest": .string(result.digest), "timing_source": .string(result.timingSource),
            "captions": result.captionsKey == nil ? .null : .string("\(base)/captions.vtt"),
            "curves": result.curvesKey == nil ? .null : .string("\(base)/curves"),
            "poster": result.posterKey == nil ? .null : .string("\(base)/poster.png"),
            "warnings": .array(result.warnings.map(JSON.string)),
            "seconds": .members([
                "wall": .rounded(result.wallSeconds), "cpu": .rounded(result.cpuSeconds),
                "first_frame": result.firstFrameSeconds.map { .rounded($0) } ?? .null,
            ]),
        ])
    }
}

/// What a worker says of a clip that it made; kept in the job.
struct RenderResult: Codable, Sendable {
    var key: String
    var contentType: String
    var bytes: Int
    var sha256: String
    var durationSeconds: Double
    var frames: Int
    var size: String
    var fps: String
    var digest: String
    var timingSource: String
    var captionsKey: String?
    var curvesKey: String?
    var posterKey: String?
    /// The segments of a clip whose `key` is a playlist; nil for one that is one file.
    var segments: Int?
    var warnings: [String]
    var wallSeconds: Double
    var cpuSeconds: Double
    /// From the start of the attempt.
    var firstFrameSeconds: Double?

    /// The clip as HTTP Live Streaming; nil for one that is one file.
    var playlist: StoredPlaylist? { segments.map { StoredPlaylist(key: key, segments: $0) } }

    /// Every object that the clip is made of.
    var keys: [String] {
        [key, captionsKey, curvesKey, posterKey].compactMap(\.self) + (playlist?.partKeys ?? [])
    }

    /// The name under which a browser saves the clip.
    func filename(_ id: JobID) -> String { "\(id).\(key.split(separator: ".").last ?? "mp4")" }
}

extension Backend {
    /// How long a signed URL works; each answer has a new one.
    private static let signedSeconds = 3600

    func signedURL(of result: RenderResult, job: Job) -> String {
        // A player has no use for a name, and appends its own.
        let name = result.playlist == nil ? result.filename(job.id) : nil
        return url("/v1/files/\(result.key)?\(signature(of: result.key, filename: name))")
    }

    /// The query that opens an object for as long as a signed URL works.
    func signature(of key: String, filename: String? = nil) -> String {
        let expires = Int(store.now().milliseconds / 1000) + Self.signedSeconds
        return files.query(objectKey: key, filename: filename, expires: expires)
    }
}
