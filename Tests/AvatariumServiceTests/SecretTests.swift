import Avatarium
import AvatariumCore
import AvatariumService
import Foundation
import LocalServer
import RenderChild
import Testing

/// Secrets that are planted everywhere a secret comes in, and looked for everywhere that something is written.
struct SecretTests {
    @Test func `no secret is in a log, an answer, a metric, the database or a file`() async throws {
        // A provider that says back what it was sent, as some do.
        let provider = try LocalServer { number, request in
            let said =
                request.head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("authorization") }
                ?? ""
            return number.isMultiple(of: 2)
                ? LocalServer.Answer(
                    status: 401, body: #"{"error": {"message": "bad key: \#(said)", "code": "\#(said)"}}"#)
                : MessageTests.answer("Hello.")
        }
        defer { provider.stop() }
        let url = provider.url
        let master = Array("planted-master-key-of-32-bytes!!".utf8)
        let service = try await TestService {
            $0.registration = true
            $0.logLevel = .trace
            $0.masterKey = master
            $0.providerURLs = ["openai": url]
            $0.providerKeys = ["openai": "planted-server-key-0001"]
        }
        let folder = service.folder
        let planted = [
            "planted-server-key-0001", "planted-stored-key-0002", "planted-message-key-0003",
            "planted-password-0004",
            "planted-password-0005", "planted-wrong-key-0006", String(decoding: master, as: UTF8.self),
            Data(master).base64EncodedString(),
        ]
        try await service.working { client in
            var answers: [String] = []
            func keep(_ reply: Reply) -> Reply {
                answers.append(reply.text)
                return reply
            }
            let made = try await client.post(
                "/v1/accounts",
                #"{"slug": "acme", "email": "a@acme.example", "password": "planted-password-0004"}"#)
            let access = made.data["token"]?["access_token"]?.string ?? ""
            let refresh = made.data["token"]?["refresh_token"]?.string ?? ""
            let key = try await client.post("/v1/keys", #"{"name": "k", "scopes": ["admin"]}"#)
            let hook = try await client.post(
                "/v1/webhooks", #"{"url": "https://93.184.216.34/hook", "events": ["render.succeeded"]}"#)
            let shownOnce = [
                access, refresh, key.data["key"]?.string ?? "", client.key, hook.data["secret"]?.string ?? "",
            ]
            // Signs what the service itself sends, so it must be kept as it is.
            let kept = hook.data["secret"]?.string ?? ""
            #expect(!shownOnce.contains(""))
            let person = client.with(key: access)
            _ = keep(
                try await person.send(
                    .put, "/v1/account/password",
                    #"{"password": "planted-password-0004", "new_password": "planted-password-0005"}"#))
            _ = keep(try await client.send(.put, "/v1/byok/openai", #"{"key": "planted-stored-key-0002"}"#))
            let path = try await MessageTests.conversation(client)
            for body in [
                #"{"content": "x"}"#, #"{"content": "x"}"#,
                #"{"content": "x", "byokAI": "planted-message-key-0003"}"#,
                #"{"content": "x", "byokAI": "planted-message-key-0003"}"#,
                #"{"content": "x", "byokAI": "planted-message-key-0003", "oops": 1}"#,
            ] { _ = keep(try await client.post(path, body)) }
            _ = keep(try await client.send(.delete, "/v1/byok/openai"))
            for _ in 0..<2 { _ = keep(try await client.post(path, #"{"content": "x"}"#)) }
            _ = keep(try await client.with(key: "planted-wrong-key-0006").get("/v1/renders"))
            _ = keep(try await client.get("/v1/renders?key=planted-wrong-key-0006"))
            _ = keep(
                try await client.post(
                    "/v1/auth/login", #"{"email": "a@acme.example", "password": "planted-password-0004"}"#))
            for list in [
                "/v1/byok", "/v1/keys", "/v1/webhooks", path, "/v1/conversations", "/v1/usage", "/metrics",
                "/readyz",
            ] {
                _ = keep(try await client.get(list))
            }
            let all = planted + shownOnce
            for secret in all {
                #expect(!answers.contains { $0.contains(secret) }, "an answer has \(secret.prefix(12))")
                #expect(!service.log.text.contains(secret), "the log has \(secret.prefix(12))")
            }
            // The database with its log, objects and work files, as they lie on the disk.
            var looked = 0
            let files = FileManager.default.enumerator(atPath: folder)
            while let name = files?.nextObject() as? String {
                guard let bytes = FileManager.default.contents(atPath: "\(folder)/\(name)") else { continue }
                looked += 1
                for secret in all where secret != kept {
                    #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(name) has \(secret.prefix(12))")
                }
            }
            #expect(looked > 1)
        }
    }

    @Test func `a child process gets no secret of the server's environment`() async throws {
        let folder = NSTemporaryDirectory() + "secret-child-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let names = [
            "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GROQ_API_KEY", "GEMINI_API_KEY", "ELEVENLABS_API_KEY",
            "GOOGLE_API_KEY", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AVATARIUM_MASTER_KEY",
            "AVATARIUM_METRICS_TOKEN", "PGPASSWORD", "AVATARIUM_DATABASE",
        ]
        for name in names { setenv(name, "planted-in-the-environment", 1) }
        defer { for name in names { unsetenv(name) } }
        // A child that writes down its environment instead of drawing.
        let program = folder + "/child"
        try Data(
            "#!/bin/sh\nenv > \(folder)/seen\ntr '\\0' '\\n' < /proc/self/cmdline >> \(folder)/seen\n".utf8
        ).write(
            to: URL(fileURLWithPath: program))
        chmod(program, 0o755)
        let pool = try RenderWorkerPool(
            RenderWorkerPool.Settings(executable: program, workFolder: folder + "/work", slots: 1))
        await #expect(throws: AvatariumError.self) {
            try await pool.withWorker(trusted: true) { worker in
                _ = try await worker.clip(ClipRequest(text: "x", output: worker.folder + "/x.mp4"))
            }
        }
        let seen = try String(contentsOfFile: folder + "/seen", encoding: .utf8)
        #expect(seen.contains("MESA_SHADER_CACHE_DIR"))
        #expect(!seen.contains("planted"))
    }
}
