import AvatariumCore
import Phonetics
import SpeechTestSupport
import Testing
import TimingFormats

/// Kinds of files that strangers gave and that came out wrong.
@Suite struct StrangerTests {
    // MARK: Captions

    @Test func `captions that grow from one word are said once`() throws {
        let words = ["one", "two", "three", "four"]
        let cues = words.indices.map { index in
            "00:0\(index).000 --> 00:0\(index + 1).000\n\(words[...index].joined(separator: " "))\n"
        }
        #expect(try file("WEBVTT\n\n" + cues.joined(separator: "\n")).words == words)
        // Two cues do not tell growth from "No. No way."
        let said = try file("WEBVTT\n\n00:00.000 --> 00:01.000\nNo\n\n00:01.000 --> 00:02.000\nNo way\n")
        #expect(said.words == ["No", "No", "way"])
    }

    /// Editors leave two to four frames between cues.
    @Test func `captions that grow across the gaps that editors leave are said once`() throws {
        let words = ["Hello", "there", "my", "friend"]
        let cues = words.indices.map { index in
            "00:0\(index).000 --> 00:0\(index).880\n\(words[...index].joined(separator: " "))\n"
        }
        let grown = try file("WEBVTT\n\n" + cues.joined(separator: "\n"))
        #expect(grown.words == words)
        #expect(grown.starts == [0, 1, 2, 3])
        // Two words again after a gap, and no more after them, were said twice.
        let said = try file(
            "WEBVTT\n\n00:00.000 --> 00:00.900\nOh no\n\n00:01.000 --> 00:02.000\nOh no not you\n")
        #expect(said.words == ["Oh", "no", "Oh", "no", "not", "you"])
    }

    @Test(arguments: [
        "start;end;word\n0,2;0,5;Hello\n0,5;0,9;there\n",
        "start\tend\ttext\n0,2\t0,5\tHello\n0,5\t0,9\tthere\n",
        "0,2;0,5;Hello\n0,5;0,9;there\n", "a1;0,2;0,5;Hello\na2;0,5;0,9;there\n",
    ])
    func `a table's numbers may have the comma that spreadsheets of many languages write`(table: String)
        throws
    {
        let file = try file(table)
        #expect(file.words == ["Hello", "there"])
        #expect(file.starts == [0.2, 0.5])
    }

    @Test func `names in ordinary letters are not said where they come back`() throws {
        let file = try file(
            "1\n00:00:00,000 --> 00:00:01,000\nDr. Jones: Hello\n\n2\n00:00:01,000 --> 00:00:02,000\nAnna Bell: Yes\n\n"
                + "3\n00:00:02,000 --> 00:00:03,000\nDr. Jones: Good\n")
        #expect(file.words == ["Hello", "Yes", "Good"])
        #expect(
            try self.file("1\n00:00:00,000 --> 00:00:01,000\nSpeaker 1: Hello\n").words == ["Hello"])
        let prose = try self.file(
            "1\n00:00:00,000 --> 00:00:02,000\nNo: never\n\n2\n00:00:02,000 --> 00:00:03,000\nyes it is\n\n"
                + "3\n00:00:03,000 --> 00:00:04,000\nas I said\n")
        #expect(prose.words.first == "No:")
    }

    @Test func `a name before captions chooses the speaker until the next one`() throws {
        let text =
            "1\n00:00:00,000 --> 00:00:01,000\nANNA: Hello\n\n2\n00:00:01,000 --> 00:00:02,000\nmy friend\n\n"
            + "3\n00:00:02,000 --> 00:00:03,000\nBOB: Yes\n"
        #expect(try file(text, speaker: "anna").words == ["Hello", "my", "friend"])
        #expect(try file(text, speaker: "bob").words == ["Yes"])
    }

    @Test(arguments: [
        ("WEBVTT\n\n00:00.000 --> 00:02.000\nHello\n\n00:02.000 -> 00:04.000\nworld\n", "6", "-->"),
        ("1\n00:00:00,000 00:00:02,000\nHello\n", nil, "-->"),
        ("1\n00:75:00,000 --> 00:76:00,000\nHello\n", "2", "59"),
    ])
    func `a cue with a broken line of times is an error with its cause`(
        text: String, line: String?, reason: String
    ) async {
        let error = await failure { _ = try file(text) }
        #expect(error?.code == .validationError)
        if let line { #expect(error?.context["line"] == line) }
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    // MARK: Labels

    @Test func `one letter of the IPA does not turn X-SAMPA, nor one of X-SAMPA the IPA`() throws {
        #expect(Alphabet.detect(["h", "@", "l", "@U", "ŋ", "m"]) == .xsampa)
        #expect(Alphabet.detect(["h", "ɛ", "l", "oʊ", "D"]) == .ipa)
        let file = try file(labels(["h", "ɛ", "l", "oʊ", "D", "ə", "n", "ʌ"]), name: "a.lab")
        #expect(file.spoken.contains("ð"))
        #expect(file.diagnostics.contains { $0.code == "TIMING_LABEL_UNKNOWN" && $0.message.contains("'D'") })
        #expect(try self.file(labels(["silB", "k", "o", "e", "silE"]), name: "a.lab").spoken == "koe")
    }

    @Test func `labels of several tracks are merged by time`() throws {
        let file = try file("0.0\t0.5\thello there\n1.5\t2.0\tmy friend\n0.6\t1.1\tyes sir\n")
        #expect(file.words == ["hello", "there", "yes", "sir", "my", "friend"])
    }

    // MARK: Units

    @Test(arguments: [
        #"{"word_timestamps":{"words":["hello","there","friend"],"start":[0,400,800],"end":[380,790,1300]}}"#,
        "{\"alignment\":{\"characters\":[\"H\",\"i\",\" \",\"y\",\"o\",\"u\"],"
            + "\"character_start_times_seconds\":[0,60,120,180,240,300],"
            + "\"character_end_times_seconds\":[60,120,180,240,300,360]}}",
        "File type = \"ooTextFile\"\nObject class = \"TextGrid\"\n\nxmin = 0\nxmax = 1290\ntiers? <exists>\nsize = 1\n"
            + "item []:\nitem [1]:\nclass = \"IntervalTier\"\nname = \"words\"\nxmin = 0\nxmax = 1290\n"
            + "intervals: size = 3\nxmin = 0\nxmax = 290\ntext = \"hello\"\nxmin = 290\nxmax = 710\ntext = \"there\"\n"
            + "xmin = 710\nxmax = 1290\ntext = \"friend\"\n",
    ])
    func `milliseconds are found in every form that holds words`(text: String) throws {
        let file = try file(text)
        #expect(file.has("TIMING_UNIT"))
        #expect(file.timeline.endSeconds < 2)
    }

    @Test func `durations in milliseconds beside starts in seconds are both read`() throws {
        let file = try file(
            #"{"words":[{"word":"hello","start":0.2,"duration":500},{"word":"there","start":0.7,"duration":400},"#
                + #"{"word":"friend","start":1.1,"duration":300}]}"#)
        #expect(file.starts == [0.2, 0.7, 1.1])
        #expect(file.has("TIMING_UNIT"))
    }

    @Test(arguments: [25.0, 1.0 / 60])
    func `frames and minutes are refused by name`(perSecond: Double) async {
        let words = ["he", "was", "not", "at", "home", "today"].enumerated().map { index, word in
            let (start, end) = (0.4 * Double(index) * perSecond, (0.4 * Double(index) + 0.3) * perSecond)
            return perSecond > 1
                ? "{\"word\":\"\(word)\",\"start\":\(Int(start)),\"end\":\(Int(end))}"
                : "{\"word\":\"\(word)\",\"start\":\(start),\"end\":\(end)}"
        }
        let error = await failure { _ = try file("{\"words\":[\(words.joined(separator: ","))]}") }
        #expect(error?.message.contains("are not seconds") == true, "\(error?.message ?? "read")")
    }

    @Test(arguments: [
        #"{"results":[{"alternatives":[{"words":[{"word":"hello","startTime":{"nanos":200000000},"endTime":{"seconds":"0","nanos":700000000}}]}]}]}"#,
        #"{"NBest":[{"Words":[{"Word":"hello","Offset":"PT0.2S","Duration":"PT0.5S"}]}]}"#,
        #"{"words":[{"word":"hello","start":"00:00:00.200","end":"00:00:00.700"}]}"#,
        #"{"results":[{"alternatives":[{"timestamps":[["hello",0.2,0.7]]}]}]}"#,
        #"{"segments":[{"start":0.2,"end":0.7,"text":"hello","words":[[0.2,0.7," hello",0.9]]}]}"#,
        #"{"results":{"channel_labels":{"channels":[{"channel_label":"ch_0","items":[{"start_time":"0.2","end_time":"0.7","alternatives":[{"content":"hello"}]}]}]}}}"#,
        #"[{"AudioOffset":2000000,"Duration":5000000,"Text":"hello","BoundaryType":"Word"},{"AudioOffset":7000000,"Duration":100000,"Text":".","BoundaryType":"Punctuation"}]"#,
        #"{"durations":[{"text":"hello","start":0.2,"duration":0.5}]}"#,
        #"{"generations":[{"snippets":[[{"timestamps":[{"type":"word","text":"hello","time":{"begin":200,"end":700}},{"type":"phoneme","text":"h","time":{"begin":200,"end":250}}]}]]}]}"#,
        #"{"wordDurations":[{"word":"hello","startMs":200,"endMs":700}]}"#,
        #"[{"text":"hello","time_begin":200,"time_end":700.5}]"#,
        #"{"fragments":[{"begin":"0.200","end":"0.700","lines":["hello"]}]}"#,
        #"{"events":[{"tStartMs":200,"dDurationMs":500,"segs":[{"utf8":"hello"}]}]}"#,
        "start\tend\ttext\n200\t700\thello\n",
        "word,start,end\nhello,0.2,0.7\n",
        "talk 1 0.20 0.50 hello\n",
        "data: {\"words\":[{\"word\":\"hello\",\"start\":0.2,\"end\":0.7}]}\n\ndata: [DONE]\n",
    ])
    func `words are read as this vendor writes them`(text: String) throws {
        let file = try file(text)
        #expect(file.words.first?.hasPrefix("hello") == true && file.words.count == 1)
        #expect(file.starts == [0.2])
        #expect(abs((file.timeline.words.last?.end ?? 0) - 0.7) < 0.011)
    }

    // MARK: Streams

    @Test func `values that stand behind one another are read`() throws {
        let one = #"{"timestamps":[{"word":"Hello","start_time":0.2,"end_time":0.5}]}"#
        #expect(try file(one + one.replacing("Hello", with: "there")).words == ["Hello", "there"])
    }

    @Test func `an alignment cut within a word is replaced though its times changed`() throws {
        let file = try file(chunk("Hello th", step: 80) + "\n" + chunk("Hello there", step: 85))
        #expect(file.words == ["Hello", "there"])
        #expect(file.starts[0] == 0)
    }

    @Test func `words of two contexts do not run together`() throws {
        let text =
            "[" + chunk("Hello there", step: 80, context: "a") + ","
            + chunk("Bye now", step: 80, context: "b") + "]"
        #expect(try file(text).words == ["Hello", "there", "Bye", "now"])
    }

    @Test func `windows whose times start again follow one another`() throws {
        let file = try file(
            #"{"chunks":[{"text":" hello","timestamp":[28.0,29.0]},{"text":" there","timestamp":[0.0,0.5]},"#
                + #"{"text":" friend","timestamp":[0.5,null]}]}"#)
        #expect(file.words == ["hello", "there", "friend"])
        #expect(file.starts[1] >= 29)
        #expect(file.has("TIMING_RESTART"))
    }

    @Test func `a last result that repeats all with speakers is read once`() throws {
        let words = [("hello", "0.2s", "0.6s", 1), ("yes", "0.7s", "1.1s", 2)]
        let plain = words.map { #"{"word":"\#($0.0)","startTime":"\#($0.1)","endTime":"\#($0.2)"}"# }
        let tagged = words.map {
            #"{"word":"\#($0.0)","startTime":"\#($0.1)","endTime":"\#($0.2)","speakerTag":\#($0.3)}"#
        }
        let results = [plain, tagged].map {
            "{\"alternatives\":[{\"words\":[\($0.joined(separator: ","))]}]}"
        }
        let text = "{\"results\":[\(results.joined(separator: ","))]}"
        #expect(try file(text).words == ["hello", "yes"])
        #expect(try file(text, speaker: "2").words == ["yes"])
    }

    @Test func `a speaker is found by its number`() throws {
        let text =
            #"{"words":[{"word":"hello","start":0.2,"end":0.6,"speaker":"SPEAKER_00"},"#
            + #"{"word":"yes","start":0.7,"end":1.1,"speaker":"SPEAKER_01"}]}"#
        #expect(try file(text, speaker: "1").words == ["yes"])
        #expect(try file(text, speaker: "speaker_00").words == ["hello"])
    }

    @Test(arguments: [["Ġun", "able", "Ġday"], ["un@@", "able", "day"], ["un", "able</w>", "day</w>"]])
    func `pieces of words are joined in every notation`(pieces: [String]) throws {
        let words = pieces.enumerated().map { index, piece in
            "{\"word\":\"\(piece)\",\"start\":\(0.2 * Double(index)),\"end\":\(0.2 * Double(index) + 0.2)}"
        }
        #expect(try file("{\"words\":[\(words.joined(separator: ","))]}").words == ["unable", "day"])
    }

    // MARK: Languages and errors

    @Test func `marks of a script that nobody reads are not spelled`() throws {
        let file = try file(#"{"words":[{"word":"សួស្តី","start":0,"end":0.5}]}"#)
        #expect(Set(file.timeline.phones.map(\.ipa)).subtracting([""]) == ["ə"])
    }

    @Test(arguments: ["auto", "multi", "und"])
    func `a language that is none needs no warning`(name: String) throws {
        let file = try file(#"{"language":"\#(name)","words":[{"word":"hello","start":0,"end":0.5}]}"#)
        #expect(!file.has("TIMING_LANGUAGE"))
    }

    @Test(arguments: [
        ("{\"error\":{\"message\":\"quota is used up\"}}", "quota is used up"),
        ("{\"detail\":{\"status\":\"quota_exceeded\",\"message\":\"no credits\"}}", "no credits"),
        ("hello there my friend\n", "--transcript"),
        ("<!DOCTYPE html><html></html>", "web page"),
        ("%PDF-1.4\n", "PDF"),
        ("SPEAKER talk 1 0.00 0.50 <NA> <NA> anna <NA> <NA>\n", "diarization"),
        ("<?xml version=\"1.0\"?><timedtext format=\"3\"></timedtext>", "no words"),
    ])
    func `what is no timing file is named`(text: String, reason: String) async {
        let error = await failure { _ = try file(text) }
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "read")")
    }

    private func labels(_ labels: [String]) -> String {
        labels.enumerated().map { "\(0.1 * Double($0)) \(0.1 * Double($0 + 1)) \($1)\n" }.joined()
    }

    private func file(
        _ text: String, name: String = "test", speaker: String? = nil
    ) throws -> TimingFile {
        try TimingFormatsTests.file(text, name: name, speaker: speaker)
    }

    /// A chunk of ElevenLabs' websocket.
    private func chunk(_ text: String, step: Int, context: String? = nil) -> String {
        let letters = text.map { "\"\($0)\"" }.joined(separator: ",")
        let starts = (0..<text.count).map { $0 * step }
        let lengths = starts.map { _ in step }
        return
            "{\"alignment\":{\"chars\":[\(letters)],\"charStartTimesMs\":\(starts),\"charDurationsMs\":\(lengths)}"
            + (context.map { ",\"contextId\":\"\($0)\"" } ?? "") + "}"
    }
}
