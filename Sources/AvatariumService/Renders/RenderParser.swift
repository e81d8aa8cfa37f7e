import Avatarium
import AvatariumCore
import Foundation
import ServiceStore
import VRM

/// Reads the body of `POST /v1/renders`: checks everything that can be known before the work, so that a mistake is said at
/// once, with its place, and not by a failed job.
struct RenderParser {
    let backend: Backend
    let principal: Principal

    /// An order, and how it is to be queued.
    struct Parsed {
        var order: RenderOrder
        var priority: Int
        var reference: String?
        var deadlineSeconds: Int
        var webhookURL: String?
    }

    /// - Throws: MISSING_PARAMETER, INVALID_PARAMETER with the field, AVATAR_NOT_FOUND.
    func parse(_ fields: RequestFields, echo: JSON) async throws -> Parsed {
        var fields = fields
        let priority = try fields.integer("priority", in: -100...100) ?? 0
        let reference = try fields.string("reference", limit: 200)
        let deadline = try fields.integer("deadline_seconds", in: 1...backend.configuration.deadlineSeconds)
        let webhook = try fields.string("webhook_url", limit: 2000)
        let format = try fields.choice("format", of: VideoFormat.self) ?? .mp4
        let order = try await order(&fields, format: format, echo: echo)
        try fields.finish()
        if let webhook { try WebhookURL.check(webhook, field: "/webhook_url", backend.configuration) }
        try checkPlan(order)
        return Parsed(
            order: order, priority: priority, reference: reference,
            deadlineSeconds: deadline ?? backend.configuration.deadlineSeconds, webhookURL: webhook)
    }

    private func order(
        _ fields: inout RequestFields, format: VideoFormat, echo: JSON
    ) async throws -> RenderOrder {
        let avatarName = try fields.string("avatar_id", limit: 100)
        var clip = ClipRequest()
        try speech(&fields, &clip)
        try look(&fields, &clip)
        var order = RenderOrder(
            clip: clip, avatar: .bundled(""), format: format.rawValue,
            echo: String(decoding: Self.shown(echo).encoded(), as: UTF8.self),
            maxSeconds: min(principal.plan.seconds, backend.configuration.maxSeconds),
            isTest: principal.isTest)
        try await inputs(&fields, &order)
        try await speechKey(&fields, &order)
        guard let avatarName, avatarName.contains(where: { !$0.isWhitespace }) else {
            throw fields.missing("avatar_id")
        }
        guard order.clip.text != nil || order.inputs["audio"] != nil else {
            throw fields.missing("text", orElse: "or give a recording, as audio_id or audio_url")
        }
        if order.isTest {
            order.clip.size = ImageSize(width: 640, height: 360)
            order.clip.quality = .draft
        }
        try check(order)
        if let voice = clip.voice { try await backend.voices.check(voice, field: "/voice") }
        order.avatar = try await avatar(avatarName, field: "/avatar_id")
        return order
    }

    /// What the client sent, without its key.
    private static func shown(_ echo: JSON) -> JSON {
        guard case .object(let object) = echo else { return echo }
        return .object(object.replacing(removing: ["byokTTS"]))
    }

    /// The key with which a provider's voice is to be asked: the request's, else the account's, else the server's.
    private func speechKey(_ fields: inout RequestFields, _ order: inout RenderOrder) async throws {
        let own = try fields.string("byokTTS", limit: 500)
        guard let voice = ProviderVoice(order.clip.voice) else {
            guard own == nil else {
                throw APIError.invalid(
                    fields.pointer("byokTTS"),
                    "byokTTS is for a provider's voice, such as elevenlabs:Rachel; name one as voice, or leave it out"
                )
            }
            return
        }
        if let own {
            guard own.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw APIError.invalid(
                    fields.pointer("byokTTS"),
                    "byokTTS must be printable ASCII without blanks; copy it again")
            }
            order.speechKey = try SealedText(
                own, by: backend.masterKey, context: Self.keyContext(principal.id))
            return
        }
        guard !voice.hasKey else { return }
        let stored = try await backend.store.providerKeys(account: principal.id)
        guard stored.contains(where: { $0.provider == voice.provider }) else {
            throw APIError.invalid(
                fields.pointer("voice"),
                "the voice needs a key to \(voice.provider); send yours as byokTTS, or keep it with PUT "
                    + "/v1/byok/\(voice.provider)")
        }
    }

    /// What a sealed `byokTTS` is bound to.
    static func keyContext(_ account: AccountID) -> [String] { ["byokTTS", account.rawValue] }

    private func speech(_ fields: inout RequestFields, _ clip: inout ClipRequest) throws {
        clip.text = try fields.string("text", limit: backend.configuration.maxText)
        clip.ssml = try fields.bool("ssml")
        clip.voice = try fields.string("voice", limit: 200)
        clip.rate = try fields.number("rate", in: 0.25...4)
        clip.pitch = try fields.number("pitch", in: 0...2)
        clip.transcript = try fields.string("transcript", limit: backend.configuration.maxText)
        clip.language = try fields.string("language", limit: 40)
    }

    /// Everything about the picture that is no file.
    func look(_ fields: inout RequestFields, _ clip: inout ClipRequest) throws {
        clip.variant = try fields.string("variant", limit: 200)
        clip.size = try fields.decoded("size")
        clip.fps = try fields.decoded("fps")
        clip.camera = try fields.choice("camera")
        if let text = try fields.string("background", limit: 100) {
            guard let choice = BackgroundChoice(text), !choice.isImage else {
                throw APIError.invalid(
                    fields.pointer("background"),
                    "background must be a colour (#rrggbb, white ...), transparent or environment; a picture is an upload, "
                        + "given as background_id")
            }
            clip.background = choice
        }
        if let text = try fields.string("environment", limit: 100) {
            guard ["studio", "none"].contains(text) else {
                throw APIError.invalid(
                    fields.pointer("environment"),
                    "environment must be studio or none; an .hdr file is an upload, given as environment_id")
            }
            clip.environment = EnvironmentSource(text)
        }
        clip.exposure = try fields.number("exposure", in: 0.01...100).map(Float.init)
        clip.toneMap = try fields.choice("tone_map")
        clip.keyLight = try fields.bool("key_light")
        clip.seed = try fields.integer("seed", in: 0...(1 << 53)).map(UInt64.init)
        clip.idle = try fields.bool("idle")
        clip.emotions = try fields.decoded("emotions")
        if clip.emotions?.count ?? 0 > 1000 {
            throw APIError.invalid(
                fields.pointer("emotions"), "emotions has more than 1000 entries; leave some out")
        }
        clip.samples = try fields.integer("samples", in: 1...16)
        clip.quality = try fields.choice("quality")
    }

    /// Files come as JSON of the request, as uploads or as URLs.
    private func inputs(_ fields: inout RequestFields, _ order: inout RenderOrder) async throws {
        for (field, kinds) in [
            ("audio", [UploadKind.audio]), ("background", [.background]),
            ("environment", [.environment]), ("body", [.body]),
        ] {
            order.inputs[field] = try await upload(&fields, "\(field)_id", kinds)
        }
        if let url = try fields.string("audio_url", limit: 2000) {
            guard order.inputs["audio"] == nil else {
                throw APIError.invalid(
                    fields.pointer("audio_url"),
                    "audio_id and audio_url contradict each other; give one of them")
            }
            try WebhookURL.check(url, field: fields.pointer("audio_url"), backend.configuration)
            order.inputs["audio"] = .url(url)
        }
        for (field, kind) in [
            ("timings", UploadKind.timings), ("mapping", .mapping), ("performance", .performance),
        ] {
            order.inputs[field] = try await upload(&fields, "\(field)_id", [kind])
            guard let value = fields.json(field) else { continue }
            guard order.inputs[field] == nil else {
                throw APIError.invalid(
                    fields.pointer(field), "\(field) and \(field)_id contradict each other; give one of them")
            }
            // Timings of text formats (TextGrid, WebVTT ...) come as one text.
            order.inputs[field] = .inline(value.string ?? String(decoding: value.encoded(), as: UTF8.self))
        }
        try Self.checkLook(order.inputs, order.clip)
    }

    /// - Throws: INVALID_PARAMETER where a background or an environment is given in two ways.
    static func checkLook(_ inputs: [String: RenderOrder.Source], _ clip: ClipRequest) throws {
        for (field, isNamed) in [
            ("background", clip.background != nil), ("environment", clip.environment != nil),
        ] where isNamed && inputs[field] != nil {
            throw APIError.invalid(
                "/\(field)", "\(field) and \(field)_id contradict each other; give one of them")
        }
    }

    func upload(
        _ fields: inout RequestFields, _ name: String, _ purposes: [UploadKind]
    ) async throws -> RenderOrder.Source? {
        guard let id = try fields.string(name, limit: 100) else { return nil }
        return try await backend.upload(id, purposes, account: principal.id, field: fields.pointer(name))
    }

    func avatar(_ name: String, field: String) async throws -> RenderOrder.Avatar {
        try await backend.avatar(name, account: principal.id, field: field)
    }

    /// What `ClipPlan` would refuse later, asked with stand-ins for the files.
    private func check(_ order: RenderOrder) throws {
        var clip = order.clip
        if clip.background == .transparent, order.format == VideoFormat.mp4.rawValue {
            throw APIError.invalid(
                "/background",
                "mp4 has no transparency; ask for format webm or mov, or for another background")
        }
        clip.output = "clip.\(order.format)"
        if order.inputs["audio"] != nil { clip.audio = "audio" }
        if order.inputs["timings"] != nil { clip.timings = "timings" }
        clip.environment = nil
        do {
            _ = try ClipPlan(clip)
            if case .inline(let text)? = order.inputs["performance"] {
                _ = try PerformanceCues.read(Array(text.utf8))
            }
            if case .inline(let text)? = order.inputs["mapping"] {
                _ = try FaceMapping(json: Array(text.utf8))
            }
        } catch let error as AvatariumError {
            throw APIError(RequestWords.translated(error))
        }
    }

    private func checkPlan(_ order: RenderOrder) throws {
        let size = order.clip.size ?? ImageSize(width: 1280, height: 720)
        let limit = min(principal.plan.pixels, backend.configuration.maxPixels)
        guard size.width * size.height <= limit else {
            throw APIError.invalid(
                "/size",
                "size \(size) has \(size.width * size.height) pixels, and this account may ask for \(limit); make it smaller"
            )
        }
    }
}

/// The library's field names in the words of the wire.
enum RequestWords {
    /// An error of an input that came in the request itself, with a pointer that starts at the request.
    static func placed(_ error: AvatariumError, inputs: [String: RenderOrder.Source]) -> AvatariumError {
        guard let path = error.context["path"], let field = error.context["field"], field.hasPrefix("/")
        else {
            return error
        }
        let name = String((path as NSString).lastPathComponent.prefix { $0 != "." })
        guard case .inline? = inputs[name], field != "/\(name)", !field.hasPrefix("/\(name)/") else {
            return error
        }
        return error.at(field: "/\(name)\(field)")
    }

    private static let names = [
        "keyLight": "key_light", "toneMap": "tone_map", "textFile": "text", "audio": "audio_id",
    ]

    static func translated(_ error: AvatariumError) -> AvatariumError {
        guard let field = error.context["field"] else { return error }
        var parts = field.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count > 1, let name = names[parts[1]] else { return error }
        parts[1] = name
        return error.at(field: parts.joined(separator: "/"))
    }
}

extension BackgroundChoice {
    var isImage: Bool {
        if case .image = self { true } else { false }
    }
}

extension RequestFields {
    mutating func decoded<Value: Decodable>(_ name: String) throws -> Value? {
        try decoded(name, as: Value.self)
    }
}
