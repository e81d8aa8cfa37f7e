import AvatariumCore
import Foundation
import Media
import Testing

@Suite struct ClipWriterTests {
    private let scratch = Scratch()

    private func options(_ name: String, _ rate: FrameRate = .fps30, alpha: Bool = false) throws
        -> ClipWriterOptions
    {
        ClipWriterOptions(
            format: try ClipFormat(path: name), path: scratch[name], width: 320, height: 180, frameRate: rate,
            hasAlpha: alpha, audioSampleRate: 22050)
    }

    @Test(arguments: ["clip.mp4", "clip.webm", "clip.mov"], [FrameRate(30)!, FrameRate(30000, 1001)!])
    func keepsEveryFrameAtItsTimeAndSoundAsLongAsPictures(name: String, rate: FrameRate) throws {
        let options = try options(name, rate)
        let written = try ClipFixture.write(options, count: 50)
        #expect(written.frameCount == 50)
        var times: [Double] = []
        var worst = Double.infinity
        try MediaProbe.decodeVideo(path: options.path) { seconds, picture in
            worst = min(worst, ClipFixture.psnr(picture, ClipFixture.picture(times.count)))
            times.append(seconds)
        }
        #expect(times.count == 50)
        for (index, time) in times.enumerated() {
            #expect(abs(time - rate.seconds(atFrame: index)) < 0.0011)
        }
        #expect(worst > 36, "PSNR \(worst)")
        let audio = try AudioDecoder.decode(path: options.path)
        #expect(abs(audio.durationSeconds - rate.seconds(atFrame: 50)) < 1 / rate.framesPerSecond)
        let info = try MediaProbe.read(path: options.path)
        #expect(abs((info.durationSeconds ?? 0) - rate.seconds(atFrame: 50)) < 1 / rate.framesPerSecond)
        #expect(abs((info.audio?.startSeconds ?? 0) - (info.video?.startSeconds ?? 0)) < 0.034)
        #expect(scratch.names == [name])
    }

    @Test(arguments: ["clip.mp4", "clip.webm", "clip.mov"])
    func saysThatColourIsLimitedRangeBT709(name: String) throws {
        let options = try options(name)
        try ClipFixture.write(options, count: 3)
        let video = try #require(try MediaProbe.read(path: options.path).video)
        #expect(video.colourMatrix == "bt709")
        #expect(video.colourPrimaries == "bt709")
        #expect(video.colourTransfer == "bt709")
        // Neither ProRes nor QuickTime has a field for the range, which is always limited: libavformat 59 says so, 61 does not.
        #expect(video.colourRange == "tv" || (name == "clip.mov" && video.colourRange == "unknown"))
    }

    @Test(arguments: ["clip.webm", "clip.mov", "frames/%05d.png"])
    func keepsAlpha(name: String) throws {
        var options = try options(name, alpha: true)
        options.path = scratch[name]
        try ClipFixture.write(options, count: 5, alpha: true)
        var count = 0
        func compare(_ picture: PixelBuffer) {
            let original = ClipFixture.picture(count, alpha: true)
            var worst = 0
            for i in stride(from: 3, to: picture.bytes.count, by: 4) {
                worst = max(worst, abs(Int(picture.bytes[i]) - Int(original.bytes[i])))
            }
            #expect(worst < (name == "clip.webm" ? 40 : 2), "alpha off by \(worst)")
            count += 1
        }
        if options.format == .pngSequence {
            for index in 0..<5 {
                try MediaProbe.decodeVideo(path: scratch["frames/0000\(index).png"]) { compare($1) }
            }
            #expect(try AudioDecoder.decode(path: scratch["frames/audio.wav"]).samples.count == 3675)
        } else {
            try MediaProbe.decodeVideo(path: options.path) { compare($1) }
        }
        #expect(count == 5)
    }

    @Test func refusesAFolderThatDoesNotExist() throws {
        var options = try options("clip.mp4")
        options.path = scratch["missing/clip.mp4"]
        let error = #expect(throws: AvatariumError.self) { try ClipWriter(options) }
        #expect(error?.code == .outputNotWritable)
        #expect(error?.context["path"] == options.path)
    }

    @Test func refusesOddSizesForFourTwoZero() throws {
        var options = try options("clip.mp4")
        options.width = 321
        let error = #expect(throws: AvatariumError.self) { try ClipWriter(options) }
        #expect(error?.code == .invalidConfig)
    }

    @Test(arguments: ["clip.mp4", "clip.webm", "clip.mov", "frames/%05d.png"])
    func leavesNothingBehindWhenCancelled(name: String) throws {
        let writer = try ClipWriter(try options(name))
        try writer.write(audio: ClipFixture.tone(seconds: 1, sampleRate: 22050))
        for index in 0..<20 { try writer.write(frame: ClipFixture.picture(index)) }
        #expect(!scratch.names.isEmpty)
        writer.cancel()
        #expect(scratch.names.isEmpty)
    }
}
