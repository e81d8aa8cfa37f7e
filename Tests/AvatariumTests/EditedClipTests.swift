import Avatarium
import AvatariumCore
import Foundation
import Media
import ProcessRunner
import Testing

/// What is laid around a clip, from a request to its file.
@Suite(.serialized)
struct EditedClipTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private static let pipeline = Result { try ClipPipeline() }
    private var pipeline: ClipPipeline { get throws { try Self.pipeline.get() } }

    /// A second of a hum with two words.
    private func clip(_ width: Int = 64, _ height: Int = 36) -> Clip {
        let audio = AudioBuffer(
            sampleRate: 16_000, samples: (0..<16_000).map { 0.2 * sin(Float($0) * 0.05) })
        let timeline = PhoneTimeline(
            phones: [Phone(start: 0.1, end: 0.3, ipa: "b"), Phone(start: 0.5, end: 0.8, ipa: "ɑ")],
            words: [Word(start: 0.1, end: 0.3, text: "Buh,"), Word(start: 0.5, end: 0.8, text: "ah.")],
            source: "test")
        var clip = Clip.recording(audio, timeline)
        clip.look.size = ImageSize(width: width, height: height)
        return clip
    }

    private func pictures(_ name: String) throws -> [PixelBuffer] {
        var pictures: [PixelBuffer] = []
        try MediaProbe.decodeVideo(path: folder.file(name)) { pictures.append($1) }
        return pictures
    }

    /// A video of one colour.
    private func video(_ name: String, _ colour: SIMD4<UInt8>) throws -> String {
        let options = ClipWriterOptions(
            format: try ClipFormat(path: name), path: folder.file(name), width: 64, height: 36)
        let writer = try ClipWriter(options)
        for _ in 0..<5 {
            var picture = PixelBuffer(width: 64, height: 36)
            for y in 0..<36 { for x in 0..<64 { picture[x, y] = colour } }
            try writer.write(frame: picture)
        }
        _ = try writer.finish()
        return folder.file(name)
    }

    @Test func `captions go into a track, a file and the picture at once`() async throws {
        var clip = clip(160, 90)
        clip.edit.captions = [.soft, .burn, .file(folder.file("a.srt")), .file(folder.file("a.ass"))]
        clip.edit.captionStyle.size = 12
        try await pipeline.render(clip, to: folder.file("a.mp4"))
        let soft = try MediaProbe.captions(path: folder.file("a.mp4"))
        #expect(soft == [CaptionCue(start: 0.1, end: 0.8, text: "Buh, ah.")])
        let srt = try String(contentsOfFile: folder.file("a.srt"), encoding: .utf8)
        #expect(srt == "1\n00:00:00,100 --> 00:00:00,800\nBuh, ah.\n\n")
        #expect(
            try String(contentsOfFile: folder.file("a.ass"), encoding: .utf8).contains(
                "0:00:00.10,0:00:00.80"))
        // While it is said, and after it.
        let with = try await pipeline.frames(of: clip, at: [0.5, 0.95])
        clip.edit.captions = []
        let without = try await pipeline.frames(of: clip, at: [0.5, 0.95])
        func changed(_ index: Int) -> Int {
            (60..<88).reduce(0) { sum, y in
                sum + (20..<140).count { with[index][$0, y] != without[index][$0, y] }
            }
        }
        #expect(changed(0) > 100)
        #expect(changed(1) == 0)
    }

    @Test(arguments: [nil, "#ff0000"])
    func `what has no spaces is broken to fit the picture`(highlight: String?) async throws {
        let word = String(repeating: "wide", count: 15)
        var clip = clip(320, 180)
        clip.source = .recording(
            .buffer(AudioBuffer(sampleRate: 16_000, samples: [Float](repeating: 0.1, count: 16_000))),
            .phones(
                PhoneTimeline(
                    phones: [Phone(start: 0.1, end: 0.8, ipa: "b")],
                    words: [Word(start: 0.1, end: 0.8, text: word)], source: "test")), language: nil)
        clip.edit.captions = [.burn, .file(folder.file("long.ass"))]
        clip.edit.captionStyle.size = 10
        clip.edit.captionStyle.highlight = highlight
        let with = try await pipeline.frames(of: clip, at: [0.5])[0]
        clip.edit.captions = [.file(folder.file("long.ass"))]
        let without = try await pipeline.frames(of: clip, at: [0.5])[0]
        func changed(_ columns: Range<Int>) -> Int {
            columns.reduce(0) { sum, x in sum + (0..<180).count { with[x, $0] != without[x, $0] } }
        }
        #expect(changed(0..<8) + changed(312..<320) == 0)
        #expect(changed(100..<220) > 500)
        _ = try await pipeline.render(clip, to: folder.file("long.mp4"))
        let script = try String(contentsOfFile: folder.file("long.ass"), encoding: .utf8)
        #expect(script.split(separator: "\\N").count > 2)
    }

    @Test func `letters that no font has are named`() async throws {
        var clip = clip(160, 90)
        clip.edit.captions = [.burn]
        let fine = try await pipeline.render(clip, to: folder.file("fine.mp4"))
        #expect(!fine.diagnostics.contains { $0.code == "CAPTION_FONT_MISSING" })
        // The last code point for private use, twice, and a joiner, which nobody sees.
        clip.source = .recording(
            .buffer(AudioBuffer(sampleRate: 16_000, samples: [Float](repeating: 0.1, count: 16_000))),
            .phones(
                PhoneTimeline(
                    phones: [Phone(start: 0.1, end: 0.8, ipa: "b")],
                    words: [Word(start: 0.1, end: 0.8, text: "a\u{10FFFD}\u{200D}\u{10FFFD}")], source: "test"
                )),
            language: nil)
        let boxes = try await pipeline.render(clip, to: folder.file("boxes.mp4"))
        let warning = try #require(boxes.diagnostics.first { $0.code == "CAPTION_FONT_MISSING" })
        #expect(warning.severity == .warning)
        #expect(warning.message.contains("has 1 of the captions' letters"))
        #expect(warning.message.contains("fonts-noto-core"))
        clip.edit.captions = [.soft]
        let soft = try await pipeline.render(clip, to: folder.file("soft.mp4"))
        #expect(!soft.diagnostics.contains { $0.code == "CAPTION_FONT_MISSING" })
    }

    @Test func `fades longer than the clip meet in the middle`() async throws {
        var clip = clip()
        clip.edit.fade = ClipEdit.Edges(start: 30, end: 30)
        clip.look.background = .color(SIMD4(1, 1, 1, 1), "white")
        let frames = try await pipeline.frames(of: clip, at: [0, 0.5, 0.96])
        #expect(frames[0][1, 1].x < 10)
        #expect(frames[1][1, 1].x > 230)
        #expect(frames[2][1, 1].x < 40)
    }

    @Test func `the word that is said has its own colour`() async throws {
        var clip = clip(320, 180)
        clip.edit.captions = [.burn]
        clip.edit.captionStyle.size = 12
        clip.edit.captionStyle.highlight = "#ff0000"
        let frames = try await pipeline.frames(of: clip, at: [0.2, 0.7])
        func red(_ picture: PixelBuffer, _ columns: Range<Int>) -> Int {
            columns.reduce(0) { sum, x in
                sum + (130..<178).count { picture[x, $0].x > 200 && picture[x, $0].y < 60 }
            }
        }
        #expect(red(frames[0], 0..<160) > 20 * (1 + red(frames[0], 180..<320)))
        #expect(red(frames[1], 160..<320) > 20 * (1 + red(frames[1], 0..<140)))
    }

    @Test func `a video lies behind the avatar`() async throws {
        var clip = clip()
        clip.look.background = .image(try video("green.mp4", SIMD4(0, 200, 0, 255)))
        let frame = try await pipeline.frames(of: clip, at: [0.5])[0]
        #expect(frame[1, 1].y > 150 && frame[1, 1].x < 60)
        #expect(frame[32, 16].y < 190, "the face is in front")
        #expect(frame[1, 1].w == 255)
    }

    @Test func `a pad lengthens the clip and moves words and lips`() async throws {
        var clip = clip()
        let plain = try await Performance.make(clip)
        clip.edit.pad = ClipEdit.Edges(start: 0.5, end: 0.25)
        let padded = try await Performance.make(clip)
        #expect(abs(padded.durationSeconds - plain.durationSeconds - 0.75) < 0.001)
        #expect(padded.timeline.words.map(\.start) == [0.6, 1.0])
        #expect(padded.audio?.sampleCount == 28_000)
        let jaw = padded.track.frames.map { $0[.jawOpen] }
        #expect(jaw.prefix(12).allSatisfy { $0 < 0.05 })
        #expect((jaw.max() ?? 0) > 0.1)
    }

    @Test func `loudness is brought to its target and reported`() async throws {
        var clip = clip()
        clip.edit.loudness = -20
        let report = try await pipeline.render(clip, to: folder.file("a.wav"))
        #expect(abs((report.loudness ?? 0) + 20) < 0.3)
        #expect(report.frames == 0)
        let sound = try AudioDecoder.decode(path: folder.file("a.wav"))
        let measured = try Loudness.integrated(
            SoundSource(sampleRate: sound.sampleRate, sampleCount: sound.samples.count) {
                Array(sound.samples[$0])
            })
        #expect(abs((measured ?? 0) + 20) < 0.3)
    }

    @Test func `a voice at full scale keeps a decibel of room`() async throws {
        struct Loud: SpeechEngine {
            var name: String { "loud" }
            func voices() async throws -> [Voice] { [] }
            func speak(_ request: SpeechRequest, give: (Utterance) async throws -> Void) async throws {
                try await give(
                    Utterance(
                        audio: AudioBuffer(
                            sampleRate: 16_000, samples: (0..<8000).map { sin(Float($0) * 0.1) }),
                        timeline: PhoneTimeline(
                            phones: [Phone(start: 0.1, end: 0.4, ipa: "a")], source: "loud")))
            }
        }
        let performance = try await Performance.make(Clip(.spoken("a", SpeechOptions(), by: Loud())))
        let peak = try performance.audio?.samples(0..<8000).max() ?? 1
        #expect(abs(peak - 0.891) < 0.001)
    }

    @Test func `cuts show another framing from their time on`() async throws {
        var clip = clip()
        clip.performance.idle = false
        clip.cameras = [CameraCue(.body, start: 0.85)]
        let frames = try await pipeline.frames(of: clip, at: [0.81, 0.9])
        var body = clip
        body.cameras = []
        body.camera = .body
        #expect(try await pipeline.frames(of: body, at: [0.9])[0] == frames[1])
        #expect(frames[0] != frames[1])
    }

    @Test func `marks cut and are not spoken`() async throws {
        let performance = try await Performance.make(.text("Look. [camera body] All of me."))
        #expect(performance.timeline.words.map(\.text).joined(separator: " ") == "Look. All of me.")
        #expect(performance.cues.cameras.map(\.camera) == [.body])
        let start = try #require(performance.timeline.words.first { $0.text == "All" }?.start)
        #expect(abs((performance.cues.cameras.first?.start ?? 0) - (start - 0.1)) < 1e-6)
    }

    @Test func `an animation that the model does not have is refused by name`() async throws {
        var clip = clip()
        clip.animations = [AnimationCue("Wafe")]
        let asked = clip
        let error = await #expect(throws: AvatariumError.self) {
            try await pipeline.render(asked, to: folder.file("a.mp4"))
        }
        #expect(error?.code == .invalidConfig)
        #expect(error?.context["field"] == "/animation")
        #expect(!FileManager.default.fileExists(atPath: folder.file("a.mp4")))
    }

    @Test func `place and scale move the avatar in the frame`() async throws {
        var clip = clip(128, 72)
        clip.look.background = .transparent
        func centre(_ picture: PixelBuffer) -> (x: Double, count: Int) {
            var (sum, count) = (0, 0)
            for y in 0..<72 {
                for x in 0..<128 where picture[x, y].w > 128 { (sum, count) = (sum + x, count + 1) }
            }
            return (Double(sum) / Double(max(1, count)), count)
        }
        let middle = centre(try await pipeline.frames(of: clip, at: [0])[0])
        clip.view.place = SIMD2(0.25, 0)
        let right = centre(try await pipeline.frames(of: clip, at: [0])[0])
        #expect(abs(right.x - middle.x - 32) < 1.5)
        #expect(abs(right.count - middle.count) < 80)
        clip.view.scale = 0.5
        let small = centre(try await pipeline.frames(of: clip, at: [0])[0])
        #expect(small.count < middle.count * 2 / 3)
    }

    @Test func `a poster is the first frame that is not faded`() async throws {
        var clip = clip()
        clip.edit.fade = ClipEdit.Edges(start: 0.2, end: 0.2)
        clip.edit.poster = folder.file("poster.png")
        let frames = try await pipeline.frames(of: clip, at: [0, 0.2])
        try await pipeline.render(clip, to: folder.file("a.mp4"))
        let poster = try pictures("poster.png")
        #expect(poster.map(\.bytes) == [frames[1].bytes])
        #expect(frames[0][1, 1].x < 10)
    }

    @Test func `two speak in one scene, each with the own lips`() async throws {
        var clip = Clip.text("ADA: Hello there. KIT: Oh, hi.")
        clip.look.size = ImageSize(width: 128, height: 72)
        clip.cast = [CastMember("ADA"), CastMember("KIT", avatar: "kit", voice: "espeak:en-gb")]
        let performance = try await Performance.make(clip)
        #expect(performance.timeline.words.map(\.text).joined(separator: " ") == "Hello there. Oh, hi.")
        let partner = try #require(performance.partners.first)
        #expect(partner.track.frames.count == performance.track.frames.count)
        let turn = try #require(performance.timeline.words.first { $0.text.hasPrefix("Oh") }?.start)
        let frame = Int(turn * 30)
        func jaw(_ frames: some Sequence<FaceFrame>) -> Float { frames.map { $0[.jawOpen] }.max() ?? 0 }
        #expect(jaw(performance.track.frames[..<(frame - 8)]) > 0.1)
        #expect(jaw(partner.track.frames[..<(frame - 8)]) < 0.05)
        #expect(jaw(partner.track.frames[frame...]) > 0.1)
        let report = try await pipeline.render(clip, to: folder.file("talk.mp4"))
        #expect(report.frames == performance.track.frames.count)
    }

    @Test func `in a dialogue each plays the animations of the own lines`() async throws {
        var clip = Clip.text("ADA: Hello [play Bow] there. KIT: Oh, [play Wave loop] hi.")
        clip.cast = [CastMember("ADA"), CastMember("KIT", avatar: "kit", voice: "espeak:en-gb")]
        let performance = try await Performance.make(clip)
        func start(_ word: String) throws -> Double {
            try #require(performance.timeline.words.first { $0.text.hasPrefix(word) }?.start) - 0.1
        }
        let own = try #require(performance.cues.animations.first)
        let partners = try #require(performance.partners.first?.animations.first)
        #expect(performance.cues.animations.count == 1 && performance.partners[0].animations.count == 1)
        let (there, hi) = (try start("there"), try start("hi"))
        #expect(own.name == "Bow" && !own.loop && abs(own.start - there) < 1e-6)
        #expect(partners.name == "Wave" && partners.loop && abs(partners.start - hi) < 1e-6)
        // An animation that the speaker's model does not have is refused, not dropped.
        let asked = clip
        let error = await #expect(throws: AvatariumError.self) {
            try await pipeline.render(asked, to: folder.file("bow.mp4"))
        }
        #expect(error?.code == .invalidConfig && error?.message.contains("Bow") == true)
    }

    @Test func `a speaker whom the cast does not have is named`() async throws {
        var clip = Clip.text("ADA: Note: it is 3 PM: late.\nKIT: Oh. BOB: Hi.\nEVE: Bye. BOB: Bye.")
        clip.cast = [CastMember("ADA"), CastMember("KIT", avatar: "kit")]
        let strangers = try await Performance.make(clip).diagnostics.filter { $0.code == "SPEAKER_UNKNOWN" }
        #expect(strangers.map { $0.message.contains("'BOB:'") } == [true, false])
        #expect(strangers.map { $0.message.contains("'EVE:'") } == [false, true])
    }

    @Test func `two of the cast with one avatar are named`() async throws {
        var clip = Clip.text("ADA: Hi. KIT: Ho.")
        clip.cast = [CastMember("ADA"), CastMember("KIT")]
        let alike = try await Performance.make(clip).diagnostics.filter { $0.code == "CAST_ALIKE" }
        #expect(alike.count == 1)
        #expect(alike.first?.message.contains("ADA and KIT both use the avatar ada") == true)
        clip.cast[1].avatar = "kit"
        #expect(try await !Performance.make(clip).diagnostics.contains { $0.code == "CAST_ALIKE" })
    }

    @Test func `a dialogue, a recording and a tune obey the clip's limit`() async throws {
        var clip = Clip.text("ADA: Hello there, how are you? KIT: Oh, hi, I am well, and you?")
        clip.cast = [CastMember("ADA"), CastMember("KIT", avatar: "kit")]
        clip.longestSeconds = 1
        let talk = clip
        let long = await #expect(throws: AvatariumError.self) { try await Performance.make(talk) }
        #expect(long?.code == .validationError)
        #expect(long?.context["rule"] == "too-long")
        let tone = AudioBuffer(sampleRate: 16_000, samples: (0..<480_000).map { 0.2 * sin(Float($0) * 0.05) })
        try WAVFile.write(tone, path: folder.file("long.wav"))
        var recording = Clip(.recording(.file(folder.file("long.wav")), .unknown, language: nil))
        recording.longestSeconds = 2
        let spoken = recording
        let refused = await #expect(throws: AvatariumError.self) { try await Performance.make(spoken) }
        #expect(refused?.context["rule"] == "too-long")
        var tuned = Clip.text("Hello.")
        tuned.edit.music = Music(folder.file("long.wav"))
        let performance = try await Performance.make(tuned)
        #expect(performance.durationSeconds < 5)
        #expect(abs((performance.audio?.durationSeconds ?? 0) - performance.durationSeconds) < 0.1)
    }

    @Test func `a text without a name of the cast is refused`() throws {
        var request = ClipRequest(text: "Hello.", output: "a.mp4")
        request.cast = [CastMember("ADA"), CastMember("ada")]
        #expect(throws: AvatariumError.self) { try ClipPlan(request) }
        request.cast = [CastMember("ADA")]
        #expect(throws: AvatariumError.self) { try ClipPlan(request) }
    }

    @Test func `a request carries all of it through JSON in both spellings`() throws {
        let json = #"""
            {"text": "ADA: Hi.", "captions": ["soft", "a.srt"], "caption_style": {"size": 6, "highlight": "red"},
             "overlays": [{"file": "l.png", "place": [0.5, 0.9], "start": 1}], "music": "bed.mp3", "pad": 0.5,
             "fade": [0.2, 0.4], "loudness": -16, "background_loop": false, "poster": "p.png", "codec": "hevc",
             "crf": 28, "gop": 50, "cameraOrbit": [20, "auto", "auto"], "place": [0.2, 0], "scale": 0.5, "fov": 30,
             "animation": ["Wave", {"name": "Idle", "start": 2, "loop": false}],
             "performance": {"cameras": [{"camera": "bust", "start": 1}], "animations": ["Wave"]},
             "cast": [{"name": "ADA", "avatar": "ada"}, {"name": "KIT", "voice": "en-gb"}]}
            """#
        let request = try ClipRequest(json: Array(json.utf8))
        #expect(request.edit.captions == [.soft, .file("a.srt")])
        #expect(request.edit.captionStyle.highlight == "red")
        #expect(request.edit.overlays.first?.place == .point(0.5, 0.9))
        #expect(request.edit.music?.duck == 10)
        #expect(request.edit.pad == ClipEdit.Edges(start: 0.5, end: 0.5))
        #expect(request.edit.fade == ClipEdit.Edges(start: 0.2, end: 0.4))
        #expect(request.encoding.codec == .hevc)
        #expect(request.view.scale == 0.5)
        #expect(request.animation?.last == AnimationCue("Idle", start: 2, loop: false))
        #expect(request.cast?.count == 2)
        let again = try ClipRequest(json: [UInt8](JSONEncoder().encode(request)))
        #expect(again == request)
    }

    /// What `--overlay` takes as one text was looked for as a file of that name.
    @Test(arguments: [
        (#"{"overlays": ["a.png", "logo.png size=0.2"]}"#, "/overlays/1", "size"),
        (#"{"overlays": "my logo.png place=top opacity=0.5"}"#, "/overlays", "opacity"),
        (#"{"music": "bed.mp3 level=-14"}"#, "/music", "level"),
        (#"{"animation": ["Wave start=1 loop=false"]}"#, "/animation/0", "loop"),
    ]) func `settings behind a name are fields of an object in JSON`(
        json: String, pointer: String, setting: String
    ) throws {
        let error = #expect(throws: AvatariumError.self) { try ClipRequest(json: Array(json.utf8)) }
        #expect(error?.context["field"] == pointer)
        #expect(error?.message.contains("\"\(setting)\": ...}") == true, "\(String(describing: error))")
    }

    @Test(arguments: ["logo.png", "my logo.png", "size=2.png", "logo a=b.png", "logo size .png"])
    func `names with spaces and equals signs stay names`(name: String) throws {
        let request = try ClipRequest(json: Array(#"{"overlays": ["\#(name)"]}"#.utf8))
        #expect(request.edit.overlays.map(\.file) == [name])
    }

    @Test(arguments: [
        (#"{"captions": "x.txt"}"#, "captions"), (#"{"loudness": 3}"#, "loudness"), (#"{"pad": -1}"#, "pad"),
        (#"{"poster": "a.jpg"}"#, "poster"), (#"{"scale": 0}"#, "scale"), (#"{"place": [9, 0]}"#, "place"),
        (#"{"captionStyle": {"color": "bluish"}}"#, "captionStyle"), (#"{"crf": 99}"#, "crf"),
        (#"{"captionStyle": {"font": "A,B"}}"#, "captionStyle"),
        (#"{"captions": "soft", "output": "a.gif"}"#, "captions"),
        (#"{"captions": "burn", "output": "a.wav"}"#, "captions"),
        (#"{"captions": "soft", "output": "a.m4a"}"#, "captions"),
        (#"{"poster": "a.png", "output": "a.mp3"}"#, "poster"),
        (#"{"overlays": [{"file": "l.png"}], "output": "a.opus"}"#, "overlays"),
        (#"{"fps": 60, "output": "a.gif"}"#, "fps"),
        (#"{"overlays": [{"file": "l.png", "size": 3}]}"#, "overlays"),
        (#"{"music": {"file": "a.mp3", "duck": -3}}"#, "music"),
    ]) func `values out of range are refused by field`(json: String, field: String) throws {
        var request = try ClipRequest(json: Array(json.utf8))
        request.text = "Hi."
        request.output = request.output ?? "a.mp4"
        let asked = request
        let error = #expect(throws: AvatariumError.self) { try ClipPlan(asked) }
        let found = error?.context["field"] ?? ""
        #expect(found.hasPrefix("/" + field), "\(String(describing: error))")
    }
}
