import AvatariumCore
import Foundation
import Speech
import SpeechTestSupport
import Testing

@Suite struct ForcedAlignerTests {
    @Test(
        .enabled(
            if: SharedData.present && ForcedAligner.isAvailable,
            "needs AVATARIUM_TEST_DATA and the acoustic model"))
    func findsTheOnsetsOfGRIDWithinTwentyMilliseconds() async throws {
        var errors: [Double] = []
        for clip in ["grid_bbaf2n", "grid_brbk7n", "grid_lbax4n", "grid_lbbc2a", "grid_lrwp9a"] {
            let truth = try SharedData.timeline("lipsync/\(clip)/timing.json")
            let json = try JSONParser.parse(SharedData.bytes("lipsync/\(clip)/timing.json"))
            let audio = try waveFile(SharedData.bytes("lipsync/\(clip)/audio.wav"))
            let found = try await ForcedAligner.align(
                audio: audio, text: try #require(json["text"]?.string), language: "en-us"
            ).timeline
            expectClean(found)
            let a = truth.phones.filter { !$0.isSilence }
            let b = found.phones.filter { !$0.isSilence }
            // Pronunciations differ here and there: compare sounds of one kind that lie nearest.
            for phone in a {
                let near = b.filter { $0.ipa == phone.ipa }.map { abs($0.start - phone.start) }.min()
                if let near, near < 0.2 { errors.append(near) }
            }
            #expect(found.words.count == 6)
        }
        errors.sort()
        #expect(errors.count > 70)
        #expect(errors[errors.count / 2] < 0.020)
        #expect(errors[errors.count * 9 / 10] < 0.060)
    }

    /// Each recording with its own text, with another one's, and with the first half of its own.
    @Test(
        .enabled(
            if: SharedData.present && ForcedAligner.isAvailable,
            "needs AVATARIUM_TEST_DATA and the acoustic model"))
    func `a transcript that does not fit is said with its score`() async throws {
        let clips = ["grid_bbaf2n", "grid_brbk7n", "grid_lbax4n", "grid_lbbc2a", "grid_lrwp9a"]
        var texts: [String] = []
        for clip in clips {
            let json = try JSONParser.parse(SharedData.bytes("lipsync/\(clip)/timing.json"))
            texts.append(try #require(json["text"]?.string))
        }
        for (index, clip) in clips.enumerated() {
            let audio = try waveFile(SharedData.bytes("lipsync/\(clip)/audio.wav"))
            func align(_ text: String) async throws -> ForcedAligner.Alignment {
                try await ForcedAligner.align(audio: audio, text: text, language: "en-us")
            }
            let right = try await align(texts[index])
            #expect(right.diagnostics.isEmpty, "\(clip): \(right.fit) \(right.unexplainedSeconds)")
            #expect(right.fit > 0.4)
            for text in [
                "purple monkey dishwasher " + texts[(index + 2) % clips.count],
                texts[index].split(separator: " ").prefix(3).joined(separator: " "),
            ] {
                do {
                    let bad = try await align(text)
                    #expect(
                        bad.diagnostics.map(\.code).contains("TRANSCRIPT_DOES_NOT_FIT"),
                        "\(clip), \(text): \(bad.fit) \(bad.unexplainedSeconds)")
                } catch let error as AvatariumError {
                    // No path at all is no end of the recording.
                    #expect(
                        error.message.contains("could not be found"), "\(clip), \(text): \(error.message)")
                }
            }
        }
    }

    @Test(.enabled(if: ForcedAligner.isAvailable, "needs the acoustic model"))
    func findsTheSoundsOfSyntheticSpeechInOtherLanguages() async throws {
        let text = "Guten Morgen, meine Mutter backt Brot."
        let speech = try await ESpeakEngine().synthesize(text, options: SpeechOptions(voice: "de"))
        #expect(speech.timeline.words.map(\.text) == ["Guten", "Morgen", "meine", "Mutter", "backt", "Brot"])
        #expect((1.5...4).contains(speech.audio.durationSeconds), "\(speech.audio.durationSeconds)")
        let found = try await ForcedAligner.align(audio: speech.audio, text: text, language: "de").timeline
        expectClean(found)
        #expect(found.words.map(\.text).first == "Guten")
        let wordErrors = zip(found.words, speech.timeline.words).map { abs($0.start - $1.start) }.sorted()
        #expect(wordErrors[wordErrors.count / 2] < 0.06)
    }

    @Test(.enabled(if: ForcedAligner.isAvailable, "needs the acoustic model"))
    func alignsARecordingThatEndsInTheLastWord() async throws {
        let text = "Mister Dashwood had then leisure to consider."
        let speech = try await ESpeakEngine().synthesize(text, options: SpeechOptions(voice: "en-us"))
        let rate = Double(speech.audio.sampleRate)
        let last = try #require(speech.timeline.words.last)
        let cut = AudioBuffer(
            sampleRate: speech.audio.sampleRate,
            samples: Array(speech.audio.samples.prefix(Int((last.start + last.end) / 2 * rate))))
        let found = try await ForcedAligner.align(audio: cut, text: text, language: "en-us").timeline
        expectClean(found)
        #expect(found.words.count == 7)
        #expect(abs(found.words[6].start - last.start) < 0.1)

        // A text that goes on for two words more is not what is said.
        let early = AudioBuffer(
            sampleRate: speech.audio.sampleRate,
            samples: Array(speech.audio.samples.prefix(Int(speech.timeline.words[4].end * rate))))
        let error = await failure {
            _ = try await ForcedAligner.align(audio: early, text: text, language: "en-us")
        }
        #expect(error?.context["field"] == "/text")
        #expect(error?.message.contains("'leisure'") == true, "\(error?.message ?? "")")
    }

    @Test(.enabled(if: ForcedAligner.isAvailable, "needs the acoustic model"))
    func refusesATextThatIsNotSpoken() async throws {
        let silence = AudioBuffer(sampleRate: 16_000, samples: [Float](repeating: 0, count: 3200))
        let error = await failure {
            _ = try await ForcedAligner.align(
                audio: silence, text: "A very long sentence that nobody could say in a fifth of a second.",
                language: "en-us")
        }
        #expect(error?.code == .validationError)
        #expect(error?.context["field"] == "/text")
    }

    @Test func resamplingKeepsAToneAndItsLevel() {
        for rate in [22_050, 44_100, 48_000, 8_000] {
            let tone = AudioBuffer(
                sampleRate: rate,
                samples: (0..<rate / 2).map { Float(sin(2 * .pi * 1000 * Double($0) / Double(rate))) })
            let out = tone.resampled(to: 16_000)
            #expect(abs(out.durationSeconds - 0.5) < 0.001)
            for index in 2000..<4000 {
                let expected = Float(sin(2 * .pi * 1000 * Double(index) / 16_000))
                #expect(abs(out.samples[index] - expected) < 0.01)
            }
        }
    }
}

/// Prints how well right and wrong transcripts fit recordings: the numbers behind `ForcedAligner.leastFit`.
/// `AVATARIUM_CALIBRATE=1 swift test --filter TranscriptCalibration`
@Suite(
    .enabled(
        if: SharedData.present && ProcessInfo.processInfo.environment["AVATARIUM_CALIBRATE"] != nil,
        "needs AVATARIUM_CALIBRATE"))
struct TranscriptCalibration {
    @Test func `fits of right and wrong transcripts`() async throws {
        var recordings: [(name: String, audio: AudioBuffer, text: String)] = []
        for clip in ["grid_bbaf2n", "grid_brbk7n", "grid_lbax4n", "grid_lbbc2a", "grid_lrwp9a"] {
            let json = try JSONParser.parse(SharedData.bytes("lipsync/\(clip)/timing.json"))
            recordings.append(
                (
                    clip, try waveFile(SharedData.bytes("lipsync/\(clip)/audio.wav")),
                    try #require(json["text"]?.string)
                ))
        }
        for name in ["ss_0870", "ss_0880", "ss_0890"] {
            recordings.append(
                (
                    name, try waveFile(SharedData.bytes("speech/librivox/\(name).wav")),
                    String(decoding: try SharedData.bytes("speech/librivox/\(name).txt"), as: UTF8.self)
                ))
        }
        for (index, recording) in recordings.enumerated() {
            let words = recording.text.split(whereSeparator: \.isWhitespace)
            var texts = [("right", recording.text)]
            texts.append(("half", words.prefix((words.count + 1) / 2).joined(separator: " ")))
            texts.append(("end", words.suffix(words.count / 2).joined(separator: " ")))
            texts.append(("more", recording.text + " and nobody ever said anything about it"))
            texts.append(("reversed", words.reversed().joined(separator: " ")))
            for step in [1, 2, 5] {
                texts.append(("other", recordings[(index + step) % recordings.count].text))
            }
            texts.append(("foreign", "purple monkey dishwasher tomorrow"))
            for (kind, text) in texts {
                do {
                    let found = try await ForcedAligner.align(
                        audio: recording.audio, text: text, language: "en-us")
                    print(
                        "CAL \(recording.name) \(kind) \(found.fit) \(found.unexplainedSeconds) \(found.diagnostics.count)"
                    )
                } catch { print("CAL \(recording.name) \(kind) refused") }
            }
        }
    }
}
