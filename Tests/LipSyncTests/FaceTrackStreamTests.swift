import AvatariumCore
import LipSync
import Testing

/// Speech that comes in pieces.
@Suite struct FaceTrackStreams {
    private let options: PerformanceOptions

    init() {
        var options = PerformanceOptions(seed: 5)
        options.emotions = [EmotionCue(emotion: .happy, strength: 0.6, start: 2, end: 9)]
        options.gestures = [GestureCue(.nod, start: 4), GestureCue(.blink, start: 6)]
        options.gaze = [GazeCue(start: 3, end: 5, yaw: 15)]
        self.options = options
    }

    /// Sentences of babble with stressed vowels, words and pauses; each is `(timeline so far, its end)`.
    private func sentences(_ seed: UInt64, count: Int) -> [(timeline: PhoneTimeline, end: Double)] {
        var generator = SeededGenerator(seed: seed)
        let sounds = ["p", "b", "m", "f", "a", "i", "u", "aʊ", "s", "t", "k", "w", "ɑ", "e"]
        var whole = PhoneTimeline(phones: [], source: "test")
        var time = 0.0
        return (0..<count).map { _ in
            var wordStart = time
            whole.phones.append(Phone(start: time, end: time + 0.1, ipa: "ɑ", stress: 1))
            time += 0.1
            for index in 0..<(1 + Int(generator.uniform(0, 40))) {
                let length = Double(generator.uniform(0.02, 0.3))
                let ipa = sounds[Int(generator.uniform(0, Float(sounds.count) - 0.01))]
                let stress = "aiuɑe".contains(ipa.first ?? " ") && generator.unit() < 0.5 ? 1 : 0
                whole.phones.append(Phone(start: time, end: time + length, ipa: ipa, stress: stress))
                time += length
                if index % 4 == 3 {
                    whole.words.append(Word(start: wordStart, end: time, text: index % 8 == 3 ? "so?" : "it"))
                    wordStart = time
                }
            }
            // Some pieces end within a word, without a pause.
            time += generator.unit() < 0.3 ? 0 : Double(generator.uniform(0.01, 0.8))
            return (whole, time)
        }
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func giveTheFramesThatTheWholeGives(seed: UInt64) {
        let pieces = sentences(seed, count: 12)
        let rate =
            [FrameRate(30), FrameRate(24), FrameRate(5), FrameRate("30000/1001")][Int(seed % 4)] ?? .fps30
        var stream = FaceTrackStream(options: options, frameRate: rate)
        var frames: [FaceFrame] = []
        for piece in pieces {
            frames += stream.extend(to: piece.timeline, durationSeconds: piece.end)
            #expect(frames.count == stream.frameCount)
        }
        let early = frames.count
        let end = pieces.last.map { $0.end + 0.35 } ?? 0
        let timeline = pieces.last?.timeline ?? PhoneTimeline(phones: [], source: "test")
        frames += stream.extend(to: timeline, durationSeconds: end, isWhole: true)
        let whole = LipSync(options: options).faceTrack(
            for: timeline, durationSeconds: end, frameRate: rate)
        #expect(early > whole.frames.count / 2)
        #expect(frames.count == whole.frames.count)
        let different = zip(frames, whole.frames).enumerated().filter { $1.0 != $1.1 }.map(\.offset)
        #expect(different.isEmpty, "frames \(different.prefix(5)) of \(early) given early")
    }

    @Test func giveAllButTheLastHalfSecondOfWhatIsKnown() {
        let speech = timeline([("h", 0.1), ("a", 0.2), ("l", 0.1), ("o", 0.3), ("m", 0.1), ("a", 0.2)])
        var stream = FaceTrackStream(options: options, frameRate: .fps30)
        let frames = stream.extend(to: speech, durationSeconds: 1.2)
        #expect((12...15).contains(frames.count))
        #expect(stream.extend(to: speech, durationSeconds: 1.2).isEmpty)
    }

    @Test func hearLoudVowelsOfEachPieceAgainstAllSoFar() throws {
        let syllable: [(String, Double)] = [("t", 0.1), ("a", 0.3), ("t", 0.1), ("", 0.5)]
        func sound(_ level: Float) -> AudioBuffer {
            AudioBuffer(sampleRate: 8000, samples: [Float](repeating: level, count: 8000))
        }
        var stream = FaceTrackStream(options: PerformanceOptions(idle: false), frameRate: .fps30)
        var frames: [FaceFrame] = []
        let known = (1...3).map { timeline(Array(repeating: syllable, count: $0).flatMap { $0 }) }
        frames += stream.extend(to: known[0], durationSeconds: 1, audio: sound(0.1))
        frames += stream.extend(to: known[1], durationSeconds: 2, audio: sound(0.1))
        frames += stream.extend(to: known[2], durationSeconds: 3, audio: sound(0.9))
        frames += stream.extend(to: known[2], durationSeconds: 3, isWhole: true)
        let track = FaceTrack(frameRate: .fps30, frames: frames)
        #expect(track.gap(at: 0.25) == track.gap(at: 1.25))
        #expect(track.gap(at: 2.25) > 1.05 * track.gap(at: 1.25))
    }

    @Test func leaveCuesWhoseWordsAreYetToComeOut() {
        var text = SpokenText(ExpressionMarks.parse("Good day. [happy]Fine[/happy] then. [nod]"))
        let words = [Word(start: 0, end: 0.3, text: "Good"), Word(start: 0.3, end: 0.8, text: "day")]
        text.append(words)
        #expect(text.performance(isWhole: false) == PerformanceCues())
        #expect(text.performance(isWhole: true).emotions.count == 1)
    }
}
