import AvatariumClient
import AvatariumCore
import Foundation
import Testing

/// What the client can ask for, against the description of the service.
struct ClientFieldTests {
    /// All that a clip's look and sound can be told.
    static func options(upload: (String) -> String = { $0 }) -> ClipOptions {
        var options = ClipOptions()
        options.format = "mp4"
        options.codec = "hevc"
        options.crf = 30
        options.bitrate = 800_000
        options.gop = 60
        options.poster = true
        options.size = "320x180"
        options.fps = 25
        options.quality = "draft"
        options.samples = 1
        options.camera = "waist"
        options.cameraOrbit = .init(theta: 20, radius: 1.5)
        options.cameraTarget = [0, 1.5, 0]
        options.fov = 30
        options.place = [0.1, 0]
        options.scale = 0.8
        options.variant = "evening"
        options.background = "#d9dee4"
        options.backgroundID = upload("background")
        options.backgroundLoop = false
        options.environment = "studio"
        options.environmentID = upload("environment")
        options.exposure = 1.2
        options.toneMap = "neutral"
        options.keyLight = true
        options.modelLights = false
        options.faceMaterials = true
        options.emotions = [.init("happy", strength: 0.5, start: 0, end: 1)]
        options.gestures = "off"
        options.idle = true
        options.seed = 7
        options.animation = [.init("Wave", start: 0.5, loop: false)]
        options.bodyID = upload("body")
        options.captions = [.soft, .burn]
        var style = ClipOptions.CaptionStyle()
        style.font = "DejaVu Sans"
        style.size = 6
        style.color = "white"
        style.outline = "black"
        style.box = "#000000a0"
        style.highlight = "#ffd54a"
        style.position = "top"
        options.captionStyle = style
        var logo = ClipOptions.Overlay(uploadID: upload("overlay"), place: .named("top-left"))
        logo.size = 0.2
        logo.start = 0
        logo.end = 2
        logo.opacity = 0.9
        logo.loop = false
        options.overlays = [logo, .init(uploadID: upload("overlay"), place: .at(x: 0.5, y: 0.9))]
        var music = ClipOptions.Music(uploadID: upload("music"))
        music.level = -20
        music.duck = 8
        music.fade = 0.5
        music.loop = true
        options.music = music
        options.pad = .init(start: 0.2, end: 0.4)
        options.fade = 0.2
        options.loudness = -16
        return options
    }

    /// All that an order can have, contradictions included.
    static func order() -> RenderOrder {
        var order = RenderOrder(avatar: "ada", text: "Hello.", voice: "en-us")
        order.cast = [.init(name: "ADA", avatar: "ada", voice: "en-us", variant: "evening")]
        order.ssml = false
        order.rate = 1
        order.pitch = 1
        order.byokTTS = "key"
        order.audioID = "upl_1"
        order.audioURL = "https://example.org/a.wav"
        order.timings = "{}"
        order.timingsID = "upl_2"
        order.transcript = "Hello."
        order.language = "en-us"
        order.speaker = "A"
        order.mapping = "{}"
        order.mappingID = "upl_3"
        order.performance = "{}"
        order.performanceID = "upl_4"
        order.options = options()
        order.reference = "mine"
        order.priority = 1
        order.deadlineSeconds = 600
        order.webhookURL = "https://example.org/hook"
        return order
    }

    private static func json(_ value: some Encodable) throws -> JSON {
        try JSONParser.parse([UInt8](try JSONEncoder().encode(value)))
    }

    private static func names(_ value: JSON?) -> Set<String> { Set(value?.object?.keys ?? []) }

    @Test func `the client has every field of a clip that the service has`() throws {
        // What a test of the service holds against its routes.
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../Sources/AvatariumService/PageFiles/openapi.json")
        let document = try JSONParser.parse([UInt8](try Data(contentsOf: file)))
        func known(_ schema: String) -> JSON? { document["components"]?["schemas"]?[schema] }
        let order = try Self.json(Self.order())
        let clip = known("RenderRequest")?["properties"]
        #expect(Self.names(order) == Self.names(clip))
        #expect(Self.names(try Self.json(Self.options())) == Self.names(known("ReplyClip")?["properties"]))
        func parts(_ schema: JSON?) -> Set<String> {
            (schema?["anyOf"]?.array ?? []).reduce(into: Self.names(schema?["properties"])) { all, choice in
                all.formUnion(Self.names(choice["properties"]))
                all.formUnion(Self.names(choice["items"]?["properties"]))
                for item in choice["items"]?["anyOf"]?.array ?? [] {
                    all.formUnion(Self.names(item["properties"]))
                }
            }
        }
        #expect(Self.names(order["cast"]?[0]) == parts(known("CastMember")))
        #expect(Self.names(order["caption_style"]) == parts(known("CaptionStyle")))
        #expect(Self.names(order["overlays"]?[0]) == parts(known("Overlay")))
        #expect(Self.names(order["music"]) == parts(known("Music")))
        #expect(Self.names(order["emotions"]?[0]) == parts(clip?["emotions"]?["items"]))
        #expect(Self.names(order["animation"]?[0]) == parts(clip?["animation"]))
    }

    @Test func `the service takes what the client sends`() async throws {
        try await ClientServiceTests().withService { client in
            var uploads: [String: String] = [:]
            for kind in ["background", "environment", "body", "overlay", "music"] {
                uploads[kind] = try await client.upload([1, 2, 3], kind: kind, contentType: "audio/wav").id
            }
            let ids = uploads
            var order = RenderOrder(avatar: "ada", text: "Hello.")
            order.options = Self.options { ids[$0] ?? "" }
            // What excludes one another.
            order.crf = nil
            order.background = nil
            order.environment = nil
            order.performance = #"{"gestures": [{"gesture": "nod", "start": 0.5}]}"#
            let render = try await client.render(order, wait: .seconds(20))
            #expect(render.state == .succeeded, "\(String(describing: render.error))")
            let talk = RenderOrder(
                cast: [.init(name: "ADA", avatar: "ada"), .init(name: "KIT", avatar: "kit", voice: "en-gb")],
                text: "ADA: Hello. KIT: Hi!")
            #expect(try await client.render(talk, wait: .seconds(20)).state == .succeeded)
        }
    }

    @Test func `a clip in segments is downloaded with what its playlist names`() async throws {
        try await ClientServiceTests().withService { client in
            var order = RenderOrder(avatar: "ada", text: "Hello.")
            order.format = "hls"
            let render = try await client.render(order, wait: .seconds(20))
            let folder = NSTemporaryDirectory() + "client-\(UUID())"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let playlist = try await client.download(hlsOf: render.id, to: folder)
            #expect(playlist == folder + "/clip.m3u8")
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            #expect(names == ["clip.m3u8", "clip_00000.m4s", "clip_init.mp4"])
        }
    }
}
