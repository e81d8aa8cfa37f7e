import AvatariumCore
import Phonetics
import Speech
import SpeechTestSupport
import Testing
import TimingFormats

/// Words of recognisers and synthesizers: none is lost, what is not speech is silent.
@Suite struct WordTests {
    @Test func `words without length share with their neighbours`() throws {
        let file = try file(
            #"{"words":[{"word":" Oh,","start":1.0,"end":1.0},{"word":" what","start":1.0,"end":1.0},"#
                + #"{"word":" in","start":1.0,"end":1.0},{"word":" our","start":1.0,"end":1.8},"#
                + #"{"word":" house","start":1.8,"end":2.3}]}"#)
        expectClean(file.timeline)
        #expect(file.words == ["Oh,", "what", "in", "our", "house"])
        #expect(file.has("TIMING_WORD_WITHOUT_TIME"))
        for word in file.timeline.words { #expect(word.end - word.start > 0.04, "\(word)") }
        #expect(file.timeline.words[0].start == 1 && file.timeline.words[4].start == 1.8)
    }

    @Test func `characters without length at the tail are kept`() throws {
        let text = "Hello there my old friend"
        let starts = text.indices.map {
            min(0.06 * Double(text.distance(from: text.startIndex, to: $0)), 0.66)
        }
        let ends = starts.map { min($0 + 0.06, 0.66) }
        let file = try file(
            "{\"alignment\":{\"characters\":[\(text.map { "\"\($0)\"" }.joined(separator: ","))],"
                + "\"character_start_times_seconds\":\(starts),\"character_end_times_seconds\":\(ends)},"
                + "\"normalized_alignment\":null}")
        expectClean(file.timeline)
        #expect(file.words == ["Hello", "there", "my", "old", "friend"])
        for word in file.timeline.words { #expect(word.end - word.start > 0.02, "\(word)") }
    }

    @Test func `a numeral without times lies in the gap that it belongs to`() throws {
        let gap = try file(
            #"{"word_segments":[{"word":"earnings","start":0.154,"end":0.474},{"word":"in","start":0.514,"end":0.874},"#
                + #"{"word":"2026."},{"word":"But,","start":2.275,"end":2.415}],"language":"en"}"#)
        #expect(gap.words == ["earnings", "in", "2026.", "But,"])
        #expect(gap.timeline.words[2].start == 0.874)
        #expect(gap.timeline.words[2].end > 2)
        let first = try file(
            #"{"segments":[{"start":0.5,"end":3.0,"text":" 2014 was good","words":[{"word":"2014"},"#
                + #"{"word":"was","start":2.0,"end":2.3},{"word":"good","start":2.4,"end":2.9}]}],"language":"en"}"#
        )
        #expect(first.words == ["2014", "was", "good"])
        #expect(first.timeline.words[0].start >= 0.5 && first.timeline.words[0].end <= 2)
        #expect(first.timeline.words[0].end - first.timeline.words[0].start > 1)
        let last = try file(
            #"{"segments":[{"start":0,"end":3.0,"text":"in 1999","words":[{"word":"in","start":0,"end":0.3},"#
                + #"{"word":"1999"}]}]}"#)
        #expect(last.timeline.words[1].start == 0.3 && last.timeline.words[1].end <= 3)
    }

    @Test func `tokens of words are joined`() throws {
        let file = try file(
            #"{"transcription":[{"text":" un","offsets":{"from":0,"to":200}},"#
                + #"{"text":"believ","offsets":{"from":200,"to":400}},{"text":"able","offsets":{"from":400,"to":600}},"#
                + #"{"text":",","offsets":{"from":600,"to":620}},{"text":" really","offsets":{"from":700,"to":1000}}]}"#
        )
        #expect(file.words == ["unbelievable,", "really"])
        #expect(file.starts == [0, 0.7])
        let pieces = try file_(
            #"{"words":[{"word":"▁play","start":0,"end":0.2},{"word":"ing","start":0.2,"end":0.4},{"word":"▁now","start":0.4,"end":0.8}]}"#
        )
        #expect(pieces.words == ["playing", "now"])
        let wordPiece = try file_(
            ###"{"words":[{"word":"play","start":0,"end":0.2},{"word":"##ing","start":0.2,"end":0.4},{"word":"now","start":0.4,"end":0.8}]}"###
        )
        #expect(wordPiece.words == ["playing", "now"])
    }

    private func file_(_ text: String) throws -> TimingFile { try file(text) }

    @Test func `tokens of Kokoro without a space between are one word`() throws {
        let file = try file(
            #"[{"text":"do","phonemes":"dˈu","whitespace":"","start_ts":0,"end_ts":0.2},"#
                + #"{"text":"n't","phonemes":"nt","whitespace":" ","start_ts":0.2,"end_ts":0.3},"#
                + #"{"text":"go","phonemes":"ɡˈO","whitespace":"","start_ts":0.3,"end_ts":0.6}]"#)
        #expect(file.words == ["don't", "go"])
    }

    @Test func `descriptions of sounds are silent`() throws {
        let segments = try file(
            #"{"segments":[{"start":0.0,"end":2.0,"text":" [BLANK_AUDIO]"},"#
                + #"{"start":2.0,"end":4.0,"text":" *music* (upbeat music)"},{"start":4.0,"end":5.0,"text":" Hello."}]}"#
        )
        #expect(segments.words == ["Hello."])
        #expect(segments.has("TIMING_NOT_SPEECH"))
        let scribe = try file(
            #"{"language_code":"eng","words":[{"text":"Hello","start":0.1,"end":0.5,"type":"word"},"#
                + #"{"text":" ","start":0.5,"end":0.6,"type":"spacing"},{"text":"there","start":0.6,"end":1.0,"type":"word"},"#
                + #"{"text":"(laughs)","start":1.2,"end":2.0,"type":"audio_event"}]}"#)
        #expect(scribe.words == ["Hello", "there"])
        #expect(scribe.has("TIMING_NOT_SPEECH"))
        let words = try file(
            #"{"words":[{"word":"[upbeat","start":0,"end":1},{"word":"music]","start":1,"end":2},"#
                + #"{"word":"xxx","start":2,"end":3},{"word":"<unk>","start":3,"end":4},{"word":"yes","start":4,"end":5}]}"#
        )
        #expect(words.words == ["yes"])
    }

    @Test func `audio tags of an alignment are silent`() throws {
        let text = "[laughs] Hello [whispers] there"
        let starts = (0..<text.count).map { 0.06 * Double($0) }
        let file = try file(
            "{\"alignment\":{\"characters\":[\(text.map { "\"\($0)\"" }.joined(separator: ","))],"
                + "\"character_start_times_seconds\":\(starts),\"character_end_times_seconds\":\(starts.map { $0 + 0.06 })},"
                + "\"normalized_alignment\":null}")
        #expect(file.words == ["Hello", "there"])
        #expect(abs(file.timeline.words[0].start - 0.54) < 1e-9)
        #expect(file.diagnostics.contains { $0.message.contains("[laughs]") })
    }

    @Test func `a second pass of an alignment replaces the first`() throws {
        func line(_ text: String) -> String {
            let starts = (0..<text.count).map { 60 * $0 }
            return
                "{\"audio\":\"\",\"alignment\":{\"chars\":[\(text.map { "\"\($0)\"" }.joined(separator: ","))],"
                + "\"charStartTimesMs\":\(starts),\"charDurationsMs\":\(starts.map { _ in 60 })}}\n"
        }
        let file = try file(
            line("Hello th") + line("Hello there my friend") + "{\"isFinal\":true,\"alignment\":null}\n")
        #expect(file.words == ["Hello", "there", "my", "friend"])
        #expect(file.timeline.words[0].start == 0)
        #expect(abs((file.timeline.words.last?.end ?? 0) - 1.26) < 1e-9)
        // The same beginning at other times is said again.
        let again = try file_(line("No, ") + line("No, no"))
        #expect(again.words == ["No", "no"] || again.words == ["No", "No", "no"])
    }

    @Test func `audio without an alignment counts`() throws {
        // 16-bit PCM at 16,000 Hz: 0.5 s are 16,000 bytes.
        func audio(_ seconds: Double) -> String {
            String(repeating: "A", count: Int(seconds * 32_000) / 3 * 4)
        }
        func line(_ text: String, _ seconds: Double) -> String {
            let starts = (0..<text.count).map { 100 * $0 }
            return
                "{\"audio\":\"\(audio(seconds))\",\"alignment\":{\"chars\":[\(text.map { "\"\($0)\"" }.joined(separator: ","))],"
                + "\"charStartTimesMs\":\(starts),\"charDurationsMs\":\(starts.map { _ in 100 })}}\n"
        }
        let file = try file(
            line("mama", 0.42) + "{\"audio\":\"\(audio(0.5))\",\"alignment\":null}\n" + line(" papa", 0.52))
        #expect(file.words == ["mama", "papa"])
        #expect(abs(file.timeline.words[1].start - 1.02) < 0.02)
    }

    @Test func `chunks of Hugging Face are read`() throws {
        let file = try file(
            #"{"text":" Hello there.","chunks":[{"text":" Hello","timestamp":[0.0,0.5]},{"text":" there.","timestamp":[0.5,null]}]}"#,
            audio: 1.2)
        #expect(file.words == ["Hello", "there."])
        #expect(file.starts == [0, 0.5])
    }

    @Test func `words of TalkingHead are read in milliseconds`() throws {
        let file = try file(
            #"{"words":["Ça","va","bien"],"wtimes":[93.75,262.5,481.25],"wdurations":[87.5,187.5,212.5]}"#,
            language: "fr")
        #expect(file.words == ["Ça", "va", "bien"])
        #expect(file.timeline.words[1].start == 0.2625)
    }

    @Test func `lines of Kokoro's captions follow each other`() throws {
        let file = try file(
            #"{"audio":"","timestamps":[{"word":"Hello","start_time":0.1,"end_time":0.5}]}"# + "\n"
                + #"{"audio":"","timestamps":[{"word":"again","start_time":0.6,"end_time":1.0}]}"# + "\n")
        #expect(file.words == ["Hello", "again"])
        #expect(file.starts == [0.1, 0.6])
    }

    @Test(arguments: [
        #"{"results":[{"alternatives":[{"words":[{"word":"my","startTime":"0s","endTime":"0.300s"},{"word":"mother","startTime":"0.300s","endTime":"1s"}]}]}]}"#,
        #"{"results":{"items":[{"type":"pronunciation","start_time":"0.0","end_time":"0.3","alternatives":[{"content":"my"}]},{"type":"pronunciation","start_time":"0.3","end_time":"1.0","alternatives":[{"content":"mother"}]}]}}"#,
        #"{"result":[{"conf":1,"start":0,"end":0.3,"word":"my"},{"conf":1,"start":0.3,"end":1,"word":"mother"}],"text":""}"#,
        #"{"NBest":[{"Words":[{"Word":"my","Offset":0,"Duration":3000000},{"Word":"mother","Offset":3000000,"Duration":7000000}]}]}"#,
        #"{"monologues":[{"speaker":0,"elements":[{"type":"text","value":"my","ts":0,"end_ts":0.3},{"type":"punct","value":" "},{"type":"text","value":"mother","ts":0.3,"end_ts":1}]}]}"#,
        #"{"result":{"transcription":{"utterances":[{"start":0,"end":1,"words":[{"word":" my","start":0,"end":0.3},{"word":" mother","start":0.3,"end":1}]}]}}}"#,
        #"{"text":"my mother","utterances":[{"speaker":"A","start":0,"end":1000,"words":[{"text":"my","start":0,"end":300},{"text":"mother","start":300,"end":1000}]}]}"#,
    ])
    func `recognisers write words in many places`(text: String) throws {
        let file = try file(text)
        #expect(file.words == ["my", "mother"])
        #expect(file.starts == [0, 0.3])
        #expect(file.spoken == "maɪmʌðɚ")
    }

    @Test func `channels are merged by time or chosen`() throws {
        let text =
            #"{"results":{"channels":[{"alternatives":[{"words":[{"word":"hello","start":0,"end":0.4},{"word":"fine","start":2,"end":2.4}]}]},"#
            + #"{"alternatives":[{"words":[{"word":"how","start":0.8,"end":1},{"word":"goes","start":1,"end":1.4}]}]}]}}"#
        #expect(try file(text).words == ["hello", "how", "goes", "fine"])
        #expect(try file(text).has("TIMING_SPEAKERS"))
        #expect(try file(text, speaker: "channel 1").words == ["how", "goes"])
        #expect(try file(text, speaker: "1").words == ["how", "goes"])
    }

    @Test func `a cut character of Polly is left out with its place`() throws {
        let text =
            Array(#"{"time":0,"type":"sentence","start":0,"end":6,"value":"pools"#.utf8) + [0xE2]
            + Array(
                ("\"}\n" + #"{"time":6,"type":"word","start":0,"end":5,"value":"pools"}"# + "\n"
                    + #"{"time":6,"type":"viseme","value":"p"}"# + "\n"
                    + #"{"time":120,"type":"viseme","value":"sil"}"#).utf8)
        let file = try TimingFile.read(text, name: "p", audioDurationSeconds: nil, pronouncer: NoPronouncer())
        #expect(file.spoken == "p")
        #expect(file.diagnostics.contains { $0.code == "TIMING_ENCODING" && $0.message.contains("line 1") })
    }

    @Test func `captions in Windows-1252 are read`() throws {
        let bytes =
            Array("WEBVTT\nLanguage: de\n\n00:00.000 --> 00:02.000\nSch".utf8) + [0xF6]
            + Array("ne Gr".utf8) + [0xFC, 0xDF] + Array("e\n".utf8)
        let file = try TimingFile.read(
            bytes, name: "c", audioDurationSeconds: nil, pronouncer: ESpeakPronouncer())
        #expect(file.words == ["Schöne", "Grüße"])
        #expect(file.has("TIMING_ENCODING"))
    }

    @Test func `a word without end is pronounced in pieces`() throws {
        let long = String(repeating: "la", count: 200)
        let file = try file("{\"words\":[{\"word\":\"\(long)\",\"start\":0,\"end\":60}]}")
        #expect(file.words.joined() == long)
    }
}

/// Pronounces nothing: for forms that need no pronunciation.
struct NoPronouncer: Pronouncer {
    func segments(of text: String, language: String) throws -> [IPASegments.Segment] {
        throw AvatariumError(.internalError, "'\(text)' needs no pronunciation here")
    }
    func checkedLanguage(_ name: String) throws -> String { name }
}
