import AvatariumCore
import Foundation
import Media
import Testing

/// Formats and codecs beyond the usual ones, and tracks for captions.
struct FormatTests {
    private let scratch = Scratch()

    private func options(_ name: String, width: Int = 128, height: Int = 72) throws -> ClipWriterOptions {
        ClipWriterOptions(
            format: try ClipFormat(path: name), path: scratch[name], width: width, height: height,
            audioSampleRate: 22_050)
    }

    private func refusal(_ options: ClipWriterOptions) -> AvatariumError? {
        #expect(throws: AvatariumError.self) { try options.validate() }
    }

    @Test(arguments: [
        ("a.mp4", VideoCodec.hevc, "hevc"), ("b.mp4", .av1, "av1"), ("c.webm", .av1, "av1"),
        ("d.mov", .h264, "h264"), ("e.mp4", .h264, "h264"),
    ]) func `a codec can be chosen`(name: String, codec: VideoCodec, found: String) throws {
        var options = try options(name)
        options.encoding.codec = codec
        try ClipFixture.write(options, count: 12)
        let info = try MediaProbe.read(path: scratch[name])
        #expect(info.video?.codec == found)
        #expect(info.audio != nil)
        var count = 0
        try MediaProbe.decodeVideo(path: scratch[name]) { _, picture in
            count += 1
            #expect(picture.width == 128)
        }
        #expect(count == 12)
    }

    @Test func `a lower crf or a higher bit rate makes a larger file`() throws {
        func bytes(_ name: String, _ set: (inout EncodingOptions) -> Void) throws -> Int {
            var options = try options(name, width: 320, height: 180)
            options.audioSampleRate = nil
            set(&options.encoding)
            return try ClipFixture.write(options, count: 30).byteCount
        }
        #expect(try bytes("a.mp4") { $0.crf = 10 } > 2 * bytes("b.mp4") { $0.crf = 40 })
        #expect(
            try bytes("c.mp4") { $0.bitrate = BitRate("2M") } > 2
                * bytes("d.mp4") { $0.bitrate = BitRate("100k") })
    }

    @Test func `key pictures come as often as asked for`() throws {
        var options = try options("a.mp4")
        options.encoding.gop = 5
        try ClipFixture.write(options, count: 20)
        #expect(try MediaProbe.keyFrameCount(path: scratch["a.mp4"]) == 4)
    }

    @Test func `settings that a codec does not have are refused`() throws {
        func field(_ name: String, _ set: (inout ClipWriterOptions) -> Void) throws -> String? {
            var options = try options(name)
            set(&options)
            return refusal(options)?.context["field"]
        }
        #expect(try field("a.webm") { $0.encoding.codec = .h264 } == "/codec")
        #expect(try field("a.mp4") { $0.encoding.crf = 52 } == "/crf")
        #expect(try field("a.mov") { $0.encoding.crf = 20 } == "/crf")
        #expect(try field("a.gif") { $0.encoding.gop = 5 } == "/gop")
        #expect(try field("a.gif") { $0.frameRate = FrameRate(60)! } == "/fps")
        #expect(
            try field("a.mp4") {
                $0.encoding.crf = 20
                $0.encoding.bitrate = BitRate("1M")
            } == "/bitrate")
        #expect(
            try field("a.webm") {
                $0.hasAlpha = true
                $0.encoding.codec = .av1
            } == "/codec")
        #expect(
            try field("a.gif") { $0.captions = [CaptionCue(start: 0, end: 1, text: "a")] } == "/captions")
    }

    @Test func `bit rates are read with their units`() {
        #expect(BitRate("800k")?.bitsPerSecond == 800_000)
        #expect(BitRate("2.5M")?.bitsPerSecond == 2_500_000)
        #expect(BitRate("1500000")?.bitsPerSecond == 1_500_000)
        for wrong in ["", "k", "1", "-2M", "1T", "nan", "9000G", "1e300"] { #expect(BitRate(wrong) == nil) }
    }

    @Test func `a GIF moves and repeats`() throws {
        var options = try options("a.gif")
        options.frameRate = FrameRate(10)!
        try ClipFixture.write(options, count: 10)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: scratch["a.gif"]))
        #expect(bytes.prefix(6) == Data("GIF89a".utf8))
        #expect(bytes.range(of: Data("NETSCAPE2.0".utf8)) != nil)
        var pictures: [PixelBuffer] = []
        try MediaProbe.decodeVideo(path: scratch["a.gif"]) { _, picture in pictures.append(picture) }
        #expect(pictures.count == 10)
        #expect(ClipFixture.psnr(pictures[4], ClipFixture.picture(4, width: 128, height: 72)) > 26)
        #expect(try MediaProbe.read(path: scratch["a.gif"]).audio == nil)
    }

    @Test func `an animated WebP is whole`() throws {
        var options = try options("a.webp")
        options.hasAlpha = true
        try ClipFixture.write(options, count: 6, alpha: true)
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: scratch["a.webp"])))
        #expect(bytes.prefix(4).elementsEqual("RIFF".utf8))
        #expect(Data(bytes).range(of: Data("ANIM".utf8)) != nil)
        #expect(Data(bytes).range(of: Data("ANMF".utf8)) != nil)
    }

    @Test(arguments: [
        ("a.m4a", "aac"), ("a.mp3", "mp3"), ("a.opus", "opus"), ("a.flac", "flac"), ("a.wav", "pcm_s16le"),
    ]) func `the sound alone is written`(name: String, codec: String) throws {
        let writer = try ClipWriter(try options(name))
        try writer.write(audio: ClipFixture.tone(seconds: 1.5, sampleRate: 22_050))
        let info = try writer.finish()
        #expect(abs(info.durationSeconds - 1.5) < 0.001)
        let found = try MediaProbe.read(path: scratch[name])
        #expect(found.video == nil)
        #expect(found.audio?.codec == codec)
        let sound = try AudioDecoder.decode(path: scratch[name])
        #expect(abs(sound.durationSeconds - 1.5) < 0.06)
        #expect((sound.samples.max() ?? 0) > 0.3)
    }

    @Test func `HLS is a playlist with its segments`() throws {
        try ClipFixture.write(try options("talk.m3u8"), count: 300)
        let playlist = try String(contentsOfFile: scratch["talk.m3u8"], encoding: .utf8)
        #expect(playlist.hasSuffix("#EXT-X-ENDLIST\n"))
        let segments = playlist.split(separator: "\n").filter { $0.hasSuffix(".m4s") }.map(String.init)
        #expect(segments.count == 3)
        #expect(playlist.contains("URI=\"talk_init.mp4\""))
        #expect(!playlist.contains("partial"))
        #expect(scratch.names == (["talk.m3u8", "talk_init.mp4"] + segments).sorted())
        // Made again shorter, nothing of the longer one stays.
        try ClipFixture.write(try options("talk.m3u8"), count: 30)
        #expect(scratch.names == ["talk.m3u8", "talk_00000.m4s", "talk_init.mp4"])
    }

    @Test(arguments: [("a.mp4", "mov_text"), ("a.mov", "mov_text"), ("a.webm", "webvtt")])
    func `captions are a track of their own`(name: String, codec: String) throws {
        var options = try options(name)
        options.captions = [
            CaptionCue(start: 0.2, end: 0.5, text: "Grüße, <you> & me."),
            CaptionCue(start: 0.7, end: 1.1, text: "Bye."),
        ]
        try ClipFixture.write(options, count: 45)
        let info = try MediaProbe.read(path: scratch[name])
        #expect(info.streams.map(\.codec).contains(codec))
        let captions = try MediaProbe.captions(path: scratch[name])
        #expect(captions == options.captions)
    }
}
