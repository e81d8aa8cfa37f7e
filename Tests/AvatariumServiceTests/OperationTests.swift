import Avatarium
import AvatariumCore
import AvatariumService
import Foundation
import LocalServer
import Synchronization
import Testing

/// What those who run the service see.
struct OperationTests {
    @Test func `OpenAPI has every route and no other`() async throws {
        let service = try await TestService()
        let routes = Set(
            service.server.routes.routes.map {
                "\($0.method.rawValue) \($0.path.replacing("**", with: "{key}"))"
            })
        try await service.routes { client in
            let document = try await client.get("/openapi.json").json
            var documented: Set<String> = []
            for path in document["paths"]?.object?.keys ?? [] {
                for method in document["paths"]?[path]?.object?.keys ?? [] {
                    documented.insert("\(method.uppercased()) \(path)")
                }
            }
            #expect(documented.subtracting(routes).isEmpty)
            #expect(routes.subtracting(documented).isEmpty)
        }
    }

    @Test func `a query parameter that a route does not have is refused, on every route`() async throws {
        let service = try await TestService()
        let routes = service.server.routes.routes
        try await service.routes { client in
            let document = try await client.get("/openapi.json").json
            for route in routes {
                let path = route.path.replacing("**", with: "{key}")
                let method = route.method.rawValue.lowercased()
                let parameters = document["paths"]?[path]?[method]?["parameters"]?.array ?? []
                let documented = parameters.filter { $0["in"]?.string == "query" }.compactMap {
                    $0["name"]?.string
                }
                guard let known = route.query else {
                    // What browsers load is loaded with whatever hangs on its address.
                    #expect(try await client.get("\(route.path)?v=1").status == 200, "\(route.path)")
                    continue
                }
                #expect(Set(known) == Set(documented), "\(method) \(path)")
                let address = path.replacing(#/\{\w+\}/#, with: "x")
                let reply = try await client.send(route.method, "\(address)?zzzzzzzz=1", "{}")
                #expect((reply.status, reply.code) == (400, "INVALID_PARAMETER"), "\(address): \(reply.text)")
                #expect(reply.field == "zzzzzzzz")
                for name in known { #expect(reply.message.contains(name), "\(reply.message)") }
            }
            let near = try await client.get("/v1/keys?limits=3")
            #expect(near.message.contains("did you mean 'limit'?"))
            // Who may not come in is not told what there would be.
            let stranger = try await client.with(key: "").get("/v1/usage?x=1")
            #expect((stranger.status, stranger.code) == (401, "UNAUTHORIZED"))
        }
    }

    @Test func `keys and addresses of providers come from the environment`() async throws {
        let configuration = try await ServiceConfiguration.read(
            flags: ["data": "/tmp/x"],
            environment: [
                "OPENAI_API_KEY": "sk-1\n", "GROQ_API_KEY": "",
                "AVATARIUM_OPENAI_URL": "http://gateway:4000/v1/",
            ])
        #expect(configuration.providerKeys == ["openai": "sk-1"])
        #expect(configuration.providerURLs == ["openai": "http://gateway:4000/v1"])
        await #expect(throws: AvatariumError.self) {
            _ = try await ServiceConfiguration.read(
                flags: [:], environment: ["AVATARIUM_GEMINI_URL": "gateway"])
        }
    }

    @Test func `an answer that nobody waits for is ended before the server goes down`() async throws {
        let service = try await TestService()
        let drain = service.server.backend.drain
        let (steps, go) = AsyncStream<Void>.makeStream()
        let done = Mutex(false)
        drain.finishing {
            for await _ in steps {}
            done.withLock { $0 = true }
        }
        drain.begin()
        let waiting = Task { await drain.workDone() }
        #expect(!done.withLock { $0 })
        go.finish()
        await waiting.value
        #expect(done.withLock { $0 })
        await service.close()
    }

    @Test func `OpenAPI lists the codes of the contract`() async throws {
        try await TestService().routes { client in
            let document = try await client.get("/openapi.json").json
            let codes = document["components"]?["schemas"]?["Error"]?["properties"]?["error"]?["properties"]?[
                "code"]?["enum"]
            #expect(
                Set((codes?.array ?? []).compactMap(\.string)) == Set(APIError.Code.allCases.map(\.rawValue)))
        }
    }

    @Test func `the page is served with a policy that lets nothing else in`() async throws {
        try await TestService().routes { client in
            for (path, type) in [
                ("/", "text/html"), ("/app.js", "text/javascript"), ("/app.css", "text/css"),
                ("/icon.svg", "image/svg"),
            ] {
                let reply = try await client.with(key: "").get(path)
                #expect(reply.status == 200)
                #expect(reply.headers[.contentType]?.hasPrefix(type) == true)
                #expect(reply.headers[.contentSecurityPolicy]?.contains("default-src 'none'") == true)
                #expect(!reply.text.contains("http://") || path == "/icon.svg")
            }
            let page = try await client.get("/").text
            #expect(!page.contains("style=") && !page.contains("onclick") && !page.contains("<script>"))
        }
    }

    @Test func `what a browser has of the page it need not load again`() async throws {
        let service = try await TestService()
        let files = service.server.routes.routes.filter { $0.query == nil }.map(\.path)
        #expect(files.count >= 11)
        try await service.routes { client in
            for path in files {
                let tag = try #require(try await client.get(path).headers[.eTag], "\(path)")
                let known = try await client.get(path, headers: [.ifNoneMatch: tag])
                #expect(known.status == 304 && known.bytes.isEmpty && known.headers[.eTag] == tag, "\(path)")
                #expect(try await client.get(path, headers: [.ifNoneMatch: #""x""#]).status == 200)
                #expect(try await client.get(path, headers: [.ifMatch: #""x""#]).status == 412)
            }
        }
    }

    @Test func `health, readiness and metrics answer`() async throws {
        try await TestService().routes { client in
            #expect(try await client.get("/healthz").status == 200)
            #expect(try await client.get("/readyz").status == 200)
            _ = try await client.get("/v1/renders/job_x")
            let metrics = try await client.get("/metrics")
            #expect(metrics.status == 200, "\(metrics.text)")
            #expect(
                metrics.text.contains(
                    "avatarium_http_requests_total{method=\"GET\",route=\"/v1/renders/{id}\",status=\"404\"} 1"
                ))
        }
    }

    @Test func `metrics with a token ask for it`() async throws {
        try await TestService { $0.metricsToken = "let-me-see" }.routes { client in
            let stranger = try await client.get("/metrics")
            #expect((stranger.status, stranger.code) == (401, "UNAUTHORIZED"))
            let monitor = try await client.with(key: "let-me-see").get("/metrics")
            #expect(monitor.status == 200)
        }
    }

    @Test func `every request is one line of JSON without secrets`() async throws {
        let service = try await TestService()
        try await service.routes { client in
            _ = try await client.get("/v1/renders?reference=av_live_notakey", headers: [.requestID: "mine"])
            let line = try #require(service.log.all.first { $0.contains("/v1/renders") })
            let json = try JSONParser.parse(line.trimmingCharacters(in: .newlines))
            #expect(json["route"]?.string == "/v1/renders")
            #expect(json["status"]?.int == 200)
            #expect(json["clientRequestId"]?.string == "mine")
            #expect(json["requestId"]?.string?.hasPrefix("req_") == true)
            #expect(!line.contains("av_live_notakey"))
            #expect(!line.contains(client.key))
        }
    }

    @Test func `flags win over the environment, which wins over the file`() async throws {
        let file = NSTemporaryDirectory() + "avatarium-config-\(UUID().uuidString).json"
        try Data(#"{"port": 1, "host": "::1", "max-text": 77, "allow-private-urls": true}"#.utf8).write(
            to: URL(fileURLWithPath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }
        let configuration = try await ServiceConfiguration.read(
            flags: ["port": "3"], environment: ["AVATARIUM_PORT": "2", "AVATARIUM_HOST": "0.0.0.0"],
            file: file)
        #expect(configuration.port == 3)
        #expect(configuration.host == "0.0.0.0")
        #expect(configuration.maxText == 77)
        #expect(configuration.allowPrivateURLs)
    }

    @Test(arguments: [
        ("port", "seventy"), ("role", "boss"), ("public-url", "nowhere"), ("master-key", "c2hvcnQ="),
        ("models", "/dev/zero"), ("master-key-file", "/dev/zero"), ("master-key-file", "/tmp"),
    ])
    func `a setting that cannot be is E071 with its name`(_ name: String, _ value: String) async throws {
        let error = await #expect(throws: AvatariumError.self) {
            _ = try await ServiceConfiguration.read(flags: [name: value], environment: [:])
        }
        #expect(error?.code == .invalidConfig)
        #expect(error?.context["field"] == "/\(name)")
    }

    @Test(arguments: ["/dev/zero", "/tmp", "/nowhere/at/all"])
    func `a configuration or plans that are no file are refused in words`(_ path: String) async throws {
        let configuration = await #expect(throws: AvatariumError.self) {
            _ = try await ServiceConfiguration.read(flags: [:], environment: [:], file: path)
        }
        let plans = #expect(throws: AvatariumError.self) { _ = try Plans(file: path) }
        for error in [configuration, plans] {
            #expect(error?.code == .invalidConfig)
            #expect(error?.message.contains(path) == true)
            #expect(error?.message.contains("NSCocoaErrorDomain") == false, "\(error?.message ?? "")")
        }
    }

    @Test func `a misspelt setting in the file is refused with the nearest`() async throws {
        let file = NSTemporaryDirectory() + "avatarium-config-\(UUID().uuidString).json"
        try Data(#"{"prot": 1}"#.utf8).write(to: URL(fileURLWithPath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }
        let error = await #expect(throws: AvatariumError.self) {
            _ = try await ServiceConfiguration.read(flags: [:], environment: [:], file: file)
        }
        #expect(error?.message.contains("port") == true)
    }

    @Test func `an address that cannot be had is E071 with its setting`() async throws {
        let other = try LocalServer { _, _ in .init() }
        defer { other.stop() }
        let taken = try #require(other.url.split(separator: ":").last.flatMap { Int($0) })
        for (host, port, field) in [("127.0.0.1", taken, "/port"), ("192.0.2.1", 0, "/host")] {
            let service = try await TestService { ($0.host, $0.port) = (host, port) }
            let error = await #expect(throws: AvatariumError.self) { try await service.server.run() }
            #expect((error?.code, error?.context["field"]) == (.invalidConfig, field))
            await service.close()
        }
    }

    @Test func `a second server on the same folder is refused`() async throws {
        let service = try await TestService()
        let error = await #expect(throws: AvatariumError.self) {
            var configuration = ServiceConfiguration()
            configuration.dataFolder = service.folder
            _ = try await AvatariumServer(configuration, renderer: FakeRenderer())
        }
        #expect(error?.code == .invalidConfig)
        await service.close()
    }
}
