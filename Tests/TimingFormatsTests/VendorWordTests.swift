import AvatariumCore
import SpeechTestSupport
import Testing
import TimingFormats

/// "Hello world. This is a test." as each service writes it: every word at its own time.
@Suite struct VendorWordTests {
    private let texts = ["hello", "world", "this", "is", "a", "test"]
    private let starts = [0.5, 0.9, 1.8, 2.0, 2.15, 2.25]
    private let ends = [0.9, 1.4, 2.0, 2.15, 2.25, 2.8]

    private func expect(
        _ text: String, name: String = "test", _ comment: Comment? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let file = try file(text, name: name)
        let words = file.words.map { $0.lowercased().filter(\.isLetter) }
        #expect(words == texts, comment, sourceLocation: sourceLocation)
        guard words.count == starts.count else { return }
        for (index, word) in file.timeline.words.enumerated() {
            #expect(abs(word.start - starts[index]) < 0.011, comment, sourceLocation: sourceLocation)
        }
    }

    /// A list of objects, one a word, of a template with `$w` and times in seconds, milliseconds or ticks.
    private func list(_ template: String, _ range: Range<Int>? = nil) -> String {
        (range ?? texts.indices).map { one(template, $0) }.joined(separator: ",")
    }

    private func one(_ template: String, _ index: Int) -> String {
        let (start, end) = (starts[index], ends[index])
        func whole(_ seconds: Double, _ unit: Double) -> String { "\(Int((seconds * unit).rounded()))" }
        return template.replacing("$w", with: texts[index]).replacing("$msd", with: whole(end - start, 1000))
            .replacing("$ms", with: whole(start, 1000)).replacing("$me", with: whole(end, 1000))
            .replacing("$ts", with: whole(start, 1e7)).replacing("$td", with: whole(end - start, 1e7))
            .replacing("$d", with: "\(((end - start) * 1000).rounded() / 1000)")
            .replacing("$s", with: "\(start)").replacing("$e", with: "\(end)")
    }

    // MARK: Members of words

    @Test func `words are found under the names that services give them`() throws {
        for template in [
            #"{"word":"$w","startSec":$s,"endSec":$e,"confidence":0.9,"speakerTag":-1}"#,
            #"{"word":"$w","start_sec":$s,"end_sec":$e}"#,
            #"{"text":"$w ","type":"text","data_start":$s,"data_end":$e}"#,
            #"{"substring":"$w","timestamp":$s,"duration":$d,"confidence":0.9}"#,
            #"{"value":"$w","time":$ms,"duration":$msd}"#,
            #"{"speaker":"Ann","startTime":$s,"endTime":$e,"body":"$w"}"#,
            #"{"privText":"$w","privAudioOffset":$ts,"privDuration":$td,"privTextOffset":0}"#,
            #"{"begin_time":$ms,"end_time":$me,"text":"$w ","punctuation":". "}"#,
            #"{"type":"word","start":0,"end":5,"start_time":$ms,"end_time":$me,"value":"$w"}"#,
        ] {
            try expect("[\(list(template))]", "\(template)")
            try expect(#"{"data":{"things":{"items":[\#(list(template))]}}}"#, "\(template)")
        }
    }

    @Test func `a length is a length, whatever it is called`() throws {
        let file = try file(
            #"{"status":0,"hypotheses":[{"word-alignment":[{"word":"ah","start":0.5,"length":1.9}]},{"word-alignment":[{"word":"oh","start":0.5,"length":1.9}]}]}"#
        )
        #expect(file.words == ["ah"])
        #expect(abs((file.timeline.words.first?.end ?? 0) - 0.5) > 0.2)
    }

    @Test func `Tencent's words count from their sentence`() throws {
        func sentence(_ range: Range<Int>) -> String {
            let origin = starts[range.lowerBound]
            let words = range.map { index in
                #"{"Word":"\#(texts[index])","OffsetStartMs":\#(Int(((starts[index] - origin) * 1000).rounded())),"#
                    + #""OffsetEndMs":\#(Int(((ends[index] - origin) * 1000).rounded()))}"#
            }.joined(separator: ",")
            return #"{"FinalSentence":"x","StartMs":\#(Int(origin * 1000)),"#
                + #""EndMs":\#(Int(ends[range.upperBound - 1] * 1000)),"Words":[\#(words)]}"#
        }
        try expect(
            #"{"Response":{"Data":{"ResultDetail":[\#(sentence(0..<2)),\#(sentence(2..<6))]}}}"#)
    }

    @Test func `words lie in the innermost list`() throws {
        // aeneas with three levels; MiniMax; Speechify's nested marks; Paraformer.
        let leaf = #"{"begin":"$s","end":"$e","lines":["$w"],"children":[]}"#
        try expect(
            #"{"fragments":[{"begin":"0.5","end":"2.8","lines":["hello world this is a test"],"children":["#
                + #"{"begin":"0.5","end":"1.4","lines":["hello world"],"children":[\#(list(leaf, 0..<2))]},"#
                + #"{"begin":"1.8","end":"2.8","lines":["this is a test"],"children":[\#(list(leaf, 2..<6))]}]}]}"#
        )
        let mini = #"{"time_begin":$ms.0,"time_end":$me.0,"word":"$w"}"#
        try expect(
            #"[{"text":"hello world","time_begin":500.0,"time_end":1400.0,"timestamped_words":[\#(list(mini, 0..<2))]},"#
                + #"{"text":"this is a test","time_begin":1800.0,"time_end":2800.0,"timestamped_words":[\#(list(mini, 2..<6))]}]"#
        )
        let mark = #"{"type":"word","start":0,"end":5,"start_time":$ms,"end_time":$me,"value":"$w"}"#
        try expect(
            #"{"speech_marks":{"chunks":[{"type":"sentence","start":0,"end":12,"start_time":500,"end_time":1400,"#
                + #""value":"hello world","chunks":[\#(list(mark, 0..<2))]},{"type":"sentence","start":13,"end":28,"#
                + #""start_time":1800,"end_time":2800,"value":"this is a test","chunks":[\#(list(mark, 2..<6))]}]}}"#
        )
    }

    @Test func `a segment whose words were not aligned is spoken whole`() throws {
        let words = list(#"{"word":"$w","start":$s,"end":$e}"#, 0..<2)
        let file = try file(
            #"{"segments":[{"start":0.5,"end":1.4,"text":" hello world","words":[\#(words)]},"#
                + #"{"start":1.8,"end":2.8,"text":" this is a test","words":[]}]}"#)
        #expect(file.words == ["hello", "world", "this", "is", "a", "test"])
        #expect(abs(file.starts[2] - 1.8) < 0.011)
    }

    @Test func `of several readings the best is spoken, of several channels all`() throws {
        let words = list(#"{"word":"$w","start_time":$s,"duration":$d}"#)
        try expect(
            #"{"transcripts":[{"confidence":-9,"words":[\#(words)]},{"confidence":-12,"words":[{"word":"yellow","start_time":0.5,"duration":0.4}]}]}"#
        )
        let channels = try file(
            #"{"transcripts":[{"channel_index":0,"confidence":1,"words":[{"text":"hello","start":0.5,"end":0.9}]},"#
                + #"{"channel_index":1,"confidence":1,"words":[{"text":"world","start":0.9,"end":1.4}]}]}"#)
        #expect(channels.words == ["hello", "world"])
        #expect(channels.has("TIMING_SPEAKERS"))
    }

    @Test func `Video Indexer's instances and pronunciation assessment are read`() throws {
        let file = try file(
            #"{"videos":[{"insights":{"transcript":[{"id":1,"text":"Hello world.","speakerId":1,"instances":"#
                + #"[{"adjustedStart":"0:00:00.5","start":"0:00:00.5","end":"0:00:01.4"}]}]}}]}"#)
        #expect(file.words == ["Hello", "world."] && file.starts[0] == 0.5)
        let word =
            #"{"Word":"$w","Offset":$ts,"Duration":$td,"Phonemes":[{"Phoneme":"h","Offset":$ts,"Duration":$td}]}"#
        try expect(
            #"{"Id":"x","RecognitionStatus":"Success","Offset":5000000,"Duration":23000000,"DisplayText":"x","#
                + #""NBest":[{"Confidence":0.9,"Lexical":"x","Words":[\#(list(word))]}]}"#)
    }

    @Test func `a list of times beside a text is FunASR's`() throws {
        let times = list("[$ms,$me]")
        try expect(#"[{"key":"x","text":"hello world, this is a test.","timestamp":[\#(times)]}]"#)
        let chinese = try file(
            #"[{"text":"你好，世界。","timestamp":[[500,700],[700,900],[900,1100],[1100,1400]]}]"#)
        #expect(chinese.words.count == 4 && chinese.starts == [0.5, 0.7, 0.9, 1.1])
        let odd = try file(#"{"text":"hello world again","timestamp":[[500,900],[900,1400]]}"#)
        #expect(odd.has("TIMING_COUNTS") && odd.words == ["hello", "world", "again"])
    }

    // MARK: Streams

    @Test func `drafts of a stream are not spoken`() throws {
        func words(_ range: Range<Int>) -> String { list(#"{"word":"$w","start":$s,"end":$e}"#, range) }
        let deepgram = [(0..<1, false), (0..<2, true), (2..<4, false), (2..<6, true)].map { range, isFinal in
            #"{"type":"Results","channel_index":[0,1],"is_final":\#(isFinal),"channel":{"alternatives":"#
                + #"[{"words":[\#(words(range))]}]}}"#
        }.joined(separator: "\n")
        try expect(deepgram)
        #expect(try file(deepgram).has("TIMING_DRAFTS"))
        func results(_ range: Range<Int>) -> String {
            list(
                #"{"type":"word","start_time":$s,"end_time":$e,"alternatives":[{"content":"$w"}]}"#, range)
        }
        try expect(
            [("AddPartialTranscript", 0..<1), ("AddTranscript", 0..<2), ("AddTranscript", 2..<6)].map {
                #"{"message":"\#($0)","results":[\#(results($1))]}"#
            }.joined(separator: "\n"))
        func turn(_ range: Range<Int>, _ isEnd: Bool) -> String {
            #"{"type":"Turn","turn_order":0,"end_of_turn":\#(isEnd),"words":[\#(list(#"{"text":"$w","start":$ms,"end":$me}"#, range))]}"#
        }
        try expect([turn(0..<2, false), turn(0..<6, true), turn(0..<6, true)].joined(separator: "\n"))
        // A stream that was cut ends with a draft.
        let cut = [(0..<2, true), (2..<3, false), (2..<6, false)].map { range, isFinal in
            #"{"type":"transcript","is_final":\#(isFinal),"words":[\#(words(range))]}"#
        }.joined(separator: "\n")
        try expect(cut)
        // All drafts, and nothing that says them again.
        let amazon =
            #"{"Transcript":{"Results":[{"IsPartial":true,"Alternatives":[{"Items":[{"StartTime":0.5,"EndTime":0.9,"Type":"pronunciation","Content":"hel"}]}]}]}}"#
            + "\n"
            + #"{"Transcript":{"Results":[{"IsPartial":false,"Alternatives":[{"Items":[{"StartTime":0.5,"EndTime":0.9,"Type":"pronunciation","Content":"hello"},{"StartTime":0.9,"EndTime":0.9,"Type":"punctuation","Content":"."}]}]}]}}"#
        #expect(try file(amazon).words == ["hello."])
    }

    @Test func `OpenAI's diarized events are spoken once`() throws {
        let events = [("hello world", 0.5, 1.4), ("this is a test", 1.8, 2.8)].enumerated().map {
            "data: {\"type\":\"transcript.text.segment\",\"id\":\"\($0)\",\"start\":\($1.1),\"end\":\($1.2),\"text\":\"\($1.0)\",\"speaker\":\"A\"}"
        }
        let file = try file(
            (events + [#"data: {"type":"transcript.text.done","text":"hello world this is a test"}"#]).joined(
                separator: "\n\n"))
        #expect(file.words == texts)
    }

    @Test func `Hume's phonemes are the phones, and its words the words`() throws {
        let stamps = texts.indices.map { index in
            #"{"type":"timestamp","timestamp":\#(one(#"{"type":"word","text":"$w","time":{"begin":$ms,"end":$me}}"#, index))}"#
                + "\n"
                + #"{"type":"timestamp","timestamp":\#(one(#"{"type":"phoneme","text":"ə","time":{"begin":$ms,"end":$me}}"#, index))}"#
        }.joined(separator: "\n")
        try expect(stamps)
        #expect(try file(stamps).spoken.filter { $0 == "ə" }.count == 6)
    }

    // MARK: Arrays

    @Test func `words and times in arrays are read in seconds and milliseconds`() throws {
        let names = texts.map { "\"\($0)\"" }.joined(separator: ",")
        func numbers(_ values: [Double], _ unit: Double) -> String {
            values.map { unit == 1 ? "\($0)" : "\(Int(($0 * unit).rounded()))" }.joined(separator: ",")
        }
        try expect(
            #"{"alignment":{"words":[\#(names)],"word_start_times_milliseconds":[\#(numbers(starts, 1000))],"word_end_times_milliseconds":[\#(numbers(ends, 1000))]}}"#
        )
        try expect(#"{"words":[\#(names)],"starts":[\#(numbers(starts, 1))],"ends":[\#(numbers(ends, 1))]}"#)
        try expect(
            #"{"words":[\#(names)],"start_times":[\#(numbers(starts, 1))],"durations":[\#(numbers(zip(ends, starts).map(-), 1))]}"#
        )
        let short = await_(#"{"words":["a","b"],"starts":[1],"ends":[2]}"#)
        #expect(short?.contains("differ in length") == true)
    }

    private func await_(_ text: String) -> String? {
        do {
            _ = try file(text)
            return nil
        } catch let error as AvatariumError { return error.message } catch { return nil }
    }

    @Test func `Inworld's characters are read where no words are`() throws {
        let letters = Array("hello ah")
        let names = letters.map { "\"\($0)\"" }.joined(separator: ",")
        let begin = letters.indices.map { "\(0.5 + 0.1 * Double($0))" }.joined(separator: ",")
        let end = letters.indices.map { "\(0.6 + 0.1 * Double($0))" }.joined(separator: ",")
        let file = try file(
            #"{"audioContent":"AA","timestampInfo":{"characterAlignment":{"characters":[\#(names)],"characterStartTimeSeconds":[\#(begin)],"characterEndTimeSeconds":[\#(end)]}}}"#
        )
        #expect(file.words == ["hello", "ah"])
        #expect(abs(file.starts[1] - 1.1) < 0.011)
    }

    // MARK: NVIDIA Riva

    private func riva(_ text: String, _ lengths: [Double]) -> String {
        #"{"audio":"AA","meta":{"text":"x","processed_text":"\#(text)","predicted_durations":[\#(lengths.map { "\($0)" }.joined(separator: ","))]}}"#
    }

    @Test func `Riva's durations are read for words, characters and phonemes`() throws {
        let words = try file(riva("hello big world", [0.4, 0.3, 0.5]))
        #expect(words.words == ["hello", "big", "world"] && words.starts == [0, 0.4, 0.7])
        // Frames of 256 samples at 22,050 Hz, a blank at begin and end.
        let letters = try file(riva("oh my", [8, 10, 12, 2, 9, 11, 6]))
        #expect(letters.words == ["oh", "my"] && letters.has("TIMING_UNIT"))
        #expect(abs(letters.starts[0] - 8 * 256 / 22_050) < 0.002)
        #expect(abs(letters.starts[1] - 32 * 256 / 22_050) < 0.002)
        let phones = try file(riva("{@HH}{@AH0}{@L}{@OW1}", [0.08, 0.09, 0.07, 0.2]))
        #expect(phones.spoken == "həloʊ" || phones.spoken == "hʌloʊ")
        #expect(abs(phones.timeline.endSeconds - 0.44) < 1e-6)
        #expect(await_(riva("hello", [0.1, 0.2]))?.contains("2 durations fit neither") == true)
        #expect(await_(#"{"predicted_durations":[0.1,0.2]}"#)?.contains("processed_text") == true)
        #expect(await_(riva("hello", [1e300, -1, 0, 0, 0])) != nil)
    }

    // MARK: Visemes

    private func frames(_ order: [Int]) -> String {
        order.map { one in "[" + (0..<15).map { $0 == one ? "1" : "0" }.joined(separator: ",") + "]" }
            .joined(separator: ",")
    }

    @Test func `frames of 15 viseme weights are curves`() throws {
        for text in [
            #"{"fps":60,"frames":[\#(frames([0, 10, 1]))]}"#,
            #"{"frameRate":60,"visemes":[\#(frames([0, 10, 1]))]}"#,
            #"{"length":0.05,"entries":[{"Visemes":\#(frames([0]))},{"Visemes":\#(frames([10]))},{"Visemes":\#(frames([1]))}]}"#,
        ] {
            let track = try file(text).track
            #expect(track.frameRate == FrameRate(60) && track.frames.count == 3)
            #expect(track.frames[1][.aa] == 1 && track.frames[2][.PP] == 1 && track.frames[0][.sil] == 1)
        }
        #expect(await_(#"{"frames":[\#(frames([0, 1]))]}"#)?.contains("fps") == true)
        #expect(await_(#"{"fps":60,"frames":[\#(frames([0])),[1,2]]}"#)?.contains("15 weights") == true)
        #expect(await_(#"{"fps":1e9,"frames":[\#(frames([0]))]}"#)?.contains("frame rate") == true)
    }

    @Test func `a table's columns may be visemes`() throws {
        let text =
            "time,sil,PP,FF,TH,DD,kk,CH,SS,nn,RR,aa,E,ih,oh,ou\n0,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0\n"
            + "0.1,0,0,0,0,0,0,0,0,0,0,0.5,0,0.25,0,0.125\n"
        let frame = try #require(file(text).track.frames.last)
        #expect(frame[.aa] == 0.5 && frame[.I] == 0.25 && frame[.U] == 0.125)
        let named = try file(
            #"[{"time":0,"visemes":{"viseme_aa":0.5,"viseme_PP":0,"viseme_O":0,"viseme_E":0,"viseme_sil":0}}]"#
        )
        #expect(named.track.frames[0][.aa] == 0.5)
    }

    // MARK: Text

    @Test func `NeMo's CTM, aeneas' CSV and labels of xwaves are read`() throws {
        try expect(
            texts.indices.map { one("x 1 $s $d $w NA lex NA", $0) }.joined(separator: "\n"), name: "x.ctm")
        try expect(
            texts.indices.map { one("f00000\($0),$s,$e,\"$w\"", $0) }.joined(separator: "\n"), name: "x.csv")
        #expect(
            await_("0.5\t1.4\tf000001\n1.8\t2.8\tf000002\n")?.contains("aeneas") == true)
        let phrases = try file("x 1 0.5 0.9 hello<space>world NA lex NA\n")
        #expect(phrases.words == ["hello", "world"])
        let labels = try file(
            "signal x\nnfields 1\n#\n 0.5 125 pau\n 0.9 125 hello\n 1.4 125 world\n 1.8 125 pau\n 2.0 125 this\n"
                + " 2.15 125 is\n 2.25 125 a\n 2.8 125 test\n 3.1 125 pau\n")
        #expect(labels.words == texts)
        #expect(zip(labels.starts, starts).allSatisfy { abs($0 - $1) < 0.011 })
    }

    @Test func `ELAN's annotations are read with unaligned slots between their neighbours`() throws {
        func annotation(_ from: Int, _ to: Int, _ text: String) -> String {
            "<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID=\"a\(from)\" TIME_SLOT_REF1=\"ts\(from)\" "
                + "TIME_SLOT_REF2=\"ts\(to)\"><ANNOTATION_VALUE>\(text)</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION>"
                + "</ANNOTATION>"
        }
        let text =
            "<?xml version=\"1.0\"?>\n<ANNOTATION_DOCUMENT FORMAT=\"3.0\">\n<TIME_ORDER>"
            + "<TIME_SLOT TIME_SLOT_ID=\"ts1\" TIME_VALUE=\"500\"/><TIME_SLOT TIME_SLOT_ID=\"ts2\"/>"
            + "<TIME_SLOT TIME_SLOT_ID=\"ts3\" TIME_VALUE=\"1300\"/></TIME_ORDER>"
            + "<TIER TIER_ID=\"words\">\(annotation(1, 2, "hello"))\(annotation(2, 3, "Q&amp;A"))</TIER>"
            + "</ANNOTATION_DOCUMENT>"
        let file = try file(text)
        #expect(file.words == ["hello", "Q&A"] && file.starts == [0.5, 0.9])
        #expect(
            await_(text.replacing("REF2=\"ts3\"", with: "REF2=\"ts9\""))?.contains("no time slot") == true)
    }

    @Test func `captions of other players are read`() throws {
        // .sbv
        let sbv = try file(
            "0:00:00.500,0:00:01.400\nHello\nworld.\n\n0:00:01.800,0:00:02.800\nThis is a test.\n")
        #expect(sbv.words.count == 6 && sbv.starts[0] == 0.5 && abs(sbv.starts[2] - 1.8) < 1e-6)
        // .lrc, plain and enhanced
        let lrc = try file("[ti:x]\n[00:00.50]Hello world.\n[00:01.80]This is a test.\n[00:02.80]\n")
        #expect(lrc.words.count == 6 && lrc.starts[0] == 0.5 && abs(lrc.starts[2] - 1.8) < 1e-6)
        try expect(
            "[offset:100]\n[00:00.60] <00:00.60> Hello <00:01.00> world. <00:01.50>\n[00:01.90] <00:01.90> This "
                + "<00:02.10> is <00:02.25> a <00:02.35> test. <00:02.90>\n")
        let twice = try file("[00:00.50][00:03.00]Hello.\n[00:01.50]World.\n[00:04.00]\n")
        #expect(twice.words == ["Hello.", "World.", "Hello."])
        // .ass with karaoke
        let ass =
            "[Script Info]\n\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
            + "Dialogue: 0,0:00:00.50,0:00:01.40,Default,,0,0,0,,{\\k40}Hello {\\k50}world\n"
            + "Dialogue: 0,0:00:01.80,0:00:02.80,Default,,0,0,0,,{\\kf20}This {\\kf15}is {\\ko10}a {\\K55\\i1}test\n"
        try expect(ass)
        let plain = try file(
            "[Script Info]\n[Events]\nDialogue: 0,0:00:00.50,0:00:01.40,Default,,0,0,0,,{\\an8}Hello,\\Nworld {oh\n"
        )
        #expect(plain.words.prefix(2) == ["Hello,", "world"])
        // Shapes that are drawn, alone and before and behind words.
        let drawn = try file(
            "[Script Info]\n[Events]\n"
                + "Dialogue: 0,0:00:00.10,0:00:00.80,Default,,0,0,0,,{\\an7\\p1}m 0 0 l 9 9{\\p0}\n"
                + "Dialogue: 0,0:00:00.50,0:00:01.40,Default,,0,0,0,,{\\p4}m 0 0 l 1 1{\\p0}Hello{\\pos(1,2)}\\Nworld\n"
        )
        #expect(drawn.words == ["Hello", "world"] && drawn.starts.first == 0.5)
    }

    @Test func `TTML is read with its clocks`() throws {
        func ttml(_ attributes: String, _ body: String) -> String {
            "<?xml version=\"1.0\"?>\n<tt xmlns=\"http://www.w3.org/ns/ttml\" \(attributes) xml:lang=\"en\"><body><div>"
                + body + "</div></body></tt>"
        }
        func starts(_ attributes: String, _ body: String) throws -> [Double] {
            try file(ttml(attributes, body)).starts
        }
        #expect(try starts("", "<p begin=\"00:00:00.500\" end=\"00:00:01.400\">Ah<br/>oh</p>")[0] == 0.5)
        #expect(try starts("", "<p begin=\"0.5s\" dur=\"900ms\">Ah</p>") == [0.5])
        #expect(
            try starts("ttp:tickRate=\"10000000\"", "<p begin=\"5000000t\" end=\"14000000t\">Ah</p>") == [0.5]
        )
        #expect(
            try starts("ttp:frameRate=\"25\"", "<p begin=\"00:00:01:05\" end=\"00:00:02:00\">Ah</p>") == [1.2]
        )
        #expect(
            try starts(
                "ttp:frameRate=\"30\" ttp:frameRateMultiplier=\"1000 1001\"",
                "<p begin=\"30f\" end=\"60f\">Ah</p>")
                == [1.001])
        // Apple's spans count from the media's start, TTML's own from their paragraph's.
        let spans = list("<span begin=\"$s\" end=\"$e\">$w</span>").replacing(",", with: " ")
        try expect(ttml("", "<p begin=\"0.5\" end=\"2.8\">\(spans)</p>"))
        let relative = try file(
            ttml(
                "", "<p begin=\"5s\" end=\"7s\"><span begin=\"0s\">Ah </span><span begin=\"1s\">oh</span></p>"
            ))
        #expect(relative.starts == [5, 6])
        #expect(await_(ttml("", "<p begin=\"soon\" end=\"2s\">Ah</p>"))?.contains("'soon'") == true)
        #expect(await_(ttml("", "<p>Ah</p>"))?.contains("begin") == true)
    }

    @Test func `what is not known says what was seen and what is taken`() {
        #expect(await_(#"{"foo":[1],"bar":2}"#)?.contains("it has 'foo', 'bar'; give words") == true)
        #expect(await_("alpha=1\nbeta=2\n")?.contains("'alpha=1'") == true)
        #expect(await_("Ann Lee  0:00\nHello. \n\nBob  0:05\nBye. \n")?.contains("Otter") == true)
        #expect(await_("0:00\nHello.\n0:05\nBye.\n")?.contains("Otter") == true)
        #expect(await_("LHD: Partitur 1.3\nSAM: 16000\n")?.contains("WebMAUS' TextGrid") == true)
    }
}
