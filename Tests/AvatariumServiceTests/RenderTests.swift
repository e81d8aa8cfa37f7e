import Avatarium
import AvatariumCore
import AvatariumService
import Foundation
import Hummingbird
import HummingbirdTesting
import LocalServer
import ServiceStore
import Testing

/// Clips from order to file, with a renderer that draws nothing.
struct RenderTests {
    private static let order = #"{"avatar_id": "ada", "text": "Hello."}"#

    @Test func `a clip that is waited for comes back finished and can be fetched`() async throws {
        try await TestService().working { client in
            let made = try await client.post(
                "/v1/renders", #"{"avatar_id": "ada", "text": "Hello.", "reference": "r-1"}"#,
                headers: [.prefer: "wait=20"])
            #expect(made.status == 201, "\(made.text)")
            #expect(made.headers[.preferenceApplied] == "wait=20")
            let id = try #require(made.data["id"]?.string)
            #expect(made.headers[.location] == "/v1/renders/\(id)")
            #expect(made.data["state"]?.string == "succeeded")
            #expect(made.data["reference"]?.string == "r-1")
            #expect(made.data["request"]?["text"]?.string == "Hello.")
            #expect(made.data["progress"]?["percent"]?.double == 100)
            #expect(made.data["error"] == .null)
            #expect(made.data["video"]?["bytes"]?.int == FakeRenderer.clip.count)

            let video = try await client.get("/v1/renders/\(id)/video")
            #expect(video.status == 200)
            #expect(video.bytes == FakeRenderer.clip)
            #expect(video.headers[.contentType] == "video/mp4")
            #expect(video.headers[.acceptRanges] == "bytes")
            let signed = try #require(made.data["video"]?["url"]?.string)
            let free = try await client.with(key: "").get(signed)
            #expect(free.bytes == FakeRenderer.clip)
            let forged = try await client.with(key: "").get(
                signed.replacingOccurrences(of: "exp=1", with: "exp=2"))
            #expect((forged.status, forged.code) == (403, "FORBIDDEN"))
            #expect(try await client.get("/v1/renders/\(id)/captions.vtt").text == "WEBVTT\n")
            #expect(try await client.get("/v1/renders/\(id)/curves").text == "{}")

            let usage = try await client.get("/v1/usage")
            #expect(usage.data["messages"]?["used"]?.int == 1)
            #expect(usage.data["seconds"]?.int == 2)

            #expect(try await client.send(.delete, "/v1/renders/\(id)").status == 204)
            #expect(try await client.get("/v1/renders/\(id)").status == 404)
            #expect(try await client.get("/v1/renders/\(id)/video").status == 404)
        }
    }

    /// RFC 9110 section 14: `0123456789abcdefghijklmnopqrstuvwxyz` is 36 bytes.
    @Test(
        arguments: [
            ("bytes=0-0", 206, "0", "bytes 0-0/36"), ("bytes=10-12", 206, "abc", "bytes 10-12/36"),
            ("bytes=34-", 206, "yz", "bytes 34-35/36"), ("bytes=-3", 206, "xyz", "bytes 33-35/36"),
            ("bytes=-100", 206, "0123456789abcdefghijklmnopqrstuvwxyz", "bytes 0-35/36"),
            ("bytes=30-900", 206, "uvwxyz", "bytes 30-35/36"), ("bytes=36-", 416, nil, "bytes */36"),
            ("bytes=-0", 416, nil, "bytes */36"), ("items=0-3", 200, nil, nil), ("bytes=5-2", 200, nil, nil),
            ("bytes=0-1,4-5", 200, nil, nil), ("bytes", 200, nil, nil),
        ] as [(String, Int, String?, String?)])
    func `ranges are as RFC 9110 has them`(_ range: String, _ status: Int, _ body: String?, _ place: String?)
        async throws
    {
        try await TestService().working { client in
            let made = try await client.post("/v1/renders", Self.order, headers: [.prefer: "wait=20"])
            let path = "/v1/renders/\(made.data["id"]?.string ?? "")/video"
            let reply = try await client.get(path, headers: [.range: range])
            #expect(reply.status == status)
            #expect(reply.headers[.contentRange] == place)
            if let body { #expect(reply.text == body) }
            if status == 200 { #expect(reply.bytes == FakeRenderer.clip) }
            if status == 416 { #expect(reply.code == "INVALID_REQUEST") }
            let head = try await client.send(.head, path, headers: [.range: range])
            #expect(head.status == 200)
            #expect(head.headers[.contentLength] == "36")
            let tag = try #require(head.headers[.eTag])
            #expect(try await client.get(path, headers: [.ifNoneMatch: tag]).status == 304)
            let changed = try await client.get(path, headers: [.range: range, .ifRange: "\"other\""])
            #expect(changed.status == 200)
        }
    }

    @Test func `an order without wait is queued, and says so`() async throws {
        try await TestService().routes { client in
            let made = try await client.post("/v1/renders", Self.order)
            #expect(made.status == 202)
            #expect(made.data["state"]?.string == "queued")
            #expect(made.data["progress"]?["queue_position"]?.int == 1)
            #expect(made.headers[.waitSeconds] != nil)
            let id = made.data["id"]?.string ?? ""
            let video = try await client.get("/v1/renders/\(id)/video")
            #expect((video.status, video.code) == (404, "NOT_FOUND"))
            let cancelled = try await client.post("/v1/renders/\(id)/cancel")
            #expect(cancelled.data["state"]?.string == "cancelled")
            #expect(try await client.post("/v1/renders/\(id)/cancel").status == 200)
            let again = try await client.post("/v1/renders/\(id)/retry")
            #expect((again.status, again.data["state"]?.string) == (202, "queued"))
        }
    }

    @Test func `a failed clip is data with its code, message and place`() async throws {
        let service = try await TestService()
        service.renderer.fail(
            AvatariumError(
                .avatarModelInvalid, "the model is broken; mend it",
                context: ["pointer": "/meshes/0", "path": "/srv/x"]))
        try await service.working { client in
            let made = try await client.post("/v1/renders", Self.order, headers: [.prefer: "wait=20"])
            #expect(made.status == 201)
            #expect(made.data["state"]?.string == "failed")
            let error = made.data["error"]
            #expect(error?["code"]?.string == "E024")
            #expect(error?["name"]?.string == "AVATAR_MODEL_INVALID")
            #expect(error?["recoverable"]?.bool == false)
            #expect(error?["context"]?["pointer"]?.string == "/meshes/0")
            #expect(!made.text.contains("/srv/x"))
            #expect(made.data["video"] == .null)
            #expect(try await client.get("/v1/usage").data["messages"]?["used"]?.int == 0)
        }
    }

    @Test func `a failure that may pass is tried again`() async throws {
        let service = try await TestService()
        service.renderer.fail(AvatariumError(.networkError, "the line broke"), times: 1)
        try await service.working { client in
            let made = try await client.post("/v1/renders", Self.order, headers: [.prefer: "wait=30"])
            #expect(made.data["state"]?.string == "succeeded", "\(made.text)")
            #expect(made.data["attempt"]?.int == 2)
        }
    }

    @Test func `a clip that finds the disk full waits, and no attempt is counted`() async throws {
        let service = try await TestService()
        service.renderer.fail(
            AvatariumError(.outputNotWritable, "cannot write 'clip.mp4'", systemError: .noSpace), times: 2)
        try await service.working { client in
            let made = try await client.post("/v1/renders", Self.order, headers: [.prefer: "wait=60"])
            #expect(made.data["state"]?.string == "succeeded", "\(made.text)")
            #expect(made.data["attempt"]?.int == 1)
        }
    }

    @Test func `a clip under way can be cancelled`() async throws {
        let service = try await TestService()
        service.renderer.hold()
        try await service.working { client in
            let made = try await client.post("/v1/renders", Self.order)
            let id = made.data["id"]?.string ?? ""
            while service.renderer.works.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
            let asked = try await client.post("/v1/renders/\(id)/cancel")
            #expect(asked.status == 200)
            let end = try await client.get("/v1/renders/\(id)", headers: [.prefer: "wait=20"])
            #expect(end.data["state"]?.string == "cancelled")
        }
    }

    @Test func `events tell of progress and end, and go on where a client left`() async throws {
        let service = try await TestService()
        service.renderer.hold()
        try await service.working { client in
            let made = try await client.post("/v1/renders", Self.order)
            let id = made.data["id"]?.string ?? ""
            let release = Task {
                // Not before a heartbeat has told of the frames.
                while try await client.get("/v1/renders/\(id)").data["progress"]?["frames_done"]?.int != 30 {
                    try await Task.sleep(for: .milliseconds(20))
                }
                service.renderer.release()
            }
            let stream = try await client.stream("/v1/renders/\(id)/events")
            try await release.value
            #expect(stream.lowercased().contains("content-type: text/event-stream\r\n"))
            #expect(stream.lowercased().contains("connection: close\r\n"))
            #expect(stream.contains("event: progress\n"))
            #expect(stream.contains("\"frames_done\":30"))
            #expect(stream.contains("event: render.succeeded\n"))
            let ids = stream.matches(of: /id: (\d+)\n/).compactMap { Int($0.1) }
            #expect(ids == ids.sorted() && Set(ids).count == ids.count)
            let last = try #require(ids.last)
            let rest = try await client.stream("/v1/renders/\(id)/events", lastEventID: last - 1)
            #expect(rest.matches(of: /id: (\d+)\n/).map { Int($0.1) } == [last])
            // Nothing can follow the end: 204 tells an EventSource not to come back.
            // An id that this render has not come to is of another stream.
            let strange = try await client.stream("/v1/renders/\(id)/events", lastEventID: last + 1000)
            #expect(strange.contains("event: render.succeeded\nid: \(last)\n"), "\(strange)")
            let none = try await client.stream("/v1/renders/\(id)/events", lastEventID: last)
            #expect(none.hasPrefix("HTTP/1.1 204 "))
        }
    }

    @Test func `the same Idempotency-Key gives the same clip, and another body is refused`() async throws {
        try await TestService().routes { client in
            let first = try await client.post("/v1/renders", Self.order, headers: [.idempotencyKey: "k-1"])
            let second = try await client.post("/v1/renders", Self.order, headers: [.idempotencyKey: "k-1"])
            #expect(first.data["id"] == second.data["id"])
            #expect(second.headers[.idempotentReplayed] == "true")
            #expect(first.headers[.idempotentReplayed] == nil)
            let other = try await client.post(
                "/v1/renders", #"{"avatar_id": "kit", "text": "Hello."}"#, headers: [.idempotencyKey: "k-1"])
            #expect((other.status, other.code) == (400, "INVALID_PARAMETER"))
            let odd = try await client.post("/v1/renders", Self.order, headers: [.idempotencyKey: "a b"])
            #expect((odd.status, odd.code) == (400, "INVALID_PARAMETER"))
            #expect(try await client.get("/v1/renders").data.array?.count == 1)
        }
    }

    @Test func `a client whose wait broke off waits again with the same Idempotency-Key`() async throws {
        let service = try await TestService()
        service.renderer.hold()
        try await service.working { client in
            let first = try await client.post("/v1/renders", Self.order, headers: [.idempotencyKey: "k-1"])
            #expect(first.status == 202)
            service.renderer.release()
            let again = try await client.post(
                "/v1/renders", Self.order, headers: [.idempotencyKey: "k-1", .prefer: "wait=20"])
            #expect((again.status, again.data["state"]?.string) == (201, "succeeded"), "\(again.text)")
            #expect(again.data["id"] == first.data["id"])
            #expect(again.headers[.idempotentReplayed] == "true")
            #expect(again.headers[.preferenceApplied] == "wait=20")
            let video = try await client.post(
                "/v1/renders", Self.order,
                headers: [.idempotencyKey: "k-1", .prefer: "wait=20", .accept: "video/mp4"])
            #expect(video.status == 303)
        }
    }

    @Test func `a transparent clip is asked for in a format that has transparency`() async throws {
        try await TestService().routes { client in
            for format in ["webm", "mov"] {
                let made = try await client.post(
                    "/v1/renders",
                    #"{"avatar_id": "ada", "text": "Hi.", "background": "transparent", "format": "\#(format)"}"#
                )
                #expect(made.status == 202, "\(made.text)")
            }
            let refused = try await client.post(
                "/v1/renders", #"{"avatar_id": "ada", "text": "Hi.", "background": "transparent"}"#)
            #expect((refused.status, refused.field) == (400, "/background"))
            #expect(refused.message.contains("format webm"))
        }
    }

    @Test func `a missing field is named together with the one that was written instead`() async throws {
        try await TestService().routes { client in
            let text = try await client.post("/v1/renders", #"{"avatar_id": "ada", "txt": "Hi."}"#)
            #expect((text.code, text.field) == ("MISSING_PARAMETER", "/text"))
            #expect(text.message.hasSuffix("there is no field 'txt'"))
            let avatar = try await client.post("/v1/renders", #"{"avatar": "ada", "text": "Hi."}"#)
            #expect((avatar.code, avatar.field) == ("MISSING_PARAMETER", "/avatar_id"))
            #expect(avatar.message == "avatar_id is required; there is no field 'avatar'")
            let plain = try await client.post("/v1/renders", #"{"audio_id": "upl_x", "text": "Hi."}"#)
            #expect(plain.field == "/audio_id")
            let none = try await client.post("/v1/renders", "{}")
            #expect(none.message == "avatar_id is required")
        }
    }

    @Test func `a mistake in timings of the request has a pointer into the request`() async throws {
        let service = try await TestService()
        service.renderer.fail(
            AvatariumError(
                .validationError, "it ends before it starts",
                context: ["field": "/mouthCues/0", "path": "/x/timings.txt"]))
        try await service.working { client in
            let sound = try await client.post(
                "/v1/uploads?kind=audio", "RIFF", headers: [.contentType: "audio/wav"])
            let audio = try #require(sound.data["id"]?.string)
            let made = try await client.post(
                "/v1/renders",
                #"{"avatar_id": "ada", "audio_id": "\#(audio)", "timings": {"mouthCues": [{}]}}"#,
                headers: [.prefer: "wait=20"])
            #expect(
                made.data["error"]?["context"]?["field"]?.string == "/timings/mouthCues/0", "\(made.text)")
        }
    }

    @Test func `an avatar's picture is drawn once, and one that failed is drawn again`() async throws {
        let service = try await TestService()
        try await service.routes { client in
            service.renderer.fail(AvatariumError(.timeout, "too slow"), times: 1)
            let failed = try await client.get("/v1/avatars/ada/preview.png")
            #expect(failed.status == 503)
            for _ in 0..<3 {
                #expect(try await client.get("/v1/avatars/ada/preview.png").status == 200)
            }
            #expect(service.renderer.stills == 2)
        }
    }

    @Test func `a preview takes an uploaded background`() async throws {
        try await TestService().routes { client in
            let upload = try await client.post(
                "/v1/uploads?kind=background", "png", headers: [.contentType: "image/png"])
            let id = try #require(upload.data["id"]?.string)
            let picture = try await client.post(
                "/v1/renders/preview.png", #"{"avatar_id": "ada", "background_id": "\#(id)"}"#)
            #expect(picture.status == 200, "\(picture.text)")
            let both = try await client.post(
                "/v1/renders/preview.png",
                #"{"avatar_id": "ada", "background": "white", "background_id": "\#(id)"}"#)
            #expect((both.status, both.field) == (400, "/background"))
        }
    }

    @Test func `lists go page by page, newest first, by state and reference`() async throws {
        try await TestService().routes { client in
            for number in 0..<5 {
                _ = try await client.post(
                    "/v1/renders", #"{"avatar_id": "ada", "text": "x", "reference": "r\#(number % 2)"}"#)
            }
            var seen: [String] = []
            var path = "/v1/renders?limit=2"
            for expected in [2, 2, 1] {
                let page = try await client.get(path)
                seen += (page.data.array ?? []).compactMap { $0["id"]?.string }
                #expect(page.data.array?.count == expected)
                if let cursor = page.json["meta"]?["nextCursor"]?.string {
                    path = "/v1/renders?limit=2&cursor=\(cursor)"
                }
            }
            #expect(Set(seen).count == 5)
            #expect(seen == seen.sorted(by: >))
            #expect(try await client.get("/v1/renders?reference=r1").data.array?.count == 2)
            #expect(try await client.get("/v1/renders?state=failed").data.array?.isEmpty == true)
            let forged = try await client.get("/v1/renders?cursor=AAAA")
            #expect((forged.status, forged.code) == (400, "INVALID_PARAMETER"))
        }
    }

    @Test func `uploads reach the renderer as files of its own folder`() async throws {
        let service = try await TestService()
        try await service.working { client in
            let audio = try await client.post(
                "/v1/uploads?kind=audio", "RIFFsound", headers: [.contentType: "audio/wav"])
            #expect(audio.status == 201, "\(audio.text)")
            let id = audio.data["id"]?.string ?? ""
            let made = try await client.post(
                "/v1/renders", #"{"avatar_id": "kit", "audio_id": "\#(id)", "timings": {"phones": []}}"#,
                headers: [.prefer: "wait=20"])
            #expect(made.data["state"]?.string == "succeeded", "\(made.text)")
            let work = try #require(service.renderer.works.first)
            #expect(work.clip.audio?.hasPrefix(work.folder) == true)
            #expect(work.clip.timings?.hasPrefix(work.folder) == true)
            #expect(work.isTrusted)
            let wrong = try await client.post(
                "/v1/renders", #"{"avatar_id": "kit", "text": "x", "background_id": "\#(id)"}"#)
            #expect((wrong.code, wrong.field) == ("INVALID_PARAMETER", "/background_id"))
            let empty = try await client.post(
                "/v1/uploads?kind=audio", "", headers: [.contentType: "audio/wav"])
            #expect((empty.status, empty.code) == (400, "INVALID_REQUEST"))
            let kind = try await client.post(
                "/v1/uploads?kind=sound", "x", headers: [.contentType: "audio/wav"])
            #expect((kind.status, kind.code) == (400, "INVALID_PARAMETER"))
        }
    }

    @Test func `an uploaded avatar is drawn apart, and two crashes lock it`() async throws {
        let service = try await TestService()
        try await service.working { client in
            let avatar = try await client.post(
                "/v1/avatars?slug=my-head&name=Me", "glTF....", headers: [.contentType: "model/gltf-binary"])
            #expect(avatar.status == 201, "\(avatar.text)")
            let list = try await client.get("/v1/avatars")
            #expect(list.data[0]?["bundled"]?.bool == true)
            #expect(list.data.array?.last?["slug"]?.string == "my-head")
            _ = try await client.post(
                "/v1/renders", #"{"avatar_id": "my-head", "text": "x"}"#, headers: [.prefer: "wait=20"])
            let work = try #require(service.renderer.works.first)
            #expect(!work.isTrusted)
            #expect(work.clip.avatar?.hasPrefix(work.folder) == true)
            service.renderer.fail(
                AvatariumError(.internalError, "the child was killed", context: ["signal": "11"]))
            for _ in 0..<2 {
                let failed = try await client.post(
                    "/v1/renders", #"{"avatar_id": "my-head", "text": "x"}"#, headers: [.prefer: "wait=20"])
                #expect(failed.data["error"]?["code"]?.string == "E092")
                #expect(failed.data["error"]?["context"]?["signal"]?.string == "11")
            }
            let locked = try await client.post("/v1/renders", #"{"avatar_id": "my-head", "text": "x"}"#)
            #expect((locked.status, locked.code) == (400, "INVALID_PARAMETER"))
            #expect(try await client.get("/v1/avatars/my-head").data["state"]?.string == "quarantined")
        }
    }

    @Test
    func `a refused avatar comes with its report, a bad slug with INVALID_SLUG, a full plan with n of n`()
        async throws
    {
        let service = try await TestService()
        try await service.routes { client in
            let model: HTTPFields = [.contentType: "model/gltf-binary"]
            let refused = try await client.post("/v1/avatars?slug=abc", "nonsense", headers: model)
            #expect((refused.status, refused.code) == (400, "INVALID_PARAMETER"))
            #expect(refused.json["error"]?["report"]?["error"]?["code"]?.string == "E024")
            #expect(refused.json["error"]?["cause"]?["code"]?.string == "E024")
            #expect(refused.json["error"]?["report"]?["error"]?["context"]?["pointer"]?.string == "/meshes/0")
            #expect(!refused.text.contains(service.folder))
            for slug in ["ab", "Abc", "a_c", String(repeating: "a", count: 51)] {
                let reply = try await client.post("/v1/avatars?slug=\(slug)", "glTF", headers: model)
                #expect((reply.status, reply.code) == (400, "INVALID_SLUG"), "\(slug)")
            }
            #expect(
                try await client.post("/v1/avatars?slug=ada", "glTF", headers: model).code
                    == "INVALID_PARAMETER")
            let account = try #require(
                try await service.server.backend.store.createAccount(slug: "small", plan: "free"))
            let key = try await service.server.backend.store.createKey(
                .init(name: "k", scopes: [.admin]), account: account.id)
            let small = client.with(key: key.text.text)
            for number in 0..<5 {
                #expect(
                    try await small.post("/v1/avatars?slug=head-\(number)", "glTF", headers: model).status
                        == 201)
            }
            let full = try await small.post("/v1/avatars?slug=head-6", "glTF", headers: model)
            #expect((full.status, full.code) == (403, "AVATAR_LIMIT_EXCEEDED"))
            #expect(full.message.contains("(5/5)"))
        }
    }

    @Test func `an avatar is made by a recipe, and a wrong one is refused by its field`() async throws {
        let service = try await TestService()
        try await service.routes { client in
            let recipe = #"{"slug": "mine", "recipe": {"like": "ben", "skin": 9, "hair_colour": "black"}}"#
            let made = try await client.post("/v1/avatars", recipe)
            #expect(made.status == 201, "\(made.text)")
            // The same recipe gives the same model, a different one another.
            let again = try await client.post("/v1/avatars", recipe.replacing("\"mine\"", with: "\"mine-2\""))
            #expect(again.data["sha256"] == made.data["sha256"])
            let other = try await client.post(
                "/v1/avatars", recipe.replacing("\"mine\"", with: "\"mine-3\"").replacing("9", with: "2"))
            #expect(other.data["sha256"] != made.data["sha256"])
            for (recipe, code, field) in [
                (#"{"skin": 4}"#, "MISSING_PARAMETER", "/recipe/like"),
                (#"{"like": "nobody"}"#, "INVALID_PARAMETER", "/recipe/like"),
                (#"{"like": "ada", "skin": 11}"#, "INVALID_PARAMETER", "/recipe/skin"),
                (#"{"like": "ada", "hair_colour": "plaid"}"#, "INVALID_PARAMETER", "/recipe/hair_colour"),
                (#"{"like": "ada", "hair_color": "black"}"#, "INVALID_PARAMETER", "/recipe/hair_color"),
                (#"{"like": "ada"}, "url": "https://a.example/b.glb""#, "INVALID_PARAMETER", "/recipe"),
            ] {
                let reply = try await client.post("/v1/avatars", #"{"recipe": \#(recipe)}"#)
                #expect((reply.status, reply.code) == (400, code), "\(reply.text)")
                #expect(reply.field == field, "\(reply.text)")
            }
        }
    }

    @Test func `a free plan's end has upgrade, byokRequired and usage`() async throws {
        let service = try await TestService()
        try await service.routes { client in
            let store = service.server.backend.store
            let account = try #require(try await store.createAccount(slug: "small", plan: "free"))
            let key = try await store.createKey(.init(name: "k", scopes: [.renders]), account: account.id)
            let small = client.with(key: key.text.text)
            for _ in 0..<100 { #expect(try await small.post("/v1/renders", Self.order).status == 202) }
            let refused = try await small.post("/v1/renders", Self.order)
            #expect((refused.status, refused.code) == (403, "FREE_TIER_LIMIT_EXCEEDED"))
            #expect(refused.message.hasPrefix("You've used 100 of your 100 free messages this month."))
            #expect(refused.json["upgrade"]?.bool == true)
            #expect(refused.json["byokRequired"]?.bool == true)
            #expect(refused.json["usage"]?["used"]?.int == 100)
            #expect(refused.json["usage"]?["remaining"]?.int == 0)
            let large = try await small.post(
                "/v1/renders", #"{"avatar_id": "ada", "text": "x", "size": "1920x1080"}"#)
            #expect((large.status, large.field) == (400, "/size"))
        }
    }

    @Test func `a drain ends event streams and long polls`() async throws {
        let service = try await TestService()
        service.renderer.hold()
        try await service.live { client in
            let made = try await client.post("/v1/renders", Self.order)
            let id = made.data["id"]?.string ?? ""
            let drain = service.server.backend.drain
            async let stream = client.stream("/v1/renders/\(id)/events")
            async let poll = client.get("/v1/renders/\(id)", headers: [.prefer: "wait=60"])
            while drain.openCount < 2 { try await Task.sleep(for: .milliseconds(5)) }
            let began = ContinuousClock.now
            drain.begin()
            // It may end before its first event is out.
            #expect(try await stream.lowercased().contains("content-type: text/event-stream\r\n"))
            let answer = try await poll
            #expect(answer.status == 200)
            #expect(answer.data["state"]?.string == "queued")
            // Less than the minute that was asked for.
            #expect(ContinuousClock.now - began < .seconds(55))
            #expect(drain.openCount == 0)
            let late = try await client.get("/v1/renders/\(id)", headers: [.prefer: "wait=60"])
            #expect((late.status, late.data["state"]?.string) == (200, "queued"))
            #expect(try await client.get("/readyz").status == 503)
        }
    }

    @Test func `a list of orders is queued whole or not at all, and its mistakes have their place`()
        async throws
    {
        let service = try await TestService()
        try await service.working { client in
            let list =
                #"[{"avatar_id": "ada", "text": "One."}, {"avatar_id": "kit", "text": "Two.", "reference": "2"}]"#
            let made = try await client.post("/v1/renders", list, headers: [.idempotencyKey: "batch-1"])
            #expect(made.status == 202)
            let ids = (made.data.array ?? []).compactMap { $0["id"]?.string }
            #expect(ids.count == 2)
            #expect(made.data[1]?["reference"]?.string == "2")
            #expect(made.data[1]?["request"]?["text"]?.string == "Two.")
            let again = try await client.post("/v1/renders", list, headers: [.idempotencyKey: "batch-1"])
            #expect((again.data.array ?? []).compactMap { $0["id"]?.string } == ids)
            #expect(again.headers[.idempotentReplayed] == "true")
            for id in ids {
                let end = try await client.get("/v1/renders/\(id)", headers: [.prefer: "wait=60"])
                #expect(end.data["state"]?.string == "succeeded")
            }
            let bad = try await client.post(
                "/v1/renders", #"[{"avatar_id": "ada", "text": "One."}, {"avatar_id": "ada"}]"#)
            #expect((bad.status, bad.code, bad.field) == (400, "MISSING_PARAMETER", "/1/text"))
            let odd = try await client.post("/v1/renders", #"[{"avatar_id": "ada", "text": "One."}, 7]"#)
            #expect((odd.status, odd.field) == (400, "/1"))
            let empty = try await client.post("/v1/renders", "[]")
            #expect((empty.status, empty.code) == (400, "INVALID_REQUEST"))
            let long = "[" + Array(repeating: Self.order, count: 101).joined(separator: ",") + "]"
            #expect(try await client.post("/v1/renders", long).status == 400)
            #expect(try await client.get("/v1/renders").data.array?.count == 2)
        }
    }

    @Test func `a clip's terms are its plan's, and a test key's clips are marked`() async throws {
        let service = try await TestService()
        try await service.working { client in
            let store = service.server.backend.store
            let account = try #require(try await store.createAccount(slug: "small", plan: "free"))
            let live = try await store.createKey(.init(name: "k", scopes: [.renders]), account: account.id)
            let test = try await store.createKey(
                .init(name: "t", mode: .test, scopes: [.renders]), account: account.id)
            for key in [live, test] {
                let made = try await client.with(key: key.text.text).post(
                    "/v1/renders", Self.order, headers: [.prefer: "wait=60"])
                #expect(made.data["state"]?.string == "succeeded")
            }
            let works = service.renderer.works
            #expect(works.map(\.terms.longestSeconds) == [60, 60])
            #expect(works.map(\.terms.isMarkedAsTest) == [false, true])
            #expect(works[1].clip.size == ImageSize(width: 640, height: 360))
        }
    }

    @Test func `the same Idempotency-Key makes one upload, one avatar and one webhook`() async throws {
        try await TestService { $0.allowPrivateURLs = true }.routes { client in
            let hook = #"{"url": "http://127.0.0.1:9/"}"#
            for (path, type, body, other) in [
                ("/v1/uploads?kind=audio", "audio/wav", "RIFF", "RIFX"),
                ("/v1/avatars?slug=my-head", "model/gltf-binary", "glTF....", "glTF!"),
                ("/v1/webhooks", "application/json", hook, #"{"url": "http://127.0.0.1:8/"}"#),
            ] {
                let headers: HTTPFields = [
                    .contentType: type, .idempotencyKey: "once \(type)".replacing(" ", with: "-"),
                ]
                let first = try await client.post(path, body, headers: headers)
                #expect(first.status == 201, "\(first.text)")
                let second = try await client.post(path, body, headers: headers)
                #expect(second.status == 201, "\(second.text)")
                #expect(first.data == second.data)
                #expect(second.headers[.idempotentReplayed] == "true")
                let mismatch = try await client.post(path, other, headers: headers)
                #expect((mismatch.status, mismatch.code) == (400, "INVALID_PARAMETER"))
            }
            #expect(try await client.get("/v1/webhooks").data.array?.count == 1)
            #expect(
                try await client.get("/v1/avatars").data.array?.filter { $0["bundled"]?.bool == false }.count
                    == 1)
        }
    }

    /// The message held the path of the file on the server, and the field was that of the library.
    @Test(arguments: [
        ("audio", "audio.bin", #""audio_id": "ID""#, "/audio_id"),
        ("background", "background.bin", #""text": "Hi.", "background_id": "ID""#, "/background_id"),
        (
            "overlay", "overlay-0.bin", #""text": "Hi.", "overlays": [{"upload_id": "ID"}]"#,
            "/overlays/0/upload_id"
        ),
        ("music", "music.bin", #""text": "Hi.", "music": {"upload_id": "ID"}"#, "/music/upload_id"),
        ("mapping", "mapping.json", #""text": "Hi.", "mapping_id": "ID""#, "/mapping_id"),
    ])
    func `an upload that cannot be used is named as the request named it`(
        _ kind: String, _ file: String, _ fields: String, _ pointer: String
    ) async throws {
        let service = try await TestService()
        try await service.working { client in
            let upload = try await client.post(
                "/v1/uploads?kind=\(kind)", "{}", headers: [.contentType: "application/octet-stream"])
            let id = try #require(upload.data["id"]?.string, "\(upload.text)")
            let path = "/srv/some where/children/clips/slot-0/work_1/\(file)"
            service.renderer.fail(
                AvatariumError(.validationError, "the file '\(path)' is wrong", context: ["path": path]))
            let made = try await client.post(
                "/v1/renders", #"{"avatar_id": "ada", \#(fields.replacing("ID", with: id))}"#,
                headers: [.prefer: "wait=60"])
            let error = try #require(made.data["error"], "\(made.text)")
            #expect(error["message"]?.string == "the file '\(id)' is wrong")
            #expect(error["context"]?["field"]?.string == pointer)
            #expect(!made.text.contains("/srv"))
            guard kind == "background" else { return }
            let preview = try await client.post(
                "/v1/renders/preview.png", #"{"avatar_id": "ada", "background_id": "\#(id)"}"#)
            #expect((preview.status, preview.field) == (400, pointer), "\(preview.text)")
            #expect(preview.message == "the file '\(id)' is wrong")
        }
    }

    @Test func `a provider's voice is spoken here, with the client's key, which nobody sees again`()
        async throws
    {
        let provider = try LocalServer { _, _ in .init(body: SpokenTone.elevenLabs("Hello.")) }
        defer { provider.stop() }
        let service = try await TestService { $0.providerURLs["elevenlabs"] = provider.url }
        try await service.working { client in
            let voice = "elevenlabs:21m00Tcm4TlvDq8ikWAM"
            let none = try await client.post(
                "/v1/renders", #"{"avatar_id": "ada", "text": "Hello.", "voice": "\#(voice)"}"#)
            #expect((none.status, none.field) == (400, "/voice"), "\(none.text)")
            let made = try await client.post(
                "/v1/renders",
                #"{"avatar_id": "ada", "text": "Hello.", "voice": "\#(voice)", "byokTTS": "sk_very_secret_key"}"#,
                headers: [.prefer: "wait=60"])
            #expect(made.data["state"]?.string == "succeeded", "\(made.text)")
            #expect(!made.text.contains("sk_very_secret_key"))
            let work = try #require(service.renderer.works.first)
            #expect(work.terms.speech == work.folder)
            #expect(provider.requests.first?.head.contains("xi-api-key: sk_very_secret_key") == true)
            #expect(!service.log.text.contains("sk_very_secret_key"))
            let local = try await client.post(
                "/v1/renders", #"{"avatar_id": "ada", "text": "Hello.", "byokTTS": "sk_x"}"#)
            #expect((local.status, local.field) == (400, "/byokTTS"))
            let id = JobID(made.data["id"]?.string ?? "")
            let account = try #require(try await service.server.backend.store.account(slug: "admin"))
            let job = try await service.server.backend.store.job(id, account: account.id)
            #expect(job?.request.text.contains("sk_very_secret_key") == false)
        }
    }

    @Test func `who asks for a video and waits is led to it`() async throws {
        try await TestService().working { client in
            let made = try await client.post(
                "/v1/renders", Self.order, headers: [.prefer: "wait=60", .accept: "video/mp4, */*;q=0.1"])
            #expect(made.status == 303, "\(made.text)")
            let url = try #require(made.headers[.location])
            let video = try await client.with(key: "").get(url)
            #expect((video.status, video.bytes) == (200, FakeRenderer.clip))
        }
    }

    @Test func `a bundled avatar's report is made once, for all who ask`() async throws {
        let service = try await TestService()
        try await service.routes { client in
            let first = try await client.get("/v1/avatars/ada/report")
            #expect(first.status == 200, "\(first.text)")
            let again = try await client.get("/v1/avatars/ada/report")
            #expect(again.data == first.data)
            #expect(service.renderer.inspections == 1)
        }
    }
}
