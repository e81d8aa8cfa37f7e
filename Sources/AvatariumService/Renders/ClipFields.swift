import Avatarium
import AvatariumCore

/// The fields of a clip that a request over HTTP shares with a line of a batch: their names, and their one decoder
/// (`ClipRequest`). Where a line names a file, a request names an upload or an avatar of its own account.
enum ClipFields {
    /// How the avatar looks and is lit, and what it does by itself.
    static let look =
        snakeCase(RenderLook.Overrides.fieldNames) + [
            "variant", "fps", "camera", "seed", "idle", "emotions",
        ]
    /// Where the camera stands beside its framing, and where the avatar stands in the frame.
    static let view = ["camera_orbit", "camera_target", "fov", "place", "scale"]
    /// What is said, and by whom.
    static let speech = [
        "text", "ssml", "voice", "rate", "pitch", "transcript", "language", "speaker", "cast",
    ]
    /// All that a clip can be asked for.
    static let all = snakeCase(ClipRequest.fieldNames).filter { fileFields[$0] == nil }
    /// All but what is said.
    static let picture = all.filter { !speech.contains($0) }

    /// The fields of a line that name files, and what a request has in their place.
    static let fileFields = [
        "text_file": "text", "audio": "audio_id", "timings": "timings", "avatar": "avatar_id",
        "avatar_id": "avatar_id", "mapping": "mapping", "body": "body_id", "performance": "performance",
        "poster": "poster", "output": "format",
    ]
    /// Entries that a list may have.
    static let longestList = 1000
    /// Bytes of a text that is not spoken.
    static let longestName = 200

    private static func snakeCase(_ names: some Sequence<String>) -> [String] {
        Set(names.flatMap(WireName.both)).filter { !$0.contains(where: \.isUppercase) }.sorted()
    }
}

extension RequestFields {
    /// Reads fields of a clip. Its overlays and its music have the ids of uploads where the library has paths, and its
    /// cast those of avatars.
    /// - Parameters:
    ///   - names: Of `ClipFields`.
    ///   - longestText: Bytes of what is said.
    /// - Throws: INVALID_PARAMETER with the field.
    mutating func clip(_ names: [String], longestText: Int) throws -> ClipRequest {
        var members = JSONObject()
        for name in names {
            guard let value = json(name) else { continue }
            let isSpoken = name == "text" || name == "transcript"
            try Self.checkTexts(value, pointer(name), limit: isSpoken ? longestText : ClipFields.longestName)
            members.set(name, try named(name, value))
        }
        if let seed = members["seed"]?.double, seed > 0x1p53 {
            // JSON of JavaScript and of ours has no larger whole numbers.
            throw APIError.invalid(pointer("seed"), "seed must be 0 to \(1 << 53)")
        }
        do {
            let clip = try ClipRequest.parse(JSON.object(members).encoded(), "the request").request
            if case .image? = clip.background {
                throw APIError.invalid(
                    pointer("background"),
                    "background must be a colour (#rrggbb, white ...), transparent or environment; a picture or a video "
                        + "is an upload, given as background_id")
            }
            if case .hdr? = clip.environment {
                throw APIError.invalid(
                    pointer("environment"),
                    "environment must be studio or none; an .hdr file is an upload, given as environment_id")
            }
            for case .file in clip.edit.captions {
                throw APIError.invalid(
                    pointer("captions"),
                    "captions must be soft, burn or none; GET /v1/renders/{id}/captions.vtt has them as a file"
                )
            }
            return clip
        } catch let error as AvatariumError {
            throw refusal(error)
        }
    }

    /// A field that names a file in a batch is not a misspelling here.
    /// - Parameter name: One that is left to be told as the misspelling of a field that is missing.
    func refuseFiles(except missing: String?) throws {
        for (name, instead) in ClipFields.fileFields.sorted(by: { $0.key < $1.key })
        where name != instead && name != missing && cursor[name] != nil {
            throw APIError.invalid(
                pointer(name),
                "\(name) would name a file on the server, which requests may not do; give \(instead)")
        }
    }

    /// A decoder's refusal with the place in this request.
    private func refusal(_ error: AvatariumError) -> APIError {
        guard let decoding = error.cause as? DecodingError else {
            return APIError.invalid(cursor.pointer + (error.context["field"] ?? ""), error.message)
        }
        let place = decoding.fieldPointer
        return Self.refusal(decoding, cursor.pointer + place, String(place.dropFirst()))
    }

    /// Bounds texts and lists at any depth, before anything is made of them.
    private static func checkTexts(_ value: JSON, _ pointer: String, limit: Int) throws {
        switch value {
        case .string(let text): try check(text, pointer, limit: limit)
        case .array(let items):
            guard items.count <= ClipFields.longestList else {
                throw APIError.invalid(
                    pointer,
                    "\(pointer.drop { $0 == "/" }) has more than \(ClipFields.longestList) entries; remove "
                        + "some"
                )
            }
            for (index, item) in items.enumerated() {
                try checkTexts(item, "\(pointer)/\(index)", limit: limit)
            }
        case .object(let object):
            if let twice = object.duplicateKeys.first {
                throw APIError.invalid(
                    pointer + "/" + JSON.pointerToken(twice),
                    "'\(twice.quotedForMessage())' is given twice; remove one")
            }
            for key in object.keys {
                try checkTexts(object[key] ?? .null, pointer + "/" + JSON.pointerToken(key), limit: limit)
            }
        default: break
        }
    }

    // MARK: Uploads and avatars in the place of paths

    /// The value of a field as the library takes it.
    private func named(_ name: String, _ value: JSON) throws -> JSON {
        switch name {
        case "overlays":
            guard let items = value.array else {
                return try Self.named(value, pointer(name), "file", as: "upload_id", of: Overlay.fieldNames)
            }
            guard items.count <= Overlay.maximumCount else {
                throw APIError.invalid(
                    pointer(name), "overlays has more than \(Overlay.maximumCount) entries; remove some")
            }
            return .array(
                try items.enumerated().map { index, item in
                    try Self.named(
                        item, "\(pointer(name))/\(index)", "file", as: "upload_id", of: Overlay.fieldNames)
                })
        case "music":
            return try Self.named(value, pointer(name), "file", as: "upload_id", of: Music.fieldNames)
        case "cast":
            guard let items = value.array else {
                throw APIError.invalid(pointer(name), "cast must be an array")
            }
            let fields = CastMember.fieldNames.subtracting(["mapping"])
            let members = try items.enumerated().map { index, item in
                try Self.named(
                    item, "\(pointer(name))/\(index)", "avatar", as: "avatar_id", of: fields,
                    mayBeText: false)
            }
            guard CastMember.counts.contains(items.count) else {
                throw APIError.invalid(
                    pointer(name),
                    "cast must have \(CastMember.counts.lowerBound) to \(CastMember.counts.upperBound) speakers"
                )
            }
            return .array(members)
        default: return value
        }
    }

    /// The object with an id under the name that the library has for a path.
    /// - Parameter mayBeText: Whether the id alone will do.
    private static func named(
        _ value: JSON, _ pointer: String, _ path: String, as id: String, of names: Set<String>,
        mayBeText: Bool = true
    ) throws -> JSON {
        if mayBeText, value.string != nil { return .members([path: value]) }
        var fields = try RequestFields(value, pointer: pointer)
        var members = JSONObject()
        members.set(path, .string(try fields.required(id, limit: 100)))
        for name in names.sorted() where name != path && !name.contains(where: \.isUppercase) {
            if let value = fields.json(name) { members.set(name, value) }
        }
        try fields.finish()
        return .object(members)
    }
}
