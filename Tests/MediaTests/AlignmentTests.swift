import AvatariumCore
import Foundation
import Media
import Testing

@Suite struct AlignmentTests {
    private let scratch = Scratch()

    /// A white frame and a click at the same instant must come out together.
    @Test(arguments: ["clip.mp4", "clip.webm", "clip.mov"], [8000, 22050, 44100, 48000])
    func aFlashAndAClickStayTogether(name: String, sampleRate: Int) throws {
        let options = ClipWriterOptions(
            format: try ClipFormat(path: name), path: scratch[name], width: 64, height: 64,
            audioSampleRate: sampleRate)
        let writer = try ClipWriter(options)
        let flash = 30
        var sound = [Float](repeating: 0, count: sampleRate * 2)
        for i in 0..<(sampleRate / 500) { sound[sampleRate + i] = i % 2 == 0 ? 0.9 : -0.9 }
        for start in stride(from: 0, to: sound.count, by: 999) {
            try writer.write(audio: Array(sound[start..<min(start + 999, sound.count)]))
        }
        for index in 0..<60 {
            let colour: SIMD4<UInt8> = index == flash ? [255, 255, 255, 255] : [0, 0, 0, 255]
            try writer.write(frame: ClipFixture.plain(colour, width: 64, height: 64))
        }
        _ = try writer.finish()

        var flashSeconds = -1.0
        try MediaProbe.decodeVideo(path: options.path) { if $1[32, 32].x > 128 { flashSeconds = $0 } }
        let audio = try AudioDecoder.decode(path: options.path)
        let loudest = try #require(
            audio.samples.indices.max { abs(audio.samples[$0]) < abs(audio.samples[$1]) })
        let clickSeconds =
            try MediaProbe.audioStartSeconds(path: options.path) + Double(loudest) / Double(audio.sampleRate)
        #expect(abs(flashSeconds - 1) < 0.001)
        #expect(abs(clickSeconds - 1) < 0.003, "the click is at \(clickSeconds)")
    }
}
