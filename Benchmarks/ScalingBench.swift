import ArgumentParser
import AvatariumCore
import Foundation
import LipSync
import Phonetics
import TimingFormats

/// `avatarium-bench scaling`: reads one generated input of a size, for `scripts/check-scaling`, which counts the
/// instructions for a size and for twice that size.
struct ScalingBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scaling",
        abstract: "Reads a generated input of some size, to count instructions.",
        discussion: """
            Without --input it lists the inputs. No time is measured: scripts/check-scaling counts instructions with \
            valgrind's callgrind.
            """)

    @Option(help: "The name of an input.") var input: String?
    @Option(help: "Its size, in elements of its kind.") var size = 1000

    func run() async throws {
        guard let input else { return print(Self.inputs.map(\.name).joined(separator: "\n")) }
        guard let found = Self.inputs.first(where: { $0.name == input }) else {
            throw ValidationError(
                "'\(input)' is not one of \(Self.inputs.map(\.name).joined(separator: ", ")).")
        }
        try found.read(size)
    }

    private struct Input {
        var name: String
        var read: (Int) throws -> Void
    }

    /// Every letter is a phone: no speech engine is measured.
    private struct LetterPronouncer: Pronouncer {
        func segments(of text: String, language: String) -> [IPASegments.Segment] {
            text.filter(\.isLetter).map { IPASegments.Segment(ipa: String($0).lowercased()) }
        }
        func checkedLanguage(_ name: String) -> String { name }
    }

    private static func timings(_ name: String, _ text: @escaping (Int) -> String) -> Input {
        Input(name: name) { size in
            do {
                _ = try TimingFile.read(
                    Array(text(size).utf8), name: name, audioDurationSeconds: nil,
                    pronouncer: LetterPronouncer())
            } catch let error as AvatariumError where error.code == .validationError {
                // A refusal may take no longer either.
            }
        }
    }

    private static func lines(_ count: Int, _ line: (Int) -> String) -> String {
        (0..<count).map(line).joined(separator: "\n")
    }

    private static func list(_ count: Int, _ item: (Int) -> String) -> String {
        (0..<count).map(item).joined(separator: ",")
    }

    private static let inputs: [Input] = [
        timings("polly-pauses") { size in
            lines(size) { _ in #"{"time":0,"type":"viseme","value":"sil"}"# } + "\n"
                + lines(size) { _ in #"{"time":0,"type":"word","start":0,"end":1,"value":"a"}"# }
        },
        timings("piper-units") { size in
            "{\"sample_rate\":22050,\"phoneme_alignments\":["
                + list(size) { "{\"phoneme\":\"\($0 % 2 == 0 ? "a" : " ")\",\"num_samples\":100}" } + "]}"
        },
        timings("vtt-braces") { "WEBVTT\n\n00:00.000 --> 00:01.000\n" + String(repeating: "{\\", count: $0) },
        timings("vtt-tags") { "WEBVTT\n\n00:00.000 --> 00:01.000\n" + String(repeating: "<", count: $0) },
        timings("vtt-references") {
            "WEBVTT\n\n00:00.000 --> 00:01.000\n" + String(repeating: "&#", count: $0)
        },
        timings("vtt-brackets") {
            "WEBVTT\n\n00:00.000 --> 00:01.000\na" + String(repeating: "([♪*", count: $0)
        },
        timings("vtt-repeated-cues") { size in
            "WEBVTT\n\n"
                + lines(size) { "\($0 / 60).\($0 % 60):00.000 --> 01:00.000\n" }
                + lines(size) { _ in "00:00.000 --> 00:01.000\none two three <u>four</u>\n" }
        },
        timings("elevenlabs-long-word") { size in
            "{\"alignment\":{\"characters\":[\(list(size) { _ in "\"a\"" })],\"character_start_times_seconds\":["
                + list(size) { "\(Double($0) / 20)" } + "],\"character_end_times_seconds\":["
                + list(size) { "\(Double($0 + 1) / 20)" } + "]}}"
        },
        timings("elevenlabs-chunks") { size in
            lines(size) { _ in
                #"{"audio":"AAAA","alignment":{"chars":["a"," "],"charStartTimesMs":[0,90],"charDurationsMs":[90,10]}}"#
            }
        },
        timings("words-without-length") { size in
            "{\"words\":[" + list(size) { _ in #"{"word":" a","start":1,"end":1}"# } + "]}"
        },
        timings("words-without-times") { size in
            #"{"words":[{"word":"a","start":0,"end":1},"# + list(size) { _ in #"{"word":"a"}"# } + "]}"
        },
        timings("word-tokens") { size in
            #"{"words":[{"word":" a","start":0,"end":1},{"word":" a","start":0,"end":1},"#
                + list(size) { "{\"word\":\"a\",\"start\":\($0 + 1),\"end\":\($0 + 2)}" } + "]}"
        },
        timings("odd-labels") { size in
            lines(size) { "\(Double($0) / 10) \(Double($0 + 1) / 10) \($0 % 5 == 0 ? "QX\($0)" : "AA1")" }
        },
        timings("textgrid-tiers") { size in
            "File type = \"ooTextFile\"\nObject class = \"TextGrid\"\n\n0\n1\n<exists>\n2\n"
                + (0..<2).map { tier in
                    "\"IntervalTier\"\n\"t\(tier)\"\n0\n1\n\(size)\n"
                        + lines(size) { "\(Double($0))\n\(Double($0 + 1))\n\"some words\"" }
                }.joined(separator: "\n")
        },
        timings("google-ssml") { size in
            "{\"ssml\":\"" + String(repeating: "<mark name='a", count: size)
                + "\",\"timepoints\":[{\"markName\":\"a\",\"timeSeconds\":0}]}"
        },
        timings("nested-lists") { size in
            String(repeating: "[", count: min(size, 100)) + list(size) { _ in "[{}]" }
                + String(repeating: "]", count: min(size, 100))
        },
        timings("curve-columns") { size in
            "time,jawOpen," + list(size) { "c\($0)" } + "\n0,0," + list(size) { _ in "0" } + "\n"
        },
        Input(name: "open-brackets") { _ = ExpressionMarks.parse(String(repeating: "[", count: $0)) },
        Input(name: "open-marks") { size in
            _ = ExpressionMarks.parse(
                String(repeating: "[happy]", count: size / 2) + String(repeating: "[/sad]", count: size / 2))
        },
        Input(name: "close-brackets") { _ = ExpressionMarks.parse(String(repeating: "[]", count: $0)) },
        Input(name: "gaze-cues") { size in
            var options = PerformanceOptions()
            options.gaze = (0..<size).map { GazeCue(start: Double($0) * 1e-6, end: 100, yaw: 1) }
            _ = LipSync(options: options).faceTrack(
                for: PhoneTimeline(phones: [], source: ""), durationSeconds: 1, frameRate: .fps30)
        },
        Input(name: "captions") { size in
            _ = PhoneTimeline(
                phones: [], words: (0..<size).map { Word(start: Double($0), end: Double($0 + 1), text: "a") },
                source: ""
            ).srt()
        },
    ]
}
