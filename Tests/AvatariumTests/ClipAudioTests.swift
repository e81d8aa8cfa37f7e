import Avatarium
import Testing

struct ClipAudioTests {
    /// Short sound stays in memory, long sound goes to a file.
    @Test(arguments: [1000, 3_000_000])
    func readsBackWhatItWasGivenInPieces(_ count: Int) throws {
        let samples = (0..<count).map { Float($0 % 997) / 997 }
        let audio = ClipAudio(AudioBuffer(sampleRate: 22_050, samples: samples))
        #expect(audio.sampleCount == count)
        var read: [Float] = []
        while read.count < count {
            read += try audio.samples(read.count..<min(count, read.count + 123_457))
        }
        let same = read == samples
        #expect(same)
    }
}
