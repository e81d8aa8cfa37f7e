import Avatarium
import AvatariumCore
import AvatariumService
import Foundation
import LocalServer
import ServiceStore
import Testing

/// What a clip can be asked for over HTTP, with a renderer that draws nothing.
struct ClipFieldTests {
    private static func upload(_ client: Client, _ kind: String, _ type: String) async throws -> String {
        let made = try await client.post("/v1/uploads?kind=\(kind)", "bytes", headers: [.contentType: type])
        #expect(made.status == 201, "\(made.text)")
        return try #require(made.data["id"]?.string)
    }

    @Test func `what a line of a batch can ask for, a request can`() async throws {
        let service = try await TestService()
        try await service.working { client in
            let logo = try await Self.upload(client, "overlay", "image/png")
            let window = try await Self.upload(client, "overlay", "video/mp4")
            let tune = try await Self.upload(client, "music", "audio/mpeg")
            let scene = try await Self.upload(client, "background", "video/webm")
            let made = try await client.post(
                "/v1/renders",
                """
                {"avatar_id": "ada", "text": "[happy]Hello.[/happy]", "background_id": "\(scene)",
                 "captions": ["soft", "burn"], "caption_style": {"size": 7, "highlight": "#ffd54a"},
                 "overlays": ["\(logo)", {"upload_id": "\(window)", "place": [0.5, 0.9], "size": 0.4, "start": 1, "end": 2}],
                 "music": {"upload_id": "\(tune)", "level": -20, "duck": 6}, "pad": [0.5, 1], "fade": 0.25,
                 "loudness": -16, "background_loop": false, "codec": "hevc", "crf": 28, "gop": 60,
                 "camera_orbit": ["auto", 80, "auto"], "fov": 25, "place": [0.2, 0], "scale": 0.8,
                 "animation": [{"name": "Wave", "start": 1, "loop": false}], "model_lights": false,
                 "performance": {"gestures": [{"gesture": "nod", "start": 1}], "cameras": [{"camera": "bust", "start": 2}]}}
                """, headers: [.prefer: "wait=20"])
            #expect(made.data["state"]?.string == "succeeded", "\(made.text)")
            let work = try #require(service.renderer.works.first)
            let clip = work.clip
            #expect(clip.edit.captions == [.soft, .burn])
            #expect((clip.edit.captionStyle.size, clip.edit.captionStyle.highlight) == (7, "#ffd54a"))
            #expect(clip.edit.overlays.count == 2)
            for path in clip.edit.overlays.map(\.file) + [clip.edit.music?.file ?? ""] {
                #expect(path.hasPrefix(work.folder + "/"), "\(path)")
            }
            #expect(Set(clip.edit.overlays.map(\.file)).count == 2)
            #expect(clip.edit.overlays[1].place == .point(0.5, 0.9))
            #expect(
                (clip.edit.overlays[1].size, clip.edit.overlays[1].start, clip.edit.overlays[1].end) == (
                    0.4, 1, 2
                ))
            #expect(clip.edit.music?.level == -20 && clip.edit.music?.duck == 6)
            #expect((clip.edit.pad.start, clip.edit.pad.end, clip.edit.fade.end) == (0.5, 1, 0.25))
            #expect(clip.edit.loudness == -16 && !clip.edit.backgroundLoop)
            #expect(clip.encoding == EncodingOptions(codec: .hevc, crf: 28, gop: 60))
            #expect(clip.view.orbit == CameraOrbit(phi: 80))
            #expect(clip.view.fovDegrees == 25 && clip.view.scale == 0.8)
            #expect(clip.view.place == SIMD2<Float>(0.2, 0))
            #expect(clip.animation == [AnimationCue("Wave", start: 1, loop: false)])
            #expect(clip.look.modelLights == false)
            guard case .image(let background)? = clip.look.background,
                case .file(let track)? = clip.performance
            else {
                Issue.record("\(clip)")
                return
            }
            #expect(background.hasPrefix(work.folder) && track.hasPrefix(work.folder))
            // What was sent is shown again as it was, without paths.
            #expect(made.data["request"]?["music"]?["upload_id"]?.string == tune)
            #expect(!made.text.contains(work.folder))
        }
    }

    @Test func `a dialogue has the avatars of the account`() async throws {
        let service = try await TestService()
        try await service.working { client in
            let mine = try await client.post(
                "/v1/avatars?slug=mine", "glTF....", headers: [.contentType: "model/gltf-binary"])
            #expect(mine.status == 201)
            let made = try await client.post(
                "/v1/renders",
                """
                {"text": "ADA: Hello. KIT: Hi!", "cast": [{"name": "ADA", "avatar_id": "ada"},
                 {"name": "KIT", "avatar_id": "mine"}]}
                """, headers: [.prefer: "wait=20"])
            #expect(made.data["state"]?.string == "succeeded", "\(made.text)")
            let work = try #require(service.renderer.works.first)
            let names = (work.clip.cast ?? []).map(\.avatar.name)
            #expect(names.first == "ada")
            #expect(names.last?.hasPrefix(work.folder) == true)
            // One model of a stranger is enough for a process of its own.
            #expect(!work.isTrusted)
        }
    }

    @Test func `a poster is kept beside the clip`() async throws {
        try await TestService().working { client in
            let made = try await client.post(
                "/v1/renders", #"{"avatar_id": "ada", "text": "Hello.", "poster": true}"#,
                headers: [.prefer: "wait=20"])
            let path = try #require(made.data["video"]?["poster"]?.string)
            let picture = try await client.get(path)
            #expect((picture.status, picture.headers[.contentType]) == (200, "image/png"))
            #expect(picture.bytes == FakeRenderer.picture)
            let plain = try await client.post(
                "/v1/renders", #"{"avatar_id": "ada", "text": "Hello."}"#, headers: [.prefer: "wait=20"])
            #expect(plain.data["video"]?["poster"] == .null)
            let none = try await client.get("/v1/renders/\(plain.data["id"]?.string ?? "")/poster.png")
            #expect((none.status, none.code) == (404, "NOT_FOUND"))
        }
    }

    @Test(
        arguments: [
            ("webm", "video/webm"), ("mov", "video/quicktime"), ("gif", "image/gif"), ("webp", "image/webp"),
            ("m4a", "audio/mp4"), ("mp3", "audio/mpeg"), ("opus", "audio/ogg"), ("flac", "audio/flac"),
            ("wav", "audio/wav"),
        ] as [(String, String)])
    func `each kind of file has its type and its ending`(_ format: String, _ type: String) async throws {
        let service = try await TestService()
        try await service.working { client in
            let made = try await client.post(
                "/v1/renders", #"{"avatar_id": "ada", "text": "Hello.", "format": "\#(format)"}"#,
                headers: [.prefer: "wait=20"])
            #expect(made.data["video"]?["content_type"]?.string == type, "\(made.text)")
            #expect(service.renderer.works.first?.clip.output?.hasSuffix("/clip.\(format)") == true)
            let id = made.data["id"]?.string ?? ""
            let file = try await client.get("/v1/renders/\(id)/video")
            #expect((file.status, file.headers[.contentType]) == (200, type))
            #expect(file.headers[.contentDisposition] == "inline; filename=\"\(id).\(format)\"")
            let signed = try await client.with(key: "").get(made.data["video"]?["url"]?.string ?? "")
            #expect((signed.status, signed.headers[.contentType]) == (200, type))
        }
    }

    @Test(
        arguments: [
            // No field names a file of the server, whatever a batch may do.
            (#""output": "/etc/x.mp4""#, "/output", "format"),
            (#""text_file": "/etc/passwd""#, "/text_file", "text"),
            (#""audio": "/etc/passwd""#, "/audio", "audio_id"),
            (#""avatar": "/etc/x.glb""#, "/avatar", "avatar_id"),
            (#""body": "/etc/x.vrma""#, "/body", "body_id"),
            (#""poster": "/tmp/x.png""#, "/poster", "true or false"),
            (#""captions": "/tmp/x.vtt""#, "/captions", "soft, burn"),
            (#""captions": ["soft", "x.srt"]"#, "/captions", "soft, burn"),
            (#""overlays": [{"file": "/etc/x.png"}]"#, "/overlays/0/upload_id", "required"),
            (#""overlays": ["/etc/x.png"]"#, "/overlays/0/upload_id", "no upload"),
            (
                #""overlays": [{"upload_id": "upl_x", "file": "/etc/x.png"}]"#, "/overlays/0/file",
                "there is no field"
            ),
            (#""music": "/etc/x.mp3""#, "/music/upload_id", "no upload"),
            (#""background": "data:;base64,AAAA""#, "/background", "background_id"),
            (#""background": "scene.mp4""#, "/background", "background_id"),
            // Names and values that there are not.
            (#""caption": "burn""#, "/caption", "captions"), (#""codecs": "h264""#, "/codecs", "codec"),
            (#""toneMap": "aces""#, "/toneMap", "there is no field"),
            (#""overlays": [{"upload_id": "u", "opacty": 1}]"#, "/overlays/0/opacty", "opacity"),
            (#""caption_style": {"colour": "red"}"#, "/caption_style/colour", "color"),
            (#""codec": "divx""#, "/codec", "h264"),
            (#""codec": "vp9""#, "/codec", "mp4 does not support vp9"),
            (#""crf": 99"#, "/crf", "0 to 51"), (#""crf": 20, "bitrate": "2M""#, "/bitrate", "contradict"),
            (#""gop": 0"#, "/gop", "1 to 10000"), (#""pad": -1"#, "/pad", ""),
            (#""fade": [1, 2, 3]"#, "/fade", ""),
            (#""loudness": 0"#, "/loudness", ""), (#""fov": 0"#, "/fov", ""),
            (#""scale": 100"#, "/scale", ""),
            (#""place": [9, 0]"#, "/place", ""), (#""camera_orbit": [0, 0, -1]"#, "/camera_orbit", ""),
            (#""camera_orbit": ["x", 0, 0]"#, "/camera_orbit/0", "auto"), (#""seed": 1e17"#, "/seed", ""),
            (#""format": "m3u8""#, "/format", "mp4"),
            (#""format": "gif", "captions": "soft""#, "/captions", "gif"),
            (#""format": "wav", "poster": true"#, "/poster", "audio"),
            (#""caption_style": {"font": "a\u0001b"}"#, "/caption_style/font", "control character"),
            (#""music": {"upload_id": "a", "upload_id": "b"}"#, "/music/upload_id", "twice"),
            (#""format": "mp4", "background": "transparent""#, "/background", "transparency"),
            // Vectors, and documents in the request itself.
            (#""camera_target": [1, 2]"#, "/camera_target", "must be an array of 3 numbers"),
            (#""place": []"#, "/place", "must be an array of 2 numbers"),
            (#""rate": 1e308"#, "/rate", "no field takes"),
            (#""mapping": 7"#, "/mapping", "must be an object"),
            (#""mapping": {"a": 1}"#, "/mapping/shapes", "missing"),
            (#""mapping": "jaw""#, "/mapping", "not JSON"),
            (#""mapping": {"shapes": {"jaw": []}}"#, "/mapping/shapes/jaw", "standard face shape"),
            (#""performance": 7"#, "/performance", "must be an object"),
            (#""performance": {"a": 1}"#, "/performance/a", "no such field"),
            (#""performance": "x""#, "/performance", "not JSON"),
            (#""camera": "\u202egib""#, "/camera", #"\u{202E}gib"#),
            // Dialogues.
            (#""cast": []"#, "/cast", ""), (#""cast": [{"name": "ADA"}]"#, "/cast/0/avatar_id", "required"),
            (#""cast": [{"name": "A", "avatar": "ada"}]"#, "/cast/0/avatar_id", "required"),
            (
                #""cast": [{"name": "A", "avatar_id": "ada", "mapping": "/etc/x"}]"#, "/cast/0/mapping",
                "there is no field"
            ),
            (
                #""cast": [{"name": "A", "avatar_id": "ada"}, {"name": "B", "avatar_id": "kit"}]"#,
                "/avatar_id",
                "omit avatar_id"
            ),
        ] as [(String, String, String)])
    func `a mistake in a field is said with its place`(_ field: String, _ place: String, _ words: String)
        async throws
    {
        try await TestService().routes { client in
            let reply = try await client.post(
                "/v1/renders", #"{"avatar_id": "ada", "text": "Hi.", \#(field)}"#)
            #expect((reply.status, reply.field) == (words == "no upload" ? 404 : 400, place), "\(reply.text)")
            #expect(words.isEmpty || reply.message.contains(words), "\(reply.message)")
        }
    }

    @Test(
        arguments: [
            (
                #""text": "Hello.", "cast": [{"name": "A", "avatar_id": "ada"}, {"name": "B", "avatar_id": "kit"}]"#,
                "/text", "does not begin with the name"
            ),
            (
                #""text": "A: Hi.", "cast": [{"name": "A", "avatar_id": "ada"}, {"name": "B", "avatar_id": "nobody"}]"#,
                "/cast/1/avatar_id", "no avatar"
            ),
            (
                #""text": "A: Hi.", "cast": [{"name": "A", "avatar_id": "ada"}, {"name": "a", "avatar_id": "kit"}]"#,
                "/cast", "same name"
            ),
            (
                #""text": "A: Hi.", "cast": [{"name": "A", "avatar_id": "ada", "voice": "elevenlabs:R"}, {"name": "B", "avatar_id": "kit"}]"#,
                "/cast/0/voice", "the server's own voices"
            ),
        ] as [(String, String, String)])
    func `a mistake in a dialogue is said before it is queued`(
        _ fields: String, _ place: String, _ words: String
    ) async throws {
        try await TestService().routes { client in
            let reply = try await client.post("/v1/renders", "{\(fields)}")
            #expect(reply.field == place, "\(reply.text)")
            #expect(reply.message.contains(words), "\(reply.message)")
        }
    }

    @Test func `an upload of another kind, or of another account, is none`() async throws {
        let service = try await TestService()
        try await service.routes { client in
            let audio = try await Self.upload(client, "audio", "audio/wav")
            let kind = try await client.post(
                "/v1/renders", #"{"avatar_id": "ada", "text": "Hi.", "overlays": ["\#(audio)"]}"#)
            #expect((kind.status, kind.field) == (400, "/overlays/0/upload_id"), "\(kind.text)")
            let music = try await client.post(
                "/v1/renders", #"{"avatar_id": "ada", "text": "Hi.", "music": "\#(audio)"}"#)
            #expect(music.status == 202, "\(music.text)")
            let store = service.server.backend.store
            let other = try #require(try await store.createAccount(slug: "other", plan: "owner"))
            let key = try await store.createKey(.init(name: "k", scopes: [.renders]), account: other.id)
            let stranger = try await client.with(key: key.text.text).post(
                "/v1/renders", #"{"avatar_id": "ada", "text": "Hi.", "music": "\#(audio)"}"#)
            #expect((stranger.status, stranger.field) == (404, "/music/upload_id"))
        }
    }

    @Test func `a test key's clips have a picture that can be marked`() async throws {
        let service = try await TestService()
        try await service.routes { client in
            let made = try await client.post("/v1/keys", #"{"name": "t", "mode": "test"}"#)
            let test = client.with(key: made.data["key"]?.string ?? "")
            let sound = try await test.post(
                "/v1/renders", #"{"avatar_id": "ada", "text": "Hi.", "format": "wav"}"#)
            #expect((sound.status, sound.field) == (400, "/format"), "\(sound.text)")
            let picture = try await test.post(
                "/v1/renders", #"{"avatar_id": "ada", "text": "Hi.", "size": "1920x1080"}"#)
            #expect(picture.status == 202)
        }
    }

    @Test func `a preview is seen from where a clip would be`() async throws {
        let service = try await TestService()
        try await service.routes { client in
            let seen = try await client.post(
                "/v1/renders/preview.png",
                #"{"avatar_id": "ada", "camera_orbit": [30, "auto", "auto"], "fov": 20, "scale": 0.5, "place": [0.1, 0]}"#
            )
            #expect(seen.status == 200, "\(seen.text)")
            let view = try #require(service.renderer.stillRequests.last).view
            #expect(view.orbit == CameraOrbit(theta: 30))
            #expect(view.fovDegrees == 20 && view.scale == 0.5)
            #expect(view.place == SIMD2<Float>(0.1, 0))
            for (field, place) in [
                (#""fov": 500"#, "/fov"), (#""exposure": -1"#, "/exposure"),
                (#""captions": "burn""#, "/captions"),
            ] {
                let wrong = try await client.post(
                    "/v1/renders/preview.png", #"{"avatar_id": "ada", \#(field)}"#)
                #expect((wrong.status, wrong.field) == (400, place), "\(wrong.text)")
            }
        }
    }

    @Test func `a message says how the clip of its reply looks`() async throws {
        let provider = try LocalServer { _, _ in MessageTests.answer("Hello. I am Ada.") }
        defer { provider.stop() }
        let url = provider.url
        let service = try await TestService {
            $0.providerURLs = ["openai": url]
            $0.providerKeys = ["openai": "k"]
        }
        try await service.working { client in
            let scene = try await Self.upload(client, "background", "image/png")
            let path = try await MessageTests.conversation(client)
            let reply = try await client.post(
                path,
                """
                {"content": "Hi.", "render": {"size": "320x180", "format": "webm", "captions": "burn", "poster": true,
                 "background_id": "\(scene)", "camera": "bust"}}
                """)
            #expect(reply.status == 201, "\(reply.text)")
            let id = reply.data["render"]?["id"]?.string ?? ""
            let end = try await client.get("/v1/renders/\(id)", headers: [.prefer: "wait=20"])
            #expect(end.data["video"]?["content_type"]?.string == "video/webm", "\(end.text)")
            #expect(end.data["video"]?["poster"]?.string != nil)
            let work = try #require(service.renderer.works.first)
            #expect(work.clip.look.size == ImageSize(width: 320, height: 180))
            #expect(work.clip.edit.captions == [.burn])
            #expect(work.clip.camera == .bust)
            #expect(service.renderer.said == ["Hello.", "I am Ada."])
            for (field, place) in [
                (#""text": "x""#, "/render/text"), (#""voice": "en-us""#, "/render/voice"),
                (#""size": "9x9""#, "/render/size"), (#""codec": "vp9""#, "/render/codec"),
                (#""background_id": "upl_x""#, "/render/background_id"),
                (#""caption_style": {"size": 99}"#, "/render/caption_style/size"),
            ] {
                let wrong = try await client.post(path, #"{"content": "Hi.", "render": {\#(field)}}"#)
                let status = field.contains("upl_x") ? 404 : 400
                #expect((wrong.status, wrong.field) == (status, place), "\(wrong.text)")
            }
            #expect(provider.requests.count == 1)
        }
    }

    /// The description of a request names the fields that there are, and no other.
    @Test func `OpenAPI has every field of a clip, a preview and a reply`() async throws {
        let service = try await TestService()
        try await service.routes { client in
            let document = try await client.get("/openapi.json").json
            func documented(_ schema: String) -> Set<String> {
                Set(document["components"]?["schemas"]?[schema]?["properties"]?.object?.keys ?? [])
            }
            // What nothing is like is refused with the whole list.
            func taken(_ path: String, _ body: String) async throws -> Set<String> {
                let message = try await client.post(path, body).message
                let list = message.split(separator: "the fields are ").last ?? ""
                return Set(list.split(separator: ", ").map(String.init))
            }
            let clip = try await taken("/v1/renders", #"{"avatar_id": "ada", "text": "x", "qqqqqqqq": 1}"#)
            #expect(clip == documented("RenderRequest"))
            #expect(clip.count > 50)
            let preview = try await taken(
                "/v1/renders/preview.png", #"{"avatar_id": "ada", "qqqqqqqq": 1}"#)
            #expect(preview == documented("PreviewRequest"))
            let begun = try await client.post("/v1/conversations", #"{"avatar_id": "ada"}"#)
            let reply = try await taken(
                "/v1/conversations/\(begun.data["id"]?.string ?? "")/messages",
                #"{"content": "x", "render": {"qqqqqqqq": 1}}"#)
            #expect(reply == documented("ReplyClip"))
        }
    }
}
