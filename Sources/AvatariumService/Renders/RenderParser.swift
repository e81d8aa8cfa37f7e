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
        try checkPlan(order, pointer: "")
        return Parsed(
            order: order, priority: priority, reference: reference,
            deadlineSeconds: deadline ?? backend.configuration.deadlineSeconds, webhookURL: webhook)
    }

    private func order(
        _ fields: inout RequestFields, format: VideoFormat, echo: JSON
    ) async throws -> RenderOrder {
        let avatarName = try fields.string("avatar_id", limit: 100)
        try fields.refuseFiles(except: avatarName == nil ? "avatar" : nil)
        let clip = try fields.clip(ClipFields.all, longestText: backend.configuration.maxText)
        var order = RenderOrder(
            clip: clip, avatar: .bundled(""), format: format.rawValue,
            echo: String(decoding: Self.shown(echo).encoded(), as: UTF8.self),
            maxSeconds: min(principal.plan.seconds, backend.configuration.maxSeconds),
            isTest: principal.isTest)
        try await inputs(&fields, &order)
        try await speechKey(&fields, &order)
        let name = try Self.avatarName(avatarName, clip.cast, fields)
        guard order.clip.text != nil || order.inputs["audio"] != nil else {
            throw fields.missing("text", orElse: "or give a recording, as audio_id or audio_url")
        }
        try check(order, pointer: "")
        try await checkVoices(clip)
        if let cast = clip.cast {
            var avatars: [RenderOrder.Avatar] = []
            for (index, member) in cast.enumerated() {
                avatars.append(try await avatar(member.avatar.name, field: "/cast/\(index)/avatar_id"))
            }
            order.cast = avatars
            order.avatar = avatars[0]
        } else {
            order.avatar = try await avatar(name, field: "/avatar_id")
        }
        return order
    }

    /// The avatar of a clip; of a dialogue the first one's.
    private static func avatarName(
        _ given: String?, _ cast: [CastMember]?, _ fields: RequestFields
    ) throws -> String {
        let name = given.flatMap { $0.contains { !$0.isWhitespace } ? $0 : nil }
        guard let cast, let first = cast.first else {
            guard let name else { throw fields.missing("avatar_id") }
            return name
        }
        guard name == nil else {
            throw APIError.invalid(
                fields.pointer("avatar_id"),
                "the avatars of a dialogue are those of its cast; omit avatar_id")
        }
        return first.avatar.name
    }

    /// A dialogue is spoken where it is drawn, which has neither network nor keys.
    private func checkVoices(_ clip: ClipRequest) async throws {
        if let voice = clip.voice { try await backend.voices.check(voice, field: "/voice") }
        guard let cast = clip.cast else { return }
        let voices = [("/voice", clip.voice)] + cast.enumerated().map { ("/cast/\($0)/voice", $1.voice) }
        for (field, voice) in voices {
            guard let voice else { continue }
            guard ProviderVoice(voice) == nil else {
                throw APIError.invalid(
                    field, "a dialogue is spoken by the server's own voices; choose one of GET /v1/voices")
            }
            try await backend.voices.check(voice, field: field)
        }
    }

    // MARK: The clip of a reply

    /// What a message asks of the clip of its reply.
    struct ReplyClip: Sendable {
        var clip = ClipRequest()
        var inputs: [String: RenderOrder.Source] = [:]
        var format = VideoFormat.mp4
        var poster: Bool?
    }

    /// Reads the options of a reply's clip: all of a clip's but what is said.
    /// - Throws: INVALID_PARAMETER with the field.
    func reply(_ fields: RequestFields) async throws -> ReplyClip {
        var fields = fields
        let format = try fields.choice("format", of: VideoFormat.self) ?? .mp4
        var order = RenderOrder(
            clip: try fields.clip(ClipFields.picture, longestText: ClipFields.longestName),
            avatar: .bundled(""), format: format.rawValue, echo: "null", maxSeconds: 0,
            isTest: principal.isTest)
        try await pictureInputs(&fields, &order)
        try fields.finish()
        if order.clip.size == nil { order.clip.size = Self.replySize }
        var checked = order
        checked.clip.text = "A reply."
        try check(checked, pointer: fields.cursor.pointer)
        try checkPlan(order, pointer: fields.cursor.pointer)
        return ReplyClip(
            clip: order.clip, inputs: order.inputs, format: format, poster: order.poster)
    }

    /// The size of a reply's clip where nobody asks for another.
    static let replySize = ImageSize(width: 640, height: 360)

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
                    "byokTTS is for a provider's voice, such as elevenlabs:Rachel; name one as voice, or "
                        + "omit it"
                )
            }
            return
        }
        if let own {
            guard own.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw APIError.invalid(
                    fields.pointer("byokTTS"),
                    "byokTTS must be printable ASCII without spaces; copy it again")
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
                "the voice needs a key to \(voice.provider); send yours as byokTTS, or store it with PUT "
                    + "/v1/byok/\(voice.provider)")
        }
    }

    /// What a sealed `byokTTS` is bound to.
    static func keyContext(_ account: AccountID) -> [String] { ["byokTTS", account.rawValue] }

    /// The look of a still.
    /// - Parameter names: Of `ClipFields`.
    /// - Throws: INVALID_PARAMETER with the field.
    func look(_ fields: inout RequestFields, _ names: [String]) throws -> ClipRequest {
        let clip = try fields.clip(names, longestText: ClipFields.longestName)
        var checked = clip
        checked.text = "A picture."
        // Of any size, and transparent or not.
        checked.output = "picture.mov"
        do {
            _ = try ClipPlan(checked)
        } catch let error as AvatariumError {
            throw APIError(RequestWords.translated(error))
        }
        return clip
    }

    /// Files come as JSON of the request, as uploads or as URLs.
    private func inputs(_ fields: inout RequestFields, _ order: inout RenderOrder) async throws {
        order.inputs["audio"] = try await upload(&fields, "audio_id", [.audio])
        try await pictureInputs(&fields, &order)
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
    }

    /// Uploads that are seen, or heard beside the speech; and whether a poster is wanted.
    private func pictureInputs(_ fields: inout RequestFields, _ order: inout RenderOrder) async throws {
        for (field, kind) in [
            ("background", UploadKind.background), ("environment", .environment), ("body", .body),
        ] {
            order.inputs[field] = try await upload(&fields, "\(field)_id", [kind])
        }
        for (index, overlay) in order.clip.edit.overlays.enumerated() {
            let place = fields.pointer("overlays") + "/\(index)/upload_id"
            let name = RenderOrder.overlay(index)
            order.inputs[name] = try await backend.upload(
                overlay.file, [.overlay], account: principal.id, field: place)
            order.clip.edit.overlays[index].file = name
        }
        if let music = order.clip.edit.music {
            order.inputs["music"] = try await backend.upload(
                music.file, [.music, .audio], account: principal.id,
                field: fields.pointer("music") + "/upload_id")
            order.clip.edit.music?.file = "music"
        }
        order.poster = try fields.bool("poster") == true ? true : nil
        try Self.checkLook(order.inputs, order.clip, pointer: fields.cursor.pointer)
        if order.isTest {
            order.clip.size = RenderOrder.testSize
            order.clip.quality = .draft
        }
    }

    /// - Throws: INVALID_PARAMETER where a background or an environment is given in two ways.
    static func checkLook(
        _ inputs: [String: RenderOrder.Source], _ clip: ClipRequest, pointer: String = ""
    ) throws {
        for (field, isNamed) in [
            ("background", clip.background != nil), ("environment", clip.environment != nil),
        ] where isNamed && inputs[field] != nil {
            throw APIError.invalid(
                "\(pointer)/\(field)", "\(field) and \(field)_id contradict each other; give one of them")
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
    /// - Parameter pointer: The place of the clip's fields in the request.
    private func check(_ order: RenderOrder, pointer: String) throws {
        var clip = order.clip
        let format = VideoFormat(rawValue: order.format) ?? .mp4
        let hasPicture = !format.format.isSoundOnly
        if clip.background == .transparent, hasPicture, !format.format.carriesAlpha {
            throw APIError.invalid(
                "\(pointer)/background",
                "\(order.format) has no transparency; request format webm, mov, gif or webp, or another "
                    + "background"
            )
        }
        if clip.edit.captions.contains(.soft), !format.format.carriesCaptions {
            throw APIError.invalid(
                "\(pointer)/captions",
                "\(order.format) has no track for captions; burn them in, or request format mp4, webm or mov")
        }
        if !hasPicture {
            guard order.poster == nil else {
                throw APIError.invalid(
                    "\(pointer)/poster", "\(order.format) is an audio format without a picture; omit poster"
                )
            }
            guard !order.isTest else {
                throw APIError.invalid(
                    "\(pointer)/format",
                    "clips of test keys carry a mark in the picture, which audio formats do not have; use a "
                        + "live key")
            }
        }
        clip.output = "clip.\(format.fileExtension)"
        if order.inputs["audio"] != nil { clip.audio = "audio" }
        if order.inputs["timings"] != nil { clip.timings = "timings" }
        clip.environment = nil
        do {
            _ = try ClipPlan(clip)
            try Self.checkDocument("performance", of: order) { _ = try PerformanceCues.read($0) }
            try Self.checkDocument("mapping", of: order) { _ = try FaceMapping(json: $0) }
        } catch let error as AvatariumError {
            var refusal = APIError(RequestWords.translated(error))
            refusal.field = refusal.field.map { pointer + $0 }
            throw refusal
        }
    }

    /// Reads a document that came in the request itself; the places of its errors begin with its field.
    private static func checkDocument(
        _ field: String, of order: RenderOrder, by read: ([UInt8]) throws -> Void
    ) throws {
        guard case .inline(let text)? = order.inputs[field] else { return }
        do {
            try read(Array(text.utf8))
        } catch let error as AvatariumError {
            let place = error.context["field"].map { $0 == "/" ? "" : $0 } ?? ""
            throw error.at(field: "/\(field)\(place)")
        }
    }

    private func checkPlan(_ order: RenderOrder, pointer: String) throws {
        guard VideoFormat(rawValue: order.format)?.format.isSoundOnly != true else { return }
        let size = order.clip.size ?? ImageSize(width: 1280, height: 720)
        let limit = min(principal.plan.pixels, backend.configuration.maxPixels)
        guard size.width * size.height <= limit else {
            throw APIError.invalid(
                "\(pointer)/size",
                "size \(size) has \(size.width * size.height) pixels, and this account may ask for \(limit); make it smaller"
            )
        }
    }
}

/// The library's field names in the words of the wire.
enum RequestWords {
    /// An error as the client gets it: an input is named as the request named it, and never by its file on the server.
    static func translated(
        _ error: AvatariumError, inputs: [String: RenderOrder.Source]
    ) -> AvatariumError {
        translated(placed(error, inputs: inputs))
    }

    /// An error of an input, with the input's own name and a pointer that starts at the request.
    private static func placed(
        _ error: AvatariumError, inputs: [String: RenderOrder.Source]
    ) -> AvatariumError {
        guard let path = error.context["path"] else { return error }
        let file = (path as NSString).lastPathComponent
        let name = String(file.prefix { $0 != "." })
        var placed = error
        switch inputs[name] {
        case .inline?:
            placed.message = error.message.replacing(path, with: name)
            guard let field = error.context["field"], field.hasPrefix("/"), field != "/\(name)",
                !field.hasPrefix("/\(name)/")
            else { break }
            return placed.at(field: "/\(name)\(field)")
        case .object(let key, _)?:
            let id = key.split(separator: "/").first { $0.hasPrefix("\(Upload.identifierPrefix)_") }.map(
                String.init)
            placed.message = error.message.replacing(path, with: id ?? name)
            if name == "music" { return placed.at(field: "/music/upload_id") }
            return placed.at(field: RenderOrder.overlayIndex(name) == nil ? "/\(name)_id" : "/\(name)")
        case .url(let url)?:
            placed.message = error.message.replacing(path, with: url)
            return placed.at(field: "/\(name)_url")
        case nil:
            placed.message = error.message.replacing(path, with: file)
        }
        return placed
    }

    private static let names = ["textFile": "text", "audio": "audio_id", "output": "format"]

    /// An error with the place of its field in the request: `/captionStyle.size` is `/caption_style/size`. Pointers into a
    /// file of the client's keep the names that it has.
    static func translated(_ error: AvatariumError) -> AvatariumError {
        guard let field = error.context["field"], field.hasPrefix("/") else { return error }
        var parts = field.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let name = parts[1]
        if let index = RenderOrder.overlayIndex(name) {
            parts[1] = "overlays/\(index)/upload_id"
        } else if name.hasPrefix("avatar-") {
            parts[1] = "cast/\(name.dropFirst("avatar-".count))/avatar_id"
        } else {
            let words = name.split(separator: ".").map { word in
                let plain = String(word).replacing("-", with: "_")
                return names[plain]
                    ?? (ClipRequest.fieldNames.contains(plain) ? WireName.both(plain).last : nil) ?? plain
            }
            parts[1] = words.joined(separator: "/")
        }
        return error.at(field: parts.joined(separator: "/"))
    }
}

extension RequestFields {
    mutating func decoded<Value: Decodable>(_ name: String) throws -> Value? {
        try decoded(name, as: Value.self)
    }
}
