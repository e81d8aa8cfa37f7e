import AvatariumCore
import Foundation
import LipSync
import Testing

@Suite struct LoudnessTests {
    private static let rate = 16_000
    /// Three long vowels; the middles lie at 0.3, 0.8 and 1.3 s.
    private let speech = timeline([
        ("t", 0.1), ("ɑ", 0.4), ("t", 0.1), ("ɑ", 0.4), ("t", 0.1), ("ɑ", 0.4), ("t", 0.1), ("", 0.4),
    ])

    /// A voice of 120 Hz with ten partials; its level by time, decibels.
    private func voice(seconds: Double = 2, _ decibels: (Double) -> Double) -> AudioBuffer {
        let samples = (0..<Int(seconds * Double(Self.rate))).map { index in
            let time = Double(index) / Double(Self.rate)
            let wave = (1...10).reduce(0) { $0 + sin(2 * .pi * 120 * Double($1) * time) / Double($1) }
            return Float(0.1 * wave * pow(10, decibels(time) / 20))
        }
        return AudioBuffer(sampleRate: Self.rate, samples: samples)
    }

    private func face(_ timeline: PhoneTimeline, _ audio: AudioBuffer?) -> FaceTrack {
        LipSync(options: PerformanceOptions(idle: false)).faceTrack(
            for: timeline, durationSeconds: 2, frameRate: .fps30, audio: audio)
    }

    private func difference(_ a: FaceTrack, _ b: FaceTrack) -> Float {
        zip(a.frames, b.frames).flatMap { zip($0.shapes, $1.shapes).map { abs($0 - $1) } }.max() ?? .infinity
    }

    @Test func `a stressed vowel opens wider than the same vowel unstressed`() {
        var phones = speech.phones
        phones[3].stress = 1
        phones[5].stress = 2
        let track = face(PhoneTimeline(phones: phones, source: "test"), nil)
        #expect(abs(track.gap(at: 0.8) / track.gap(at: 0.3) - 1.06) < 0.003)
        #expect(abs(track.gap(at: 1.3) / track.gap(at: 0.3) - 1.03) < 0.003)
    }

    @Test(arguments: [(6, 1.058), (-6, 0.942), (60, 1.199), (-60, 0.801)] as [(Double, Float)])
    func `a vowel opens about one per cent a decibel wider, and never by more than a fifth`(
        decibels: Double, ratio: Float
    ) {
        let plain = face(speech, nil)
        let track = face(speech, voice { (0.55..<1.05).contains($0) ? decibels : 0 })
        #expect(abs(track.gap(at: 0.8) / plain.gap(at: 0.8) - ratio) < 0.003)
        #expect(abs(track.gap(at: 0.3) / plain.gap(at: 0.3) - 1) < 0.003)
    }

    @Test func `the same recording 20 and 60 dB quieter gives the same curves`() {
        func level(_ time: Double) -> Double { 4 * sin(5 * time) }
        let loud = face(speech, voice(level))
        #expect(difference(loud, face(speech, nil)) > 0.005)
        for quieter in [20.0, 60] {
            #expect(difference(loud, face(speech, voice { level($0) - quieter })) < 1e-5)
        }
    }

    @Test func `the fading last vowel of a sentence stays as wide`() {
        let track = face(speech, voice { $0 > 1.05 ? -12 : 0 })
        #expect(difference(track, face(speech, nil)) < 1e-5)
        // Louder, it opens wider all the same.
        let call = face(speech, voice { $0 > 1.05 ? 6 : 0 })
        #expect(call.gap(at: 1.3) > 1.05 * track.gap(at: 1.3))
    }

    @Test func `both halves of a diphthong have one loudness`() {
        let glides = timeline([
            ("t", 0.1), ("aɪ", 0.4), ("t", 0.1), ("aɪ", 0.4), ("t", 0.1), ("aɪ", 0.4), ("t", 0.1), ("", 0.4),
        ])
        let fading = voice { time in
            let within = (time - 0.1).truncatingRemainder(dividingBy: 0.5)
            return (0.1..<0.4).contains(within) ? -30 : 0
        }
        #expect(difference(face(glides, fading), face(glides, nil)) < 1e-5)
    }

    @Test func `silence, full-scale noise and samples that are not numbers leave the mouth as it is`() {
        let plain = face(speech, nil)
        var generator = SeededGenerator(seed: 7)
        let noise = (0..<2 * Self.rate).map { _ in generator.uniform(-1, 1) > 0 ? Float(1) : -1 }
        var broken = noise
        broken[12_000] = .nan
        for samples in [[], [0], noise.map { _ in 0 }, noise, broken] {
            let audio = AudioBuffer(sampleRate: Self.rate, samples: samples)
            #expect(difference(face(speech, audio), plain) < 1e-5)
        }
    }

    @Test func `phones that were guessed from loudness do not count it twice`() {
        let guessed = PhoneTimeline(phones: speech.phones, source: PhoneTimeline.audioAnalysis)
        let audio = voice { (0.55..<1.05).contains($0) ? 9 : 0 }
        #expect(difference(face(guessed, audio), face(guessed, nil)) == 0)
        #expect(difference(face(speech, audio), face(guessed, nil)) > 0.01)
    }

    @Test func `shouting opens no closure`() {
        let phones = timeline([("ɑ", 0.3), ("p", 0.1), ("ɑ", 0.3), ("m", 0.1), ("ɑ", 0.3), ("", 0.9)])
        let track = face(phones, voice { $0 > 0.3 && $0 < 0.8 ? 40 : 0 })
        #expect(track.gap(at: 0.34) < 0.5)
        #expect(track.gap(at: 0.74) < 0.5)
    }

    @Test func `a live voice compares its vowels with those of earlier pieces`() {
        func live(_ quieter: Double) -> [FaceFrame] {
            var stream = FaceTrackStream(
                options: PerformanceOptions(idle: false), frameRate: .fps30, lookAheadSeconds: 0.12)
            let audio = voice { ($0 > 1.05 ? 9 : 0) - quieter }
            var frames: [FaceFrame] = []
            for count in [2, 4, 6, 8] {
                let known = PhoneTimeline(phones: Array(speech.phones.prefix(count)), source: "test")
                let places = [stream.knownSeconds, known.endSeconds].map { Int($0 * Double(Self.rate)) }
                let piece = AudioBuffer(
                    sampleRate: Self.rate, samples: Array(audio.samples[places[0]..<places[1]]))
                frames += stream.extend(
                    to: known, durationSeconds: known.endSeconds, audio: piece, isWhole: count == 8)
            }
            return frames
        }
        let loud = FaceTrack(frameRate: .fps30, frames: live(0))
        #expect(loud.gap(at: 1.3) > 1.08 * loud.gap(at: 0.8))
        #expect(difference(loud, FaceTrack(frameRate: .fps30, frames: live(30))) < 1e-5)
    }
}
