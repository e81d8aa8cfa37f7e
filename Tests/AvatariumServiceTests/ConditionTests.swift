import Avatarium
import AvatariumCore
import AvatariumService
import Foundation
import HTTPTypes
import ServiceStore
import Testing

/// ETag, If-None-Match and If-Match (RFC 9110 section 13).
struct ConditionTests {
    /// Makes one of each thing that has versions.
    /// - Returns: what GET shows, and the changes that depend on it.
    private func things(_ client: Client) async throws -> [(
        show: String, changes: [(String, String, String?)]
    )] {
        func made(_ path: String, _ body: String, _ type: String = "application/json") async throws -> String
        {
            let reply = try await client.post(path, body, headers: [.contentType: type])
            return try #require(reply.data["id"]?.string, "\(reply.text)")
        }
        let avatar = "/v1/avatars/" + (try await made("/v1/avatars?slug=mine", "glTF", "model/gltf-binary"))
        let hook = "/v1/webhooks/" + (try await made("/v1/webhooks", #"{"url": "https://93.184.216.34/x"}"#))
        let upload = "/v1/uploads/" + (try await made("/v1/uploads?kind=audio", "RIFF", "audio/wav"))
        let session = "/v1/sessions/" + (try await made("/v1/sessions", #"{"avatar_id": "ada"}"#))
        let talk = "/v1/conversations/" + (try await made("/v1/conversations", #"{"avatar_id": "ada"}"#))
        let render = "/v1/renders/" + (try await made("/v1/renders", #"{"avatar_id": "ada", "text": "Hi."}"#))
        return [
            ("/v1/account", [("PATCH", "/v1/account", #"{"name": "Another"}"#)]),
            (avatar, [("PATCH", avatar, #"{"name": "Another"}"#), ("DELETE", avatar, nil)]),
            (
                hook,
                [
                    ("PATCH", hook, #"{"description": "another"}"#), ("POST", hook + "/rotate", nil),
                    ("DELETE", hook, nil),
                ]
            ),
            (upload, [("DELETE", upload, nil)]),
            (session, [("DELETE", session, nil)]),
            (talk, [("POST", talk + "/end", nil), ("DELETE", talk, nil)]),
            (
                render,
                [
                    ("POST", render + "/cancel", nil), ("POST", render + "/retry", nil),
                    ("DELETE", render, nil),
                ]
            ),
        ]
    }

    @Test func `a change is made only to the version that the client has seen`() async throws {
        let service = try await TestService()
        try await service.routes { client in
            for (show, changes) in try await things(client) {
                for (method, path, body) in changes {
                    let seen = try await client.get(show)
                    let tag = try #require(seen.headers[.eTag], "\(show)")
                    let method = try #require(HTTPRequest.Method(method))
                    for stale in [#""another""#, "W/\(tag)", #""a", "b""#] {
                        let refused = try await client.send(method, path, body, headers: [.ifMatch: stale])
                        #expect(
                            (refused.status, refused.code, refused.field) == (
                                412, "INVALID_REQUEST", "If-Match"
                            ),
                            "\(method) \(path) \(stale): \(refused.text)")
                    }
                    #expect(
                        try await client.get(show).headers[.eTag] == tag, "\(path) was changed all the same")
                    let wrong = try await client.send(method, path, body, headers: [.ifMatch: "no quotes"])
                    #expect((wrong.status, wrong.code, wrong.field) == (400, "INVALID_PARAMETER", "If-Match"))
                    let done = try await client.send(
                        method, path, body, headers: [.ifMatch: "\"another\", \(tag)"])
                    #expect((200..<300).contains(done.status), "\(method) \(path): \(done.text)")
                    if method == .patch {
                        let now = try await client.get(show).headers[.eTag]
                        #expect(now != tag && now == done.headers[.eTag], "\(path)")
                    }
                }
            }
        }
    }

    @Test func `what a client has already is 304`() async throws {
        try await TestService().routes { client in
            for (show, _) in try await things(client) where !show.hasPrefix("/v1/renders") {
                let tag = try #require(try await client.get(show).headers[.eTag])
                let known = try await client.get(show, headers: [.ifNoneMatch: "\"x\", W/\(tag)"])
                #expect(known.status == 304 && known.bytes.isEmpty, "\(show)")
                #expect(known.headers[.eTag] == tag)
                #expect(try await client.get(show, headers: [.ifNoneMatch: "\"x\""]).status == 200)
                #expect(try await client.get(show, headers: [.ifMatch: "\"x\""]).status == 412)
                #expect(try await client.send(.head, show, headers: [.ifMatch: tag]).headers[.eTag] == tag)
            }
        }
    }

    @Test func `of twenty changes to one version one is made`() async throws {
        try await TestService().routes { client in
            let tag = try #require(try await client.get("/v1/account").headers[.eTag])
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        try await client.send(
                            .patch, "/v1/account", #"{"name": "n\#(number)"}"#, headers: [.ifMatch: tag]
                        ).status
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.count { $0 == 200 } == 1)
            #expect(statuses.count { $0 == 412 } == 19)
        }
    }

    @Test func `a path without versions takes no If-Match`() async throws {
        let service = try await TestService()
        let routes = service.server.routes.routes
        try await service.routes { client in
            for route in routes where !route.hasVersions && route.query != nil {
                let path = route.path.replacing(#/\{\w+\}/#, with: "x").replacing("**", with: "x")
                let reply = try await client.send(route.method, path, headers: [.ifMatch: #""x""#])
                #expect((reply.status, reply.code) == (412, "INVALID_REQUEST"), "\(path): \(reply.text)")
            }
            // Somebody else's is not there, whatever is asked of its version.
            let none = try await client.send(.delete, "/v1/avatars/x", headers: [.ifMatch: #""x""#])
            #expect((none.status, none.code) == (404, "AVATAR_NOT_FOUND"))
        }
    }

    @Test func `OpenAPI says where there are versions`() async throws {
        let service = try await TestService()
        let routes = service.server.routes.routes
        try await service.routes { client in
            let document = try await client.get("/openapi.json").json
            for route in routes {
                let path = route.path.replacing("**", with: "{key}")
                let described = document["paths"]?[path]?[route.method.rawValue.lowercased()]
                let headers = (described?["parameters"]?.array ?? []).compactMap { $0["name"]?.string }
                #expect(headers.contains("If-Match") == route.hasVersions, "\(route.method) \(path)")
                #expect((described?["responses"]?["412"] != nil) == route.hasVersions, "\(path)")
            }
        }
    }
}
