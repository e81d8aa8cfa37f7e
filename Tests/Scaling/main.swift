/// Reads generated inputs at a size and at twice that size, for `scripts/check-scaling`, which counts the instructions of
/// each step with valgrind's callgrind: `Scaling SIZE [INPUT...]` prints the name of each input, in order.
///
/// Nothing here runs on another thread: valgrind loses its way in libdispatch's.

import AvatariumCore
import Foundation
import GLTF
import Jobs
import LipSync
import Phonetics
import Speech
import TimingFormats

/// Callgrind sets its counters to zero where this is called.
@inline(never) @_optimize(none) func scalingBegin() {}
/// Callgrind writes its counters down where this is called.
@inline(never) @_optimize(none) func scalingEnd() {}

struct Input {
    let name: String
    /// Elements for each one asked for, so that inputs take about as long as each other.
    var times = 1
    let read: (Int) throws -> Void
}

/// Every letter is a phone: no speech engine is measured.
struct LetterPronouncer: Pronouncer {
    func segments(of text: String, language: String) -> [IPASegments.Segment] {
        text.filter(\.isLetter).map { IPASegments.Segment(ipa: String($0).lowercased()) }
    }
    func checkedLanguage(_ name: String) -> String { name }
}

func lines(_ count: Int, _ line: (Int) -> String) -> String {
    (0..<count).map(line).joined(separator: "\n")
}

func list(_ count: Int, _ item: (Int) -> String) -> String {
    (0..<count).map(item).joined(separator: ",")
}

func timings(_ name: String, times: Int = 1, _ text: @escaping (Int) -> String) -> Input {
    Input(name: name, times: times) { size in
        _ = try TimingFile.read(
            Array(text(size).utf8), name: name, audioDurationSeconds: nil, pronouncer: LetterPronouncer())
    }
}

/// A cue of captions that holds a text.
func caption(_ name: String, _ piece: String) -> Input {
    timings(name, times: 4) {
        "WEBVTT\n\n00:00.000 --> 00:01.000\na " + String(repeating: piece, count: $0)
    }
}

func markup(_ name: String, _ text: @escaping (Int) -> String) -> Input {
    Input(name: name, times: 2) { size in
        _ = ESpeakMarkup(try SSMLDocument("<speak>\(text(size))</speak>"), voice: "en-us") { $0 }
    }
}

/// What `avatarium inspect` does with a glTF that is JSON alone.
func model(_ name: String, _ json: @escaping (Int) -> String) -> Input {
    Input(name: name) { size in
        _ = Loader().inspect(
            bytes: Array(#"{"asset":{"version":"2.0"},\#(json(size))}"#.utf8), name: "model.gltf")
    }
}

let inputs: [Input] = [
    timings("polly-pauses") { size in
        lines(size) { _ in #"{"time":0,"type":"viseme","value":"sil"}"# } + "\n"
            + lines(size) { _ in #"{"time":0,"type":"word","start":0,"end":1,"value":"a"}"# }
    },
    timings("piper-units") { size in
        "{\"sample_rate\":22050,\"phoneme_alignments\":["
            + list(size) { "{\"phoneme\":\"\($0 % 2 == 0 ? "a" : " ")\",\"num_samples\":100}" } + "]}"
    },
    caption("vtt-braces", "{\\"), caption("vtt-tags", "<"), caption("vtt-references", "&#"),
    caption("vtt-brackets", "([♪*"), caption("vtt-closing-brackets", ")]"), caption("vtt-long-word", "a"),
    timings("vtt-repeated-cues") { size in
        "WEBVTT\n\n"
            + lines(size) { _ in "00:00.000 --> 00:01.000\none two three <u>four</u>\n" }
    },
    timings("elevenlabs-long-word") { size in
        "{\"alignment\":{\"characters\":[\(list(size) { _ in "\"a\"" })],\"character_start_times_seconds\":["
            + list(size) { "\(Double($0) / 20)" } + "],\"character_end_times_seconds\":["
            + list(size) { "\(Double($0 + 1) / 20)" } + "]}}"
    },
    timings("elevenlabs-words") { size in
        let letters = (0..<size).map { $0 % 50 == 49 ? " " : "a" }
        return "{\"alignment\":{\"characters\":[\(list(size) { "\"\(letters[$0])\"" })],"
            + "\"character_start_times_seconds\":[" + list(size) { "\(Double($0) / 20)" }
            + "],\"character_end_times_seconds\":[" + list(size) { "\(Double($0 + 1) / 20)" } + "]}}"
    },
    timings("elevenlabs-chunks") { size in
        lines(size) { _ in
            #"{"audio":"AAAA","alignment":{"chars":["a"," "],"charStartTimesMs":[0,90],"charDurationsMs":[90,10]}}"#
        }
    },
    timings("words-of-two-speakers") { size in
        "{\"words\":["
            + list(size) { "{\"word\":\"a\",\"start\":\($0),\"end\":\($0 + 1),\"speaker\":\($0 % 2)}" } + "]}"
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
    timings("google-ssml", times: 4) { size in
        "{\"ssml\":\"" + String(repeating: "<mark name='a", count: size)
            + "\",\"timepoints\":[{\"markName\":\"a\",\"timeSeconds\":0}]}"
    },
    timings("nested-lists") { size in
        String(repeating: "[", count: min(size, 100)) + list(size) { _ in "[{}]" }
            + String(repeating: "]", count: min(size, 100))
    },
    timings("youtube-xml") { size in
        "<timedtext><body>" + lines(size) { "<p t=\"\($0 * 100)\" d=\"100\" a=\"b\"><s>a</s>&amp;</p>" }
            + "</body></timedtext>"
    },
    timings("youtube-attributes") { size in
        "<timedtext><p " + lines(size) { "a\($0)=\"b\"" } + " t=\"1\">a</p></timedtext>"
    },
    timings("voicevox-moras") { size in
        "{\"accent_phrases\":["
            + list(size) { _ in
                #"{"moras":[{"text":"ア","consonant":null,"vowel":"a","vowel_length":0.1,"pitch":5}]}"#
            }
            + "]}"
    },
    timings("papagayo-words") { size in
        "lipsync version 1\na.wav\n24\n9\n1\n\tv\n\tt\n\t1\n"
            + lines(size) { "\t\t\ta \($0) \($0) 1\n\t\t\t\t\($0) AI" }
    },
    timings("stm-alternatives") { size in "a 1 b 0.0 9.0 " + String(repeating: "{ a / b ", count: size) },
    timings("mbrola") { size in "_ 50\na 60 0 100\n" + lines(size) { _ in "a 60" } },
    timings("viseme-list") { size in "[" + list(size) { "{\"time\":\($0),\"viseme\":\"aa\"}" } + "]" },
    timings("frames-by-name") { size in
        "{\"fps\":30,\"frames\":[" + list(size) { _ in #"{"jawOpen":0.1,"mouthClose":0}"# } + "]}"
    },
    timings("curve-columns") { size in
        "time,jawOpen," + list(size) { "c\($0)" } + "\n0,0," + list(size) { _ in "0" } + "\n"
    },
    Input(name: "open-brackets", times: 4) { _ = ExpressionMarks.parse(String(repeating: "[", count: $0)) },
    Input(name: "open-marks", times: 2) { size in
        _ = ExpressionMarks.parse(
            String(repeating: "[happy]", count: size / 2) + String(repeating: "[/sad]", count: size / 2))
    },
    Input(name: "close-brackets", times: 4) { _ = ExpressionMarks.parse(String(repeating: "[]", count: $0)) },
    Input(name: "gaze-cues") { size in
        var options = PerformanceOptions()
        options.gaze = (0..<size).map { GazeCue(start: Double($0) * 1e-6, end: 100, yaw: 1) }
        _ = LipSync(options: options).faceTrack(
            for: PhoneTimeline(phones: [], source: ""), durationSeconds: 0.2, frameRate: .fps30)
    },
    Input(name: "emotion-cues") { size in
        var options = PerformanceOptions()
        options.emotions = (0..<size).map {
            EmotionCue(emotion: .happy, strength: 0.5, start: Double($0) * 1e-6, end: 100)
        }
        _ = LipSync(options: options).faceTrack(
            for: PhoneTimeline(phones: [], source: ""), durationSeconds: 0.2, frameRate: .fps30)
    },
    Input(name: "captions") { size in
        _ = PhoneTimeline(
            phones: [], words: (0..<size).map { Word(start: Double($0), end: Double($0 + 1), text: "a") },
            source: ""
        ).srt()
    },
    markup("ssml-break-time") { "<break time=\"\(String(repeating: "1", count: $0))\"/>" },
    markup("ssml-breaks") { String(repeating: "a<break time=\"1ms\"/>", count: $0 / 4) },
    markup("ssml-lone-signs") { String(repeating: "< ", count: $0) },
    markup("ssml-open-tags") { String(repeating: "<a ", count: $0) },
    markup("ssml-comments") { String(repeating: "<!-- ", count: $0) },
    markup("ssml-references") { String(repeating: "&amp", count: $0) },
    Input(name: "long-word", times: 4) { size in
        _ = ESpeakText(String(repeating: "a.", count: size / 2), voice: "en-us")
    },
    Input(name: "dotted-letters", times: 4) { size in
        _ = ESpeakText(String(repeating: "A . B.", count: size / 6), voice: "en-us")
    },
    Input(name: "foreign-letters", times: 2) { size in
        _ = ESpeakText(String(repeating: "한🙂", count: size / 2), voice: "en-us")
    },
    Input(name: "sentences", times: 4) { _ = Sentences.split(String(repeating: "a", count: $0)) },
    Input(name: "sentence-ends", times: 4) { _ = Sentences.split(String(repeating: "a. ", count: $0)) },
    Input(name: "batch-output-slashes", times: 4) { size in
        var outputs = BatchOutputs()
        try outputs.add(batchLine(1, output: String(repeating: "a/", count: size) + "b.mp4"))
    },
    Input(name: "batch-lines") { size in
        var outputs = BatchOutputs()
        for line in 0..<size / 4 { try outputs.add(batchLine(line, output: "a/\(line % 7)/\(line).mp4")) }
    },
    model("bad-nodes") { "\"nodes\":[\(list($0) { _ in #"{"mesh":5,"children":[0,0],"skin":7}"# })]" },
    model("bad-children") { size in
        "\"nodes\":[\(list(size) { "{\"children\":[\($0 + 1)]}" }),{}],\"scenes\":[{\"nodes\":[0]}]"
    },
    model("bad-accessors") {
        "\"accessors\":[\(list($0) { _ in #"{"bufferView":0,"componentType":1,"count":-1,"type":"VEC9"}"# })]"
    },
    model("bad-materials") {
        "\"materials\":[\(list($0) { _ in #"{"pbrMetallicRoughness":{"baseColorTexture":{"index":3}}}"# })]"
    },
    model("bad-animations") {
        "\"animations\":[{\"channels\":[\(list($0) { _ in #"{"sampler":0,"target":{"node":0,"path":"x"}}"# })],"
            + "\"samplers\":[{\"input\":0,\"output\":0}]}]"
    },
    model("bad-extensions") { "\"extensionsUsed\":[\(list($0) { "\"A_\($0)\"" })]" },
    model("bad-names") { "\"\(String(repeating: "\\u001b", count: $0))\":1" },
    Input(name: "json-strings", times: 4) { size in
        _ = try JSONParser.parse(Array("[\(list(size) { "\"\\n\($0)\"" })]".utf8))
    },
    Input(name: "json-members") { size in
        _ = try JSONParser.parse(Array("{\(list(size) { "\"k\($0)\":0" })}".utf8))
    },
    Input(name: "json-repeated-members") { size in
        _ = try JSONParser.parse(Array("{\(list(size) { _ in "\"k\":0" })}".utf8))
    },
]

func batchLine(_ line: Int, output: String) throws -> BatchJob {
    try BatchJob(line: line, bytes: Array(#"{"text":"a","output":"\#(output)"}"#.utf8), folder: "clips")
}

/// What the check must find: without it a check that measures nothing would pass.
let planted = Input(name: "planted-quadratic") { size in
    let numbers = Array(0..<size)
    var found = 0
    for number in numbers where numbers.firstIndex(of: number) != nil { found += 1 }
    if found != size { print("lost") }
}

let size = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1000
let chosen = Set(CommandLine.arguments.dropFirst(2))
for input in [planted] + inputs where chosen.isEmpty || chosen.contains(input.name) {
    // The first run fills tables that are made once.
    for count in [size / 10 + 1, size, 2 * size] {
        scalingBegin()
        // A refusal may take no longer either.
        do { try input.read(count * input.times) } catch {}
        scalingEnd()
    }
    print(input.name)
}
