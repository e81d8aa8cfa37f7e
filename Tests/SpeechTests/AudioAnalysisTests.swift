import AvatariumCore
import Foundation
import Phonetics
import Speech
import SpeechTestSupport
import Testing

@Suite struct AudioAnalysisTests {
    private func correlation(_ a: [Double], _ b: [Double]) -> Double {
        let (ma, mb) = (a.reduce(0, +) / Double(a.count), b.reduce(0, +) / Double(b.count))
        var (ab, aa, bb) = (0.0, 0.0, 0.0)
        for (x, y) in zip(a, b) {
            ab += (x - ma) * (y - mb)
            aa += (x - ma) * (x - ma)
            bb += (y - mb) * (y - mb)
        }
        return ab / (aa * bb).squareRoot()
    }

    /// The measured jaw of a clip, at the times of its file.
    private func column(_ name: String, of clip: String) throws -> (times: [Double], values: [Double]) {
        let lines = String(decoding: try SharedData.bytes("lipsync/\(clip)/curves.csv"), as: UTF8.self)
            .split(separator: "\n").map { $0.split(separator: ",") }
        let at = try #require(lines[0].firstIndex { $0 == name })
        let rows = lines.dropFirst()
        return (rows.compactMap { Double($0[0]) }, rows.compactMap { Double($0[at]) })
    }

    @Test(
        .enabled(if: SharedData.present, "needs AVATARIUM_TEST_DATA"),
        arguments: [("facegood_1114_2_01", 0.8), ("facegood_1114_2_02", 0.8), ("facegood_1114_3_15", 0.65)])
    func theJawFollowsAMandarinSpeakers(clip: String, least: Double) throws {
        let audio = try waveFile(SharedData.bytes("lipsync/\(clip)/audio.wav"))
        let jaw = try column("jawOpen", of: clip)
        let open = SpeechBands.smoothed(SpeechBands(audio.resampled(to: 16_000))[.open], seconds: 0.04)
        let mine = jaw.times.map { Double(open[min(open.count - 1, Int(($0 / SpeechBands.hop).rounded()))]) }
        let r = correlation(mine, jaw.values)
        #expect(r >= least, "\(clip): \(r)")
    }

    @Test(.enabled(if: SharedData.present, "needs AVATARIUM_TEST_DATA"))
    func theJawFollowsTheLipsOfEnglishSpeakers() throws {
        var sum = 0.0
        let clips = ["grid_bbaf2n", "grid_brbk7n", "grid_lbax4n", "grid_lbbc2a", "grid_lrwp9a"]
        for clip in clips {
            let audio = try waveFile(SharedData.bytes("lipsync/\(clip)/audio.wav"))
            let lips = try column("aperture_norm", of: clip)
            let open = SpeechBands.smoothed(SpeechBands(audio.resampled(to: 16_000))[.open], seconds: 0.04)
            // The video of GRID is 45 ms late.
            let mine = lips.times.map { time in
                Double(open[min(open.count - 1, max(0, Int(((time - 0.045) / 0.01).rounded())))])
            }
            sum += correlation(mine, lips.values)
        }
        #expect(sum / Double(clips.count) > 0.5)
    }

    @Test(
        .enabled(
            if: SharedData.present && ForcedAligner.isAvailable,
            "needs AVATARIUM_TEST_DATA and the acoustic model"))
    func englishIsRecognisedAsPhones() async throws {
        let audio = try waveFile(SharedData.bytes("lipsync/grid_bbaf2n/audio.wav"))
        let timeline = try await AudioAnalysis.timeline(for: audio, language: "en-us")
        expectClean(timeline)
        #expect(timeline.source == "phone recognition")
        #expect(timeline.phones.contains { IPAFeatures.of($0.ipa).closesLips && abs($0.start - 0.92) < 0.08 })
    }

    @Test(.enabled(if: SharedData.present, "needs AVATARIUM_TEST_DATA"))
    func otherLanguagesGetSoundsByLoudnessAndSpectrum() async throws {
        let audio = try waveFile(SharedData.bytes("lipsync/facegood_1114_3_15/audio.wav"))
        let timeline = try await AudioAnalysis.timeline(for: audio, language: "cmn")
        expectClean(timeline)
        #expect(timeline.source == "audio analysis")
        // 49 s of Mandarin hold some 200 syllables, and pauses.
        let vowels = timeline.phones.count { IPAFeatures.of($0.ipa).isVowel }
        #expect((100...400).contains(vowels))
        #expect(timeline.phones.contains { $0.isSilence && $0.duration > 0.3 })
    }

    @Test func silenceHasNoVoice() async {
        let audio = AudioBuffer(sampleRate: 48_000, samples: [Float](repeating: 0, count: 48_000))
        let error = await failure { _ = try await AudioAnalysis.timeline(for: audio, language: nil) }
        #expect(error?.code == .validationError)
    }
}
