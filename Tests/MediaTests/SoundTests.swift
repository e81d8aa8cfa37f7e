import AvatariumCore
import Foundation
import Media
import Testing

/// Loudness, peaks, music under speech.
struct SoundTests {
    private func source(_ samples: [Float], rate: Int = 48_000) -> SoundSource {
        SoundSource(sampleRate: rate, sampleCount: samples.count) { Array(samples[$0]) }
    }

    private func sine(_ amplitude: Float, seconds: Double, hertz: Double = 997, rate: Int = 48_000) -> [Float]
    {
        (0..<Int(seconds * Double(rate))).map {
            amplitude * Float(sin(2 * Double.pi * hertz * Double($0) / Double(rate)))
        }
    }

    private func amplified(_ samples: [Float], _ decibels: Double, rate: Int = 48_000) throws -> [Float] {
        var result: [Float] = []
        try Loudness.amplified(source(samples, rate: rate), decibels: decibels) { result += $0 }
        return result
    }

    /// ITU-R BS.1770-4, annex 1: a sine of 997 Hz at full scale in one channel is -3.01 LKFS.
    @Test(arguments: [48_000, 22_050]) func `a sine of 20 dB below full scale has -23 LUFS`(rate: Int) throws
    {
        let loudness = try Loudness.integrated(source(sine(0.1, seconds: 4, rate: rate), rate: rate))
        #expect(abs((loudness ?? 0) + 23.01) < 0.15)
    }

    @Test func `silence and a tenth of a second have no loudness`() throws {
        #expect(try Loudness.integrated(source([Float](repeating: 0, count: 96_000))) == nil)
        #expect(try Loudness.integrated(source(sine(0.5, seconds: 0.1))) == nil)
    }

    @Test func `a gain is exact where no peak is held down`() throws {
        let input = sine(0.1, seconds: 1)
        let output = try amplified(input, 6.0206)
        #expect(output.count == input.count)
        let error = zip(input, output).map { abs(2 * $0 - $1) }.max() ?? 1
        #expect(error < 0.002, "the output is in step with the input")
    }

    @Test(arguments: [22_050, 48_000]) func `no peak passes the ceiling`(rate: Int) throws {
        let output = try amplified(sine(0.5, seconds: 1, rate: rate), 20, rate: rate)
        #expect(output.count == rate)
        #expect((output.map { abs($0) }.max() ?? 1) <= Loudness.ceiling + 0.001)
        #expect((output.map { abs($0) }.max() ?? 0) > 0.7)
    }

    @Test func `music goes down while somebody speaks`() throws {
        // A second of silence, two of speech, two of silence.
        let quiet = [Float](repeating: 0, count: 48_000)
        let speech = quiet + sine(0.4, seconds: 2, hertz: 200) + quiet + quiet
        var music = Music("bed.wav")
        music.level = -6
        music.duck = 12
        music.fade = 0
        var mixer = try MusicMixer(music, tune: [Float](repeating: 0.5, count: 1000), speech: source(speech))
        let mixed = mixer.mixed(speech)
        func level(_ second: Double) -> Float {
            let index = Int(second * 48_000)
            return mixed[index] - speech[index]
        }
        #expect(abs(level(0.3) - 0.2506) < 0.002)
        #expect(abs(level(2) - 0.0629) < 0.002)
        #expect(abs(level(4.5) - 0.2506) < 0.002)
        // It is down when the first word begins.
        #expect(level(1.02) < 0.08)
    }

    @Test func `music fades at both ends and may end early`() throws {
        let silence = [Float](repeating: 0, count: 96_000)
        var music = Music("bed.wav")
        music.level = 0
        music.fade = 0.5
        music.loop = false
        var mixer = try MusicMixer(
            music, tune: [Float](repeating: 0.5, count: 48_000), speech: source(silence))
        let mixed = mixer.mixed(silence)
        #expect(mixed[0] == 0)
        #expect(abs(mixed[12_000] - 0.25) < 0.01)
        #expect(abs(mixed[36_000] - 0.5) < 0.01)
        #expect(mixed[60_000] == 0)
    }
}
