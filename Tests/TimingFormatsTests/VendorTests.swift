import AvatariumCore
import SpeechTestSupport
import Testing
import TimingFormats

/// Forms of single vendors, in their own writing: right words and times, or refused by name.
@Suite struct VendorTests {
    // MARK: VOICEVOX

    /// `audio_query` of "kitte, neko?", lengths in whole frames of 256 / 24,000 s.
    private func query(_ members: String = "", pitch: Double = 5.5) -> String {
        func mora(_ text: String, _ consonant: String?, _ vowel: String, _ pitch: Double = 5) -> String {
            let consonant =
                consonant.map { "\"\($0)\",\"consonant_length\":0.064" } ?? "null,\"consonant_length\":null"
            return
                "{\"text\":\"\(text)\",\"consonant\":\(consonant),\"vowel\":\"\(vowel)\",\"vowel_length\":0.096,"
                + "\"pitch\":\(pitch)}"
        }
        return "{\"accent_phrases\":[{\"moras\":[\(mora("キ", "k", "I", 0)),\(mora("ッ", nil, "cl", 0)),"
            + "\(mora("テ", "t", "e"))],\"accent\":1,\"pause_mora\":{\"text\":\"、\",\"consonant\":null,"
            + "\"consonant_length\":null,\"vowel\":\"pau\",\"vowel_length\":0.32,\"pitch\":0},"
            + "\"is_interrogative\":false},{\"moras\":[\(mora("ネ", "n", "e")),\(mora("コ", "k", "o", pitch))],"
            + "\"accent\":1,\"pause_mora\":null,\"is_interrogative\":true}],\"speedScale\":1,"
            + "\"prePhonemeLength\":0.096,\"postPhonemeLength\":0.096,\"outputSamplingRate\":24000\(members)}"
    }

    @Test func `a VOICEVOX query is read as its engine speaks it`() throws {
        let timeline = try file(query()).timeline
        #expect(timeline.words.map(\.text) == ["キッテ", "ネコ"])
        // The doubled consonant is held, and the question gets a mora of 0.15 s, 14 frames.
        #expect(timeline.phones.map(\.ipa).joined(separator: " ") == " k i t t e  n e k o o ")
        let starts = timeline.phones.map { ($0.start * 93.75).rounded() }
        #expect(starts == [0, 9, 15, 24, 33, 39, 48, 78, 84, 93, 99, 108, 122])
        #expect(timeline.phones.allSatisfy { abs($0.start * 93.75 - ($0.start * 93.75).rounded()) < 1e-6 })
        #expect(abs(timeline.endSeconds - 131 / 93.75) < 1e-9)
    }

    @Test func `a VOICEVOX query's speed and pauses count`() throws {
        let fast = try file(query().replacing("\"speedScale\":1", with: "\"speedScale\":2")).timeline
        #expect(abs(fast.endSeconds - 65.5 / 93.75) < 0.06)
        let long = try file(query(",\"pauseLength\":0.64,\"pauseLengthScale\":2")).timeline
        #expect(abs(long.endSeconds - (131 - 30 + 120) / 93.75) < 1e-6)
        // Without a voice at its end there is no mora of the question.
        #expect(abs(try file(query(pitch: 0)).timeline.endSeconds - 117 / 93.75) < 1e-6)
    }

    @Test func `accent phrases alone and the frames of a song are read`() throws {
        let whole = query()
        let list = try #require(whole.firstRange(of: "[")?.lowerBound)
        let end = try #require(whole.firstRange(of: "],\"speedScale")?.lowerBound)
        let phrases = try file(String(whole[list...end])).timeline
        #expect(phrases.words.map(\.text) == ["キッテ", "ネコ"])
        #expect(phrases.phones.first?.start == 0 && phrases.phones.first?.ipa == "k")
        let song = try file(
            #"{"f0":[0],"volume":[0],"phonemes":[{"phoneme":"pau","frame_length":15,"note_id":null},"#
                + #"{"phoneme":"d","frame_length":6},{"phoneme":"o","frame_length":45}]}"#
        ).timeline
        #expect(song.phones.map(\.ipa) == ["", "d", "o"])
        #expect(abs(song.phones[2].start - 21 / 93.75) < 1e-9)
    }

    @Test func `a query without lengths and unknown phonemes are refused by name`() async {
        let empty = query().replacing("0.064", with: "0.0").replacing("0.096", with: "0").replacing(
            "0.32", with: "0"
        )
        .replacing("\"is_interrogative\":true", with: "\"is_interrogative\":false")
        #expect(await failure { _ = try file(empty) }?.message.contains("AivisSpeech") == true)
        let odd = await failure { _ = try file(query().replacing("\"k\"", with: "\"qq\"")) }
        #expect(odd?.message.contains("'qq'") == true)
        let speed = await failure {
            _ = try file(query().replacing("\"speedScale\":1", with: "\"speedScale\":0"))
        }
        #expect(speed?.context["field"] == "/speedScale")
    }

    // MARK: Transcripts and captions

    @Test func `NIST's STM is read with its speakers`() throws {
        let text =
            ";; made by hand\ntalk 1 anna 0.20 1.10 <o,f0,female> hello (uh) %laugh my { friend / fiend }\n"
            + "talk 1 inter_segment_gap 1.10 1.50 <o,,> ignore_time_segment_in_scoring\n"
            + "talk 1 bob 1.50 2.00 <o,f0,male> good day\n"
        let both = try file(text, name: "talk.stm")
        #expect(both.words == ["hello", "uh", "my", "friend", "good", "day"])
        #expect(both.starts[0] == 0.2 && both.starts[4] == 1.5)
        #expect(abs((both.timeline.words[3].end) - 1.1) < 0.02)
        #expect(both.has("TIMING_SPEAKERS"))
        #expect(try file(text, speaker: "bob").words == ["good", "day"])
    }

    @Test func `YouTube's XML is read in its three writings`() throws {
        let srv3 = try file(
            #"<?xml version="1.0" encoding="utf-8" ?><timedtext format="3">"#
                + "\n<head><ws id=\"0\"/></head><body>\n"
                + #"<p t="200" d="2000" w="1"><s ac="248">hello</s><s t="500" ac="248"> there</s><s t="900"> it&#39;s</s></p>"#
                + "\n<p t=\"1200\" d=\"1000\" w=\"1\" a=\"1\">\n</p><p t=\"2300\" d=\"600\"><s> me</s></p></body></timedtext>"
        )
        #expect(srv3.words == ["hello", "there", "it's", "me"])
        #expect(srv3.starts == [0.2, 0.7, 1.1, 2.3])
        let srv1 = try file(
            #"<?xml version="1.0" encoding="utf-8" ?><transcript><text start="0.2" dur="1">[Music]</text>"#
                + #"<text start="1.5" dur="0.5">it&amp;#39;s me</text></transcript>"#)
        #expect(srv1.words == ["it's", "me"])
        #expect(srv1.starts[0] == 1.5)
        let srv2 = try file(#"<timedtext><text t="1500" d="500">good<br/>day</text></timedtext>"#)
        #expect(srv2.words == ["good", "day"])
        #expect(srv2.starts[0] == 1.5)
    }

    @Test(arguments: [
        #"<timedtext format="3"><body><p d="1">x</p></body></timedtext>"#,
        #"<timedtext format="3"><body><p t="zz">x</p></body></timedtext>"#,
        #"<timedtext format="3"><body></body></timedtext>"#, "<transcript><text start=\"0\"", "<transcript>",
    ])
    func `broken YouTube XML is an error`(text: String) async {
        #expect(await failure { _ = try file(text) }?.code == .validationError)
    }

    // MARK: Mouths

    @Test func `a Papagayo project is read by its frames`() throws {
        let text =
            "lipsync version 1\nhello.wav\n25\n50\n1\n\tVoice 1\n\thello there\n\t1\n\t\thello there\n\t\t5\n\t\t24\n"
            + "\t\t2\n\t\t\thello 5 14 3\n\t\t\t\t5 E\n\t\t\t\t8 L\n\t\t\t\t11 O\n\t\t\tthere 20 24 2\n\t\t\t\t20 etc\n"
            + "\t\t\t\t22 E\n"
        let file = try file(text, name: "a.pgo")
        #expect(file.words == ["hello", "there"])
        #expect(file.starts == [0.2, 0.8])
        #expect(file.timeline.phones.map(\.ipa) == ["ɛ", "l", "ɔ", "s", "ɛ"])
        #expect(file.timeline.phones.map { ($0.start * 25).rounded() } == [5, 8, 11, 20, 22])
        // Between the words the mouth rests.
        #expect(abs(file.timeline.phones[2].end - 15 / 25) < 1e-9)
    }

    @Test func `MBROLA's pho is read in milliseconds`() throws {
        let file = try file(
            "; espeak-ng\n_ 50\nh 60\n@ 70 0 100 100 90\nl 60\n@U 150 0 120 50 110\n_ 100\n", name: "a.pho")
        #expect(file.spoken == "hələʊ")
        #expect(file.timeline.phones.map { ($0.start * 1000).rounded() } == [0, 50, 110, 180, 240, 390])
    }

    @Test(arguments: [
        #"[{"time":0.0,"viseme":"sil"},{"time":0.2,"viseme":"PP"},{"time":0.3,"viseme":"aa"},{"time":0.6,"viseme":"sil"}]"#,
        #"{"visemes":[{"start":0,"end":200,"name":"viseme_sil"},{"start":200,"end":300,"name":"viseme_PP"},{"start":300,"end":600,"name":"viseme_aa"},{"start":600,"end":700,"name":"viseme_sil"}]}"#,
        #"{"lipsync":[{"t":0,"value":"neutral"},{"t":0.2,"value":"closed"},{"t":0.3,"value":"aa"},{"t":0.6,"value":"neutral"}]}"#,
    ])
    func `lists of visemes with times are read`(text: String) throws {
        let phones = try file(text).timeline.phones
        #expect(phones.map(\.ipa).map { $0 == "m" ? "p" : $0 } == ["", "p", "ɑ", ""])
        #expect(phones.map(\.start) == [0, 0.2, 0.3, 0.6])
    }

    // MARK: Recognisers

    /// "Hello" from 0.2 to 0.5 s, "there" from 0.5 to 0.9 s.
    @Test(arguments: [
        // Google Speech-to-Text v2, and its batch's file.
        #"{"results":[{"alternatives":[{"words":[{"startOffset":"0.200s","endOffset":"0.500s","word":"Hello"},{"startOffset":"0.500s","endOffset":"0.900s","word":"there"}]}],"languageCode":"en-US"}]}"#,
        #"{"results":{"gs://b/a.wav":{"transcript":{"results":[{"alternatives":[{"words":[{"startOffset":"0.2s","endOffset":"0.5s","word":"Hello"},{"startOffset":"0.5s","endOffset":"0.9s","word":"there"}]}]}]}}}}"#,
        // Azure's metadata of a socket, fast transcription, C#'s events.
        #"{"Metadata":[{"Type":"WordBoundary","Data":{"Offset":2000000,"Duration":3000000,"text":{"Text":"Hello","Length":5,"BoundaryType":"WordBoundary"}}},{"Type":"WordBoundary","Data":{"Offset":5000000,"Duration":4000000,"text":{"Text":"there","Length":5}}},{"Type":"SessionEnd","Data":{"Offset":9000000}}]}"#,
        #"{"phrases":[{"offsetMilliseconds":200,"durationMilliseconds":700,"text":"Hello there","words":[{"text":"Hello","offsetMilliseconds":200,"durationMilliseconds":300},{"text":"there","offsetMilliseconds":500,"durationMilliseconds":400}]}]}"#,
        #"[{"AudioOffset":2000000,"Duration":"00:00:00.3000000","Text":"Hello","BoundaryType":"Word"},{"AudioOffset":5000000,"Duration":"00:00:00.4000000","Text":"there","BoundaryType":"Word"}]"#,
        // faster-whisper's segments alone, whisper.cpp's tokens, Sonix.
        #"[{"id":1,"start":0.2,"end":0.9,"text":" Hello there.","words":[{"start":0.2,"end":0.5,"word":" Hello"},{"start":0.5,"end":0.9,"word":" there"}]}]"#,
        #"{"transcription":[{"offsets":{"from":200,"to":900},"text":" Hello there","tokens":[{"text":"[_BEG_]","offsets":{"from":0,"to":0}},{"text":" Hel","offsets":{"from":200,"to":300}},{"text":"lo","offsets":{"from":300,"to":500}},{"text":" there","offsets":{"from":500,"to":900}}]}]}"#,
        #"{"transcript":[{"text":"Hello there","start_time":0.2,"end_time":0.9,"words":[{"text":"Hello","start_time":0.2,"end_time":0.5},{"text":" there","start_time":0.5,"end_time":0.9}]}]}"#,
        // Hume's stream, with its sound between the words.
        #"{"type":"timestamp","timestamp":{"type":"word","text":"Hello","time":{"begin":200,"end":500}}}"#
            + "\n"
            + #"{"type":"audio","audio":"AAAA"}"# + "\n"
            + #"{"type":"timestamp","timestamp":{"type":"word","text":"there","time":{"begin":500,"end":900}}}"#,
    ])
    func `words of recognisers have their own times`(text: String) throws {
        let file = try file(text)
        #expect(file.words == ["Hello", "there"])
        #expect(file.starts == [0.2, 0.5])
        #expect(file.timeline.words.map { ($0.end * 1000).rounded() } == [500, 900])
    }

    // MARK: Refused by name

    @Test(arguments: [
        (
            #"<?xml version="1.0"?><!DOCTYPE Trans SYSTEM "trans-14.dtd"><Trans><Episode/></Trans>"#,
            "Transcriber"
        ),
        (#"<!-- made --><smil xmlns="x"><body/></smil>"#, "SMIL"), ("<?xml version=\"1.0\"?><foo/>", "'foo'"),
        ("<speak>Hello 1</speak>", "--ssml"), ("@UTF8\n@Begin\n*CHI:\thello 2 .\n", "CHAT"),
        ("<Error><Code>AccessDenied</Code></Error>", "storage"),
    ])
    func `what is no form of timings is named`(text: String, word: String) async {
        let error = await failure { _ = try file(text) }
        #expect(error?.message.contains(word) == true, "\(error?.message ?? "read")")
    }
}
