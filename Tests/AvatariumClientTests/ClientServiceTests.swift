import Avatarium
import AvatariumClient
import AvatariumCore
import AvatariumService
import Foundation
import HummingbirdTesting
import LocalServer
import Logging
import Testing

/// The client against the real service of this process.
struct ClientServiceTests {
    /// Draws nothing.
    private struct NoRenderer: ClipRenderer {
        private static let playlist =
            "#EXTM3U\n#EXT-X-MAP:URI=\"clip_init.mp4\"\n#EXTINF:1,\nclip_00000.m4s\n#EXT-X-ENDLIST\n"

        func render(
            _ work: RenderWork, progress: @escaping @Sendable (RenderProgress) -> Void
        ) async throws -> RenderOutcome {
            if let more = work.more { for try await _ in more {} }
            let output = work.clip.output ?? work.folder + "/clip.mp4"
            let isPlaylist = output.hasSuffix(".m3u8")
            try Data((isPlaylist ? Self.playlist : "a clip").utf8).write(to: URL(fileURLWithPath: output))
            for part in isPlaylist ? ["clip_init.mp4", "clip_00000.m4s"] : [] {
                try Data(part.utf8).write(to: URL(fileURLWithPath: "\(work.folder)/\(part)"))
            }
            let json = """
                {"output": "\(output)", "avatar": "ada", "timingSource": "espeak-ng", "durationSeconds": 2, "frames": 60,
                 "size": "640x360", "fps": "30", "wallSeconds": 1, "cpuSeconds": 1, "firstFrameSeconds": 0.1,
                 "stages": [], "digest": "00", "peakMemoryBytes": 1, "renderer": "none", "diagnostics": []}
                """
            return RenderOutcome(
                file: output, report: try JSONDecoder().decode(ClipReport.self, from: Data(json.utf8)),
                captions: nil, curves: nil)
        }

        func still(_ request: StillRequest, isTrusted: Bool) async throws -> [UInt8] { [0x89] }
        func inspect(model path: String) async throws -> JSON {
            guard FileManager.default.contents(atPath: path)?.starts(with: Data("glTF".utf8)) == true else {
                throw AvatariumError(.avatarModelInvalid, "not looked at")
            }
            return .members(["model": .object(JSONObject()), "diagnostics": .array([])])
        }
    }

    func withService(
        _ change: (inout ServiceConfiguration) -> Void = { _ in },
        _ body: @escaping @Sendable (AvatariumClient) async throws -> Void
    ) async throws {
        let folder = NSTemporaryDirectory() + "avatarium-client-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var configuration = ServiceConfiguration()
        configuration.dataFolder = folder
        configuration.port = 0
        configuration.workers = 1
        configuration.registration = true
        change(&configuration)
        let server = try await AvatariumServer(
            configuration, renderer: NoRenderer(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let key = try #require(server.firstKey)
        let workers = Task { try await server.runWorkers() }
        defer { workers.cancel() }
        try await server.application().test(.live) { live in
            let port = try #require(live.port)
            try await body(AvatariumClient(url: "http://localhost:\(port)", key: key))
        }
        workers.cancel()
        _ = try? await workers.value
        await server.backend.store.close()
    }

    @Test func `a clip is ordered, waited for, listed, downloaded and deleted`() async throws {
        try await withService { client in
            var order = RenderOrder(avatar: "ada", text: "Hello.")
            order.reference = "mine"
            let render = try await client.render(order, wait: .seconds(20), idempotencyKey: "k-1")
            #expect(render.state == .succeeded)
            #expect(render.video?.bytes == 6)
            #expect(try await client.render(order, idempotencyKey: "k-1").id == render.id)
            #expect(try await client.finished(render.id).progress.percent == 100)
            #expect(try await client.renders(reference: "mine").items.map(\.id) == [render.id])
            var last: Render.State?
            for try await step in client.events(of: render.id) { last = step.state }
            #expect(last == .succeeded)
            let file = NSTemporaryDirectory() + "client-\(UUID()).mp4"
            defer { try? FileManager.default.removeItem(atPath: file) }
            try await client.download(videoOf: render.id, to: file)
            #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == Data("a clip".utf8))
            try await client.delete(render: render.id)
            do {
                _ = try await client.render(render.id)
                Issue.record("a deleted clip is still there")
            } catch let error as AvatariumError {
                #expect(error.context["httpCode"] == "NOT_FOUND")
                #expect(error.context["requestId"]?.hasPrefix("req_") == true)
            }
        }
    }

    @Test func `accounts, logins, keys and usage`() async throws {
        try await withService { admin in
            let nobody = admin.with(key: nil)
            let made = try await nobody.createAccount(
                slug: "acme", email: "ada@acme.example", password: "correct horse")
            #expect(made.account.plan == "free")
            let login = try await nobody.logIn(email: "ada@acme.example", password: "correct horse")
            let next = try await nobody.refresh(login.token.refreshToken)
            let me = admin.with(key: next.accessToken)
            #expect(try await me.account().slug == "acme")
            try await me.changePassword(from: "correct horse", to: "battery staple")
            let key = try await me.createKey(name: "site", scopes: ["renders"])
            #expect(try await me.keys().items.map(\.id) == [key.id])
            let site = admin.with(key: key.key)
            #expect(try await site.usage().messages.limit == 100)
            try await me.revoke(key: key.id)
            for (client, code) in [(site, "E011"), (nobody, "E013")] {
                do {
                    _ = try await client.usage()
                    Issue.record("let in")
                } catch let error as AvatariumError {
                    #expect(error.code.code == code)
                }
            }
            #expect(try await me.keep(providerKey: "sk-own-key-123456", for: "openai").last4 == "3456")
            #expect(try await me.providerKeys().map(\.provider) == ["openai"])
            try await me.delete(providerKey: "openai")
            #expect(try await me.avatars().items.contains { $0.id == "ada" })
            try await nobody.logOut(next.refreshToken)
        }
    }

    @Test func `avatars are made, changed, looked at and deleted`() async throws {
        try await withService { client in
            var recipe = AvatarRecipe(like: "ada")
            recipe.hairColour = "black"
            let made = try await client.make(avatar: recipe, slug: "mine")
            #expect(made.sha256?.count == 64)
            #expect(try await client.change(avatar: made.id, name: "Me").name == "Me")
            #expect(try await client.preview(ofAvatar: "mine") == [0x89])
            recipe.hairColour = "plaid"
            do {
                _ = try await client.make(avatar: recipe)
                Issue.record("hair of plaid")
            } catch let error as AvatariumError {
                #expect(error.context["field"] == "/recipe/hair_colour")
            }
            try await client.delete(avatar: made.id)
            #expect(try await client.avatars().items.contains { $0.slug == "mine" } == false)
            let upload = try await client.upload([0x31], kind: "timings", contentType: "text/plain")
            #expect(try await client.upload(upload.id) == upload)
            try await client.delete(upload: upload.id)
        }
    }

    @Test func `webhooks are made, tested, rotated and deleted`() async throws {
        let receiver = try LocalServer { _, _ in LocalServer.Answer(body: "") }
        defer { receiver.stop() }
        let url = receiver.url
        try await withService {
            $0.allowPrivateURLs = true
        } _: { client in
            let webhook = try await client.createWebhook(url: "\(url)/hook", events: ["render.succeeded"])
            #expect(webhook.secret?.hasPrefix("whsec_") == true)
            #expect(try await client.webhook(webhook.id).secret == nil)
            #expect(try await client.webhooks().items.map(\.id) == [webhook.id])
            let rotated = try await client.rotate(webhookSecret: webhook.id)
            #expect(rotated.secret != webhook.secret)
            let sent = try await client.test(webhook: webhook.id)
            #expect(try await client.deliveries(to: webhook.id).items.map(\.id) == [sent.id])
            #expect(try await client.change(webhook: webhook.id, enabled: false).enabled == false)
            try await client.delete(webhook: webhook.id)
            #expect(try await client.webhooks().items == [])
        }
    }

    @Test func `a conversation, streamed and ended`() async throws {
        let chunks = ["Hello", " there.", " Good bye."].map {
            #"data: {"choices":[{"delta":{"content":"\#($0)"}}]}"# + "\n\n"
        }
        let body =
            chunks.joined() + #"data: {"choices":[{"delta":{},"finish_reason":"stop"}]}"#
            + "\n\ndata: [DONE]\n\n"
        let model = try LocalServer { _, _ in LocalServer.Answer(body: body) }
        defer { model.stop() }
        let url = model.url
        try await withService {
            $0.aiBaseURL = url
        } _: { client in
            let session = try await client.beginSession(
                ConversationStart(avatar: "ada", ai: .init(provider: "openai", model: "m-1")))
            let conversation = try await client.beginConversation(session: session.id)
            var text = ""
            var reply: Reply?
            var last: Render?
            for try await event in try client.stream("Hi.", in: conversation.id) {
                switch event {
                case .delta(let more): text += more
                case .reply(let whole): reply = whole
                case .render(let render): last = render
                }
            }
            #expect(text == "Hello there. Good bye.")
            #expect(reply?.content == text)
            #expect(last?.state == .succeeded)
            let second = try await client.say("And?", in: conversation.id)
            #expect(second.text == text)
            #expect(try await client.messages(in: conversation.id).items.count == 4)
            #expect(try await client.end(conversation: conversation.id).endedAt != nil)
            do {
                _ = try await client.say("More?", in: conversation.id)
                Issue.record("an ended conversation took a message")
            } catch let error as AvatariumError {
                #expect(error.code == .conversationEnded)
            }
            try await client.end(session: session.id)
            do {
                _ = try await client.conversation(conversation.id)
                Issue.record("a conversation outlived its session")
            } catch let error as AvatariumError {
                #expect(error.code == .conversationNotFound)
            }
        }
    }
}
