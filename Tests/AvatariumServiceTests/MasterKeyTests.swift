import Avatarium
import AvatariumCore
import AvatariumService
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import LocalServer
import ServiceStore
import Synchronization
import Testing

/// What an operator does who replaces the master key.
struct MasterKeyTests {
    @Test func `a rotation seals every secret anew, and what was asked before goes on`() async throws {
        let model = try LocalServer { _, _ in MessageTests.answer("Hello.") }
        let voice = try LocalServer { _, _ in .init(body: SpokenTone.elevenLabs("Hello.")) }
        defer {
            model.stop()
            voice.stop()
        }
        let before = try await TestService {
            $0.providerURLs = ["openai": model.url, "elevenlabs": voice.url]
        }
        defer { try? FileManager.default.removeItem(atPath: before.folder) }
        let asked = Mutex<[String: String]>([:])
        try await before.server.application().test(.router) { connection in
            let client = Client(base: connection, key: before.key)
            func id(_ reply: Reply) -> String { reply.data["id"]?.string ?? reply.text }
            let settings =
                #"{"avatar_id": "ada", "ai": {"provider": "openai", "model": "m"}, "byokAI": "sk-session"}"#
            let session = try await client.post("/v1/sessions", settings)
            let conversation = try await client.post(
                "/v1/conversations", #"{"session_id": "\#(id(session))"}"#)
            let clip = try await client.post(
                "/v1/renders",
                #"{"avatar_id": "ada", "text": "Hi.", "voice": "elevenlabs:21m00Tcm4TlvDq8ikWAM", "byokTTS": "sk_clip"}"#
            )
            let key = try await client.post(
                "/v1/keys", #"{"name": "k"}"#, headers: [.idempotencyKey: "once"])
            let hook = try await client.post(
                "/v1/webhooks", #"{"url": "https://93.184.216.34/hook", "events": ["render.succeeded"]}"#)
            let stored = try await client.send(.put, "/v1/byok/openai", #"{"key": "sk-stored"}"#)
            #expect(
                [session, conversation, clip, key, hook, stored].map(\.status) == [
                    201, 201, 202, 201, 201, 200,
                ],
                "\(clip.text)")
            let made = [
                "session": id(session), "conversation": id(conversation), "clip": id(clip), "hook": id(hook),
                "secret": hook.data["secret"]?.string ?? "",
            ]
            asked.withLock { $0 = made }
        }
        await before.server.backend.store.close()
        let ids = asked.withLock { $0 }

        var configuration = ServiceConfiguration()
        configuration.dataFolder = before.folder
        configuration.providerURLs = ["openai": model.url, "elevenlabs": voice.url]
        let oldKey = try #require(Data(base64Encoded: try keyFile(before.folder)))
        let administration = try await Administration(configuration)
        try await administration.rotateMasterKey(to: nil)
        await administration.close()
        let newKey = try #require(Data(base64Encoded: try keyFile(before.folder)))
        #expect(oldKey != newKey && newKey.count == 32)
        #expect(!FileManager.default.fileExists(atPath: before.folder + "/master.key.next"))

        var old = configuration
        old.masterKey = [UInt8](oldKey)
        let refusal = await #expect(throws: AvatariumError.self) {
            _ = try await AvatariumServer(old, renderer: FakeRenderer())
        }
        #expect(refusal?.code == .invalidConfig)

        let server = try await AvatariumServer(configuration, renderer: FakeRenderer())
        let sealed = try await server.backend.store.database.read { connection in
            try [
                "settings FROM sessions", "settings FROM conversations", "request FROM jobs",
                "body FROM idempotency",
            ]
            .flatMap { try connection.rows("SELECT \(raw: $0)") }
            .map { "\($0.values)" }.filter { $0.contains("sealed") }
        }
        // The version is a number that follows from the key; the clip, the session and its conversation have one.
        #expect(sealed.count == 3)
        #expect(Set(sealed.compactMap { $0.firstMatch(of: /version.{1,3}:(\d+)/)?.1 }).count == 1)
        let workers = Task { try await server.runWorkers() }
        try await server.application().test(.live) { connection in
            let client = Client(base: connection, key: before.key)
            let clip = try await client.get("/v1/renders/\(ids["clip"] ?? "")", headers: [.prefer: "wait=60"])
            #expect(clip.data["state"]?.string == "succeeded", "\(clip.text)")
            let reply = try await client.post(
                "/v1/conversations/\(ids["conversation"] ?? "")/messages", #"{"content": "Hi."}"#)
            #expect(reply.status == 201, "\(reply.text)")
            let begun = try await client.post(
                "/v1/conversations", #"{"avatar_id": "ada", "ai": {"provider": "openai", "model": "m"}}"#)
            let other = try await client.post(
                "/v1/conversations/\(begun.data["id"]?.string ?? "")/messages", #"{"content": "Hi."}"#)
            #expect(other.status == 201, "\(other.text)")
            let rotated = try await client.post("/v1/webhooks/\(ids["hook"] ?? "")/rotate")
            #expect(rotated.status == 200, "\(rotated.text)")
            // Its fingerprint was made with the old key: the same key is no proof of the same request.
            let again = try await client.post(
                "/v1/keys", #"{"name": "k"}"#, headers: [.idempotencyKey: "once"])
            #expect((again.status, again.code) == (400, "INVALID_PARAMETER"), "\(again.text)")
        }
        let account = try #require(try await server.backend.store.account(slug: "admin"))
        let hook = try await server.backend.store.webhookEndpoint(
            WebhookEndpointID(ids["hook"] ?? ""), account: account.id)
        #expect(hook?.previousSecret == ids["secret"])
        workers.cancel()
        _ = try? await workers.value
        await server.backend.store.close()
        #expect(voice.requests.first?.head.contains("xi-api-key: sk_clip") == true)
        let bearers = model.requests.map { $0.head.lowercased() }
        #expect(bearers.first?.contains("bearer sk-session") == true)
        #expect(bearers.last?.contains("bearer sk-stored") == true)
    }

    @Test func `a rotation that was interrupted goes on with the same key, and no server starts meanwhile`()
        async throws
    {
        let service = try await TestService()
        defer { try? FileManager.default.removeItem(atPath: service.folder) }
        await service.server.backend.store.close()
        var configuration = ServiceConfiguration()
        configuration.dataFolder = service.folder
        // As if the process had died after it sealed, before it put the key in its place.
        let next = [UInt8](repeating: 7, count: 32)
        let interrupted = try await Administration(configuration)
        try await interrupted.rotateMasterKey(to: next)
        await interrupted.close()
        try Data(next).base64EncodedString().write(
            toFile: service.folder + "/master.key.next", atomically: true, encoding: .utf8)
        let refusal = await #expect(throws: AvatariumError.self) {
            _ = try await AvatariumServer(configuration, renderer: FakeRenderer())
        }
        #expect(refusal?.message.contains("master-key rotate") == true)
        let resumed = try await Administration(configuration)
        try await resumed.rotateMasterKey(to: nil)
        await resumed.close()
        #expect(Data(base64Encoded: try keyFile(service.folder)) == Data(next))
        let server = try await AvatariumServer(configuration, renderer: FakeRenderer())
        await server.backend.store.close()
    }

    @Test func `a rotation without the current key, to the same or to none is refused`() async throws {
        let service = try await TestService()
        defer { try? FileManager.default.removeItem(atPath: service.folder) }
        await service.server.backend.store.close()
        var configuration = ServiceConfiguration()
        configuration.dataFolder = service.folder
        let current = try #require(Data(base64Encoded: try keyFile(service.folder)))
        func refusal(
            _ key: [UInt8]?, to next: [UInt8]?
        ) async throws -> ErrorCode? {
            var changed = configuration
            changed.masterKey = key
            let administration = try await Administration(changed)
            let error = await #expect(throws: AvatariumError.self) {
                try await administration.rotateMasterKey(to: next)
            }
            await administration.close()
            return error?.code
        }
        #expect(try await refusal([UInt8](current), to: nil) == .missingRequiredField)
        #expect(try await refusal(nil, to: [UInt8](current)) == .invalidConfig)
        let wrong = [UInt8](repeating: 9, count: 32)
        #expect(try await refusal(wrong, to: [UInt8](repeating: 8, count: 32)) == .invalidConfig)
        try FileManager.default.removeItem(atPath: service.folder + "/master.key")
        #expect(try await refusal(nil, to: nil) == .invalidConfig)
        // Nothing was changed.
        configuration.masterKey = [UInt8](current)
        let server = try await AvatariumServer(configuration, renderer: FakeRenderer())
        await server.backend.store.close()
    }

    private func keyFile(_ folder: String) throws -> String {
        try String(contentsOfFile: folder + "/master.key", encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
