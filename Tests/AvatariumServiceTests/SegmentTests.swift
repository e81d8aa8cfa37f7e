import Avatarium
import AvatariumCore
import AvatariumService
import Crypto
import Foundation
import ObjectStorage
import Testing

/// Clips as HTTP Live Streaming.
struct SegmentTests {
    private func made(_ client: Client) async throws -> Reply {
        let reply = try await client.post(
            "/v1/renders", #"{"avatar_id": "ada", "text": "Hi.", "format": "hls"}"#,
            headers: [.prefer: "wait=20"])
        #expect(reply.data["state"]?.string == "succeeded", "\(reply.text)")
        return reply
    }

    @Test func `a clip in segments is a playlist and what it names`() async throws {
        let service = try await TestService()
        try await service.working { client in
            let made = try await made(client)
            let id = made.data["id"]?.string ?? ""
            let video = try #require(made.data["video"])
            #expect(video["content_type"]?.string == "application/vnd.apple.mpegurl")
            #expect(video["path"]?.string == "/v1/renders/\(id)/hls/clip.m3u8")
            let whole = FakeRenderer.parts.map(\.1).joined()
            #expect(video["bytes"]?.int == whole.utf8.count)
            #expect(
                video["sha256"]?.string
                    == SHA256.hash(data: Data(whole.utf8)).map { String(format: "%02x", $0) }.joined())
            let playlist = try await client.get("/v1/renders/\(id)/hls/clip.m3u8")
            #expect(playlist.text == FakeRenderer.playlist)
            #expect(playlist.headers[.contentType] == "application/vnd.apple.mpegurl")
            for (name, text) in FakeRenderer.parts {
                let part = try await client.get("/v1/renders/\(id)/hls/\(name)")
                #expect(part.text == text)
                #expect(
                    part.headers[.contentType] == (name.hasSuffix(".mp4") ? "video/mp4" : "video/iso.segment")
                )
                let tag = try #require(part.headers[.eTag])
                let range = try await client.get(
                    "/v1/renders/\(id)/hls/\(name)", headers: [.range: "bytes=1-3", .ifRange: tag])
                #expect((range.status, range.text) == (206, String(text.dropFirst().prefix(3))))
                #expect(range.headers[.contentRange] == "bytes 1-3/\(text.utf8.count)")
                let known = try await client.get(
                    "/v1/renders/\(id)/hls/\(name)", headers: [.ifNoneMatch: tag])
                #expect(known.status == 304)
            }
            let moved = try await client.get("/v1/renders/\(id)/video")
            #expect((moved.status, moved.headers[.location]) == (302, "/v1/renders/\(id)/hls/clip.m3u8"))
            for name in [
                "clip_00002.m4s", "clip_0.m4s", "clip_-0001.m4s", "clip", "..", "%2e%2e", "clip_init.m4s",
            ] {
                let none = try await client.get("/v1/renders/\(id)/hls/\(name)")
                #expect((none.status, none.code) == (404, "NOT_FOUND"), "\(name): \(none.text)")
            }
            #expect(try await client.with(key: "").get("/v1/renders/\(id)/hls/clip.m3u8").status == 401)
        }
    }

    @Test func `a signed playlist names signed parts, by names beside its own`() async throws {
        let service = try await TestService()
        try await service.working { client in
            let url = try #require(try await made(client).data["video"]?["url"]?.string)
            let stranger = client.with(key: "")
            let playlist = try await stranger.get(url)
            #expect(playlist.status == 200, "\(playlist.text)")
            #expect(playlist.headers[.contentType] == "application/vnd.apple.mpegurl")
            let folder = url.prefix { $0 != "?" }.split(separator: "/").dropLast().joined(separator: "/")
            var read: [String] = []
            for line in playlist.text.split(separator: "\n") {
                let named = line.firstMatch(of: #/URI="([^"]*)"/#)?.1 ?? (line.hasPrefix("#") ? nil : line)
                guard let named else { continue }
                #expect(!named.contains("/") && !named.contains(":"))
                let part = try await stranger.get("/\(folder)/\(named)")
                #expect(part.status == 200, "\(named): \(part.text)")
                read.append(part.text)
                let unsigned = try await stranger.get("/\(folder)/\(named.prefix { $0 != "?" })")
                #expect(unsigned.status == 403)
            }
            #expect(read == FakeRenderer.parts.map(\.1))
            let forged = try await stranger.get(url.replacing("exp=", with: "exp=1"))
            #expect(forged.status == 403)
        }
    }

    @Test func `a clip that is deleted leaves no segment`() async throws {
        let service = try await TestService()
        let objects = service.server.backend.objects
        try await service.working { client in
            let id = try await made(client).data["id"]?.string ?? ""
            let before = try await objects.list(prefix: "accounts/", after: nil, limit: 100)
            #expect(before.count { $0.key.description.contains("/jobs/\(id)/") } == 6)
            #expect(try await client.send(.delete, "/v1/renders/\(id)").status == 204)
            #expect(try await client.get("/v1/renders/\(id)/hls/clip_00000.m4s").status == 404)
            // All of them are under the prefix that the sweeper deletes.
            let prefix = before.first { $0.key.description.contains(id) }?.key.description.split(
                separator: "/"
            )
            .prefix(4).joined(separator: "/")
            #expect(before.allSatisfy { $0.key.description.hasPrefix(prefix ?? "-") })
        }
    }

    @Test func `what segments cannot be is refused, and a clip in one file has none`() async throws {
        let service = try await TestService()
        try await service.working { client in
            for (field, place) in [
                (#""captions": "soft""#, "/captions"), (#""background": "transparent""#, "/background"),
                (#""codec": "vp9""#, "/codec"),
            ] {
                let reply = try await client.post(
                    "/v1/renders", #"{"avatar_id": "ada", "text": "Hi.", "format": "hls", \#(field)}"#)
                #expect((reply.status, reply.field) == (400, place), "\(reply.text)")
            }
            // Who asks for JSON does not get the playlist for it.
            let json = try await client.post(
                "/v1/renders", #"{"avatar_id": "ada", "text": "Hi.", "format": "hls"}"#,
                headers: [.prefer: "wait=20", .accept: "application/json"])
            #expect(json.status == 201)
            let file = try await client.post(
                "/v1/renders", #"{"avatar_id": "ada", "text": "Hi."}"#, headers: [.prefer: "wait=20"])
            let none = try await client.get("/v1/renders/\(file.data["id"]?.string ?? "")/hls/clip.m3u8")
            #expect((none.status, none.code) == (404, "NOT_FOUND"))
            #expect(none.message.contains("format: hls"))
        }
    }
}
