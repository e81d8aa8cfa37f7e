import AvatariumCore
import Foundation
import Speech
import SpeechTestSupport
import Testing
import TimingFormats

/// One test a form: on the real sample where there is one, else on a text made after its documentation.
@Suite struct TimingFormsTests {
    private func sounds(_ timeline: PhoneTimeline) -> [String] {
        timeline.phones.filter { !$0.isSilence }.map(\.ipa)
    }

    @Test(.enabled(if: SharedData.present, "needs AVATARIUM_TEST_DATA")) func readsRealPollySpeechMarks()
        throws
    {
        let timeline = try SharedData.timeline("timings/polly/mary.jsonl", audio: 1.3)
        expectClean(timeline)
        #expect(timeline.words.map(\.text) == ["Mary", "had", "a", "little", "lamb"])
        #expect(sounds(timeline).first == "p")
        #expect(timeline.phones.first?.start == 0.006)
        #expect(timeline.phones.first?.wordIndex == 0)
        #expect(timeline.words[0].end == 0.373)
    }

    @Test func pollyLettersOutsideItsTablesStillMoveTheMouth() throws {
        let timeline = try phones(
            """
            {"time":0,"type":"viseme","value":"l"}
            {"time":100,"type":"viseme","value":"§"}
            {"time":200,"type":"viseme","value":"sil"}
            """, audio: 0.3)
        #expect(timeline.phones.map(\.ipa) == ["l", "ə", ""])
        #expect(timeline.phones[2].end == 0.3)
    }

    @Test(.enabled(if: SharedData.present, "needs AVATARIUM_TEST_DATA"))
    func readsRealAzureVisemesInMilliseconds() throws {
        let timeline = try SharedData.timeline("timings/azure/british.json", audio: 45.1375)
        expectClean(timeline)
        #expect(timeline.phones[0].start == 0.05)
        #expect(timeline.phones[1].start == 0.1)
    }

    @Test func readsAzureVisemesInTicks() throws {
        let timeline = try phones(
            #"[{"audioOffset":500000,"visemeId":0},{"audioOffset":1000000,"visemeId":21},"#
                + #"{"audioOffset":1750000,"visemeId":21},{"audioOffset":2500000,"visemeId":2}]"#, audio: 0.5)
        #expect(timeline.phones.map(\.ipa) == ["", "p", "ɑ"])
        #expect(timeline.phones[1].start == 0.1 && timeline.phones[1].end == 0.25)
    }

    @Test(.enabled(if: SharedData.present, "needs AVATARIUM_TEST_DATA")) func readsRealAzureBlendShapes()
        throws
    {
        let content = try TimingFile.read(
            SharedData.bytes("timings/azure/bornfree_blendData.json"), name: "b", audioDurationSeconds: nil,
            pronouncer: ESpeakPronouncer()
        ).content
        guard case .curves(let track) = content else {
            Issue.record("phones where curves were expected")
            return
        }
        #expect(track.frameRate == FrameRate(60))
        #expect(track.frames.count == 415)
        #expect(track.frames[0][.jawOpen] == 0.375)
    }

    @Test func putsAzureAnimationChunksInOrder() throws {
        func chunk(_ index: Int, _ jaw: Double) -> String {
            var row = [Double](repeating: 0, count: 55)
            row[17] = jaw
            return "{\"FrameIndex\":\(index),\"BlendShapes\":[\(row)]}"
        }
        let text = [chunk(2, 0.3), chunk(0, 0.1), chunk(1, 0.2)].joined(separator: "\n")
        let content = try TimingFile.read(
            Array(text.utf8), name: "a", audioDurationSeconds: nil, pronouncer: ESpeakPronouncer()
        ).content
        guard case .curves(let track) = content else {
            Issue.record("phones where curves were expected")
            return
        }
        #expect(track.frames.map { $0[.jawOpen] } == [0.1, 0.2, 0.3])
    }

    @Test func readsElevenLabsFromREST() throws {
        let text = """
            {"audio_base64":"","alignment":null,"normalized_alignment":{
            "characters":["M","y"," ","m","o","t","h","e","r","."],
            "character_start_times_seconds":[0,0.1,0.2,0.25,0.35,0.45,0.5,0.55,0.6,0.7],
            "character_end_times_seconds":[0.1,0.2,0.25,0.35,0.45,0.5,0.55,0.6,0.7,0.9]}}
            """
        let timeline = try phones(text, audio: 1)
        expectClean(timeline)
        #expect(timeline.words.map(\.text) == ["My", "mother"])
        #expect(sounds(timeline) == ["m", "aɪ", "m", "ʌ", "ð", "ɚ"])
        // The sounds follow their letters: th begins at 0.45.
        #expect(timeline.phones.first { $0.ipa == "ð" }?.start == 0.45)
        #expect(timeline.phones.last?.end == 0.7)
    }

    @Test func elevenLabsWebsocketChunksFollowEachOther() throws {
        let text = """
            {"audio":"","isFinal":false,"normalizedAlignment":{"chars":["N","o"],
            "charStartTimesMs":[0,100],"charDurationsMs":[100,200]},"alignment":null}
            """.replacing("\n", with: " ")
        let second = text.replacing("\"N\",\"o\"", with: "\" \",\"m\",\"e\"")
            .replacing("[0,100]", with: "[0,50,150]").replacing("[100,200]", with: "[50,100,150]")
        let timeline = try phones(text + "\n" + second + "\n{\"isFinal\":true}\n")
        #expect(timeline.words.map(\.text) == ["No", "me"])
        #expect(abs(timeline.words[1].start - 0.35) < 1e-9)
        #expect(abs(timeline.words[1].end - 0.6) < 1e-9)
    }

    @Test func readsGoogleTimepointsWithTheirSSML() throws {
        let timeline = try phones(
            #"{"ssml":"<speak><mark name=\"a\"/>big <mark name=\"b\"/>mouse</speak>","#
                + #""timepoints":[{"markName":"a","timeSeconds":0.1},{"markName":"b","timeSeconds":0.5}]}"#,
            audio: 1)
        #expect(timeline.words.map(\.text) == ["big", "mouse"])
        #expect(sounds(timeline).first == "b")
        #expect(timeline.words[1].start == 0.5)
    }

    @Test func googleTimepointsWithoutTextAreRefused() async {
        let error = await failure {
            _ = try phones(#"{"timepoints":[{"markName":"m1","timeSeconds":0.1}]}"#)
        }
        #expect(error?.context["field"] == "/timepoints")
    }

    @Test func readsMFAInCSVAndJSON() throws {
        let csv = try phones(
            "Begin,End,Label,Type,Speaker\n0.0,0.4,mama,words,a\n0.0,0.1,M,phones,a\n0.1,0.2,AA1,phones,a\n"
                + "0.2,0.3,M,phones,a\n0.3,0.4,AH0,phones,a\n")
        let json = try phones(
            #"{"start":0,"end":0.4,"tiers":{"a - words":{"type":"interval","entries":[[0.0,0.4,"mama"]]},"#
                + #""a - phones":{"type":"interval","entries":[[0.0,0.1,"M"],[0.1,0.2,"AA1"],[0.2,0.3,"M"],[0.3,0.4,"AH0"]]}}}"#
        )
        for timeline in [csv, json] {
            #expect(sounds(timeline) == ["m", "ɑ", "m", "ʌ"])
            #expect(timeline.phones[1].stress == 1)
            #expect(timeline.words.map(\.text) == ["mama"])
            #expect(timeline.phones.allSatisfy { $0.wordIndex == 0 })
        }
    }

    @Test(.enabled(if: SharedData.present, "needs AVATARIUM_TEST_DATA"), arguments: ["ipa", "mnemonic"])
    func readsRealESpeakEvents(kind: String) throws {
        let timeline = try SharedData.timeline("timings/espeak/mary_\(kind).jsonl")
        expectClean(timeline)
        #expect(sounds(timeline).prefix(2) == ["m", "ɛ"])
        // The p of "map" is moved to its closure, 39 ms before 2.398.
        #expect(timeline.phones.contains { $0.ipa == "p" && abs($0.start - 2.359) < 0.002 })
    }

    @Test(.enabled(if: SharedData.present, "needs AVATARIUM_TEST_DATA")) func readsRealCartesiaChunks() throws
    {
        let timeline = try SharedData.timeline("timings/cartesia/phoneme_timestamps.json")
        #expect(sounds(timeline) == ["h", "ə", "l", "oʊ"])
        #expect(timeline.phones[0].start == 0.093)
    }

    @Test func readsInworldWithStressDigits() throws {
        let timeline = try phones(
            #"{"result":{"timestampInfo":{"wordAlignment":{"words":["may"],"wordStartTimeSeconds":[0],"#
                + #""wordEndTimeSeconds":[0.3],"phoneticDetails":[{"wordIndex":0,"phones":["#
                + #"{"phoneSymbol":"m","startTimeSeconds":0,"durationSeconds":0.1},"#
                + #"{"phoneSymbol":"eɪ1","startTimeSeconds":0.1,"durationSeconds":0.2}]}]}}}}"#)
        #expect(sounds(timeline) == ["m", "eɪ"])
        #expect(timeline.phones[1].stress == 1)
    }

    @Test func givesPipersStressTimeToTheVowel() throws {
        let names = ["^", "m", "ˈ", "ʌ", "ð", "ɚ", "$"]
        let list = zip(names, [1000, 1000, 500, 1500, 1000, 2000, 3000]).map {
            "{\"phoneme\":\"\($0)\",\"num_samples\":\($1)}"
        }
        let timeline = try phones(
            "{\"sample_rate\":10000,\"phoneme_alignments\":[\(list.joined(separator: ","))]}")
        #expect(timeline.phones.map(\.ipa) == ["", "m", "ʌ", "ð", "ɚ", ""])
        #expect(abs(timeline.phones[2].duration - 0.2) < 1e-9)
        #expect(timeline.phones[2].stress == 1)
        #expect(abs(timeline.endSeconds - 1) < 1e-9)
    }

    @Test func readsPiperIdsWithPadsBetween() throws {
        let timeline = try phones(
            #"{"sample_rate":1000,"phonemes":["m","a"],"phoneme_ids":[1,0,25,0,14,0,2],"#
                + #""phoneme_id_samples":[50,50,60,40,90,10,100]}"#)
        #expect(timeline.phones.map(\.ipa) == ["", "m", "a", ""])
        #expect(abs(timeline.phones[1].start - 0.1) < 1e-9)
        #expect(abs(timeline.phones[2].duration - 0.1) < 1e-9)
    }

    @Test func readsKokorosLettersAndFrames() throws {
        let timeline = try phones(#"{"phonemes":"mˈA","pred_dur":[2,4,1,7,3]}"#)
        #expect(timeline.phones.map(\.ipa) == ["", "m", "eɪ", ""])
        #expect(abs(timeline.phones[2].duration - 0.2) < 1e-9)
        let tokens = try phones(
            #"[{"text":"May","phonemes":"mˈA","start_ts":0.1,"end_ts":0.4},{"text":".","phonemes":".","#
                + #""start_ts":null,"end_ts":null}]"#)
        #expect(sounds(tokens) == ["m", "eɪ"])
    }

    @Test func readsHeadTTSVisemes() throws {
        let timeline = try phones(
            #"{"words":["Hi "],"wtimes":[100],"wdurations":[300],"visemes":["kk","aa","PP"],"#
                + #""vtimes":[100,180,300],"vdurations":[150,150,100]}"#)
        #expect(sounds(timeline) == ["k", "ɑ", "p"])
        #expect(timeline.phones[0].end == 0.18)
        #expect(timeline.words[0].text == "Hi")
    }

    private func curves(_ text: String) throws -> FaceTrack {
        let content = try TimingFile.read(
            Array(text.utf8), name: "c", audioDurationSeconds: nil, pronouncer: ESpeakPronouncer()
        ).content
        guard case .curves(let track) = content else {
            throw AvatariumError(.internalError, "phones where curves were expected")
        }
        return track
    }

    @Test(.enabled(if: SharedData.present, "needs AVATARIUM_TEST_DATA")) func readsRealLiveLinkFace() throws {
        let content = try TimingFile.read(
            SharedData.bytes("timings/livelinkface/alex_rom_3.csv"), name: "l", audioDurationSeconds: nil,
            pronouncer: ESpeakPronouncer()
        ).content
        guard case .curves(let track) = content else {
            Issue.record("phones where curves were expected")
            return
        }
        #expect(track.frameRate == .fps30)
        #expect(abs(track.durationSeconds - 134.35) < 0.1)
        #expect(abs(track.frames[0][.eyeBlinkLeft] - 0.1236470118) < 1e-6)
        #expect(abs(track.frames[0][.jawRight] - 0.0185036063) < 1e-6)
        #expect(track.frames[0][.jawLeft] == 0)
    }

    @Test func readsAudio2FaceInCSVAndJSON() throws {
        let csv = try curves(
            "timeCode,blendShapes.EyeBlinkLeft,blendShapes.JawOpen\n0.0,0.1,0.5\n0.0333333,0.2,0.7\n")
        let json = try curves(
            #"{"exportFps":30.0,"numPoses":2,"numFrames":2,"facsNames":["eyeBlinkLeft","jawOpen"],"#
                + #""weightMat":[[0.1,0.5],[0.2,0.7]]}"#)
        for track in [csv, json] {
            #expect(track.frameRate == .fps30)
            #expect(track.frames.map { $0[.jawOpen] } == [0.5, 0.7])
            #expect(track.frames.map { $0[.eyeBlinkLeft] } == [0.1, 0.2])
        }
    }

    @Test func badCurvesNameTheirLine() async {
        for text in [
            "time,jawOpen\n0,0.5\n0.1,nan\n", "time,jawOpen\n0,0.5\n0.1,x\n", "time,jawOpen\n0.5,0\n0.1,0\n",
        ] {
            let error = await failure { _ = try curves(text) }
            #expect(error?.code == .validationError)
            #expect(error?.context["line"] == "3")
        }
    }

    @Test func readsRecognisersWords() throws {
        let openAI =
            #"{"text":" My mother","words":[{"word":" My","start":0.1,"end":0.3},{"word":" mother","start":0.3,"end":0.7}]}"#
        let whisper =
            #"{"text":"","language":"en","segments":[{"start":0.1,"end":0.7,"text":" My mother","words":[{"word":" My","start":0.1,"end":0.3,"probability":0.9},{"word":" mother","start":0.3,"end":0.7}]}]}"#
        let deepgram =
            #"{"results":{"channels":[{"alternatives":[{"transcript":"","words":[{"word":"my","punctuated_word":"My","start":0.1,"end":0.3},{"word":"mother","punctuated_word":"mother","start":0.3,"end":0.7}]}]}]}}"#
        let cpp =
            #"{"transcription":[{"offsets":{"from":100,"to":300},"text":" My"},{"offsets":{"from":300,"to":700},"text":" mother"}]}"#
        for text in [openAI, whisper, deepgram, cpp] {
            let timeline = try phones(text, audio: 1)
            expectClean(timeline)
            #expect(timeline.words.map(\.text) == ["My", "mother"])
            #expect(sounds(timeline) == ["m", "aɪ", "m", "ʌ", "ð", "ɚ"])
            #expect(timeline.phones[2].start == 0.3)
        }
    }

    @Test func readsCaptions() throws {
        let vtt = """
            WEBVTT

            NOTE made by hand

            intro
            00:00.100 --> 00:01.000 align:start
            My <b>mother</b>

            NOTE not spoken

            00:00:01.000 --> 00:00:03.000
            <00:00:01.000><c>makes</c> <00:00:02.000><c>bread</c>
            """
        let srt =
            "1\r\n00:00:00,100 --> 00:00:01,000\r\nMy mother\r\n\r\n2\r\n00:00:01,000 --> 00:00:03,000\r\nmakes bread\r\n"
        for text in [vtt, srt] {
            let timeline = try phones(text, audio: 3)
            expectClean(timeline)
            #expect(timeline.words.map(\.text) == ["My", "mother", "makes", "bread"])
            #expect(timeline.words[0].start == 0.1)
            #expect(timeline.words[2].start == 1)
        }
        #expect(try phones(vtt).words[3].start == 2)
        // Long cues are not spoken slower and slower.
        #expect(try phones(srt).words[3].end < 2.7)
    }

    @Test func captionsKeepEveryWordHoweverTheyAreWritten() throws {
        let youTube = """
            WEBVTT
            Kind: captions
            Language: en

            00:00:00.100 --> 00:00:02.000 align:start position:0%
            \u{20}
            My<00:00:01.000><c> mother</c>
            """
        let crowded = """
            1
            00:00:00,100 --> 00:00:01,000
            {\\an8}My
            2
            00:00:01,000 --> 00:00:02,000
            mother
            """
        let parted = """
            1
            00:00:00,100 --> 00:00:02,000
            My

            mother

            2
            00:00:03,000 --> 00:00:04,000
            bread
            """
        #expect(try phones(youTube).words.map(\.text) == ["My", "mother"])
        #expect(try phones(youTube).words[1].start == 1)
        #expect(try phones(crowded).words.map(\.text) == ["My", "mother"])
        #expect(try phones(crowded).words[1].start == 1)
        #expect(try phones(parted).words.map(\.text) == ["My", "mother", "bread"])
    }

    @Test func pronouncesWordsInTheLanguageGiven() async throws {
        let text = #"{"words":[{"word":"schön","start":0,"end":0.5}]}"#
        #expect(sounds(try phones(text, language: "de")) == ["ʃ", "øː", "n"])
        #expect(sounds(try phones(text, language: "de-DE")) == ["ʃ", "øː", "n"])
        let error = await failure { _ = try phones(text, language: "klingonish") }
        #expect(error?.code == .ttsVoiceNotFound)
    }

    @Test func whisperXNumeralsWithoutTimesShareThoseOfTheirNeighbours() throws {
        let text =
            #"{"segments":[{"start":0,"end":1,"text":"In 7 days","words":[{"word":"In","start":0,"end":0.4},"#
            + #"{"word":"7"},{"word":"days","start":0.6,"end":1}]}]}"#
        let timeline = try phones(text, audio: 1)
        expectClean(timeline)
        #expect(sounds(timeline) == ["ɪ", "n", "s", "ɛ", "v", "ə", "n", "d", "eɪ", "z"])
        let first = try phones(
            #"{"segments":[{"start":0,"end":1,"text":"7 days","words":[{"word":"7"},{"word":"days","start":0.6,"end":1}]}]}"#
        )
        #expect(sounds(first).prefix(2) == ["s", "ɛ"])
    }

    @Test func charactersOutOfOrderAreRefused() async {
        let text =
            #"{"alignment":{"characters":["m","a"],"character_start_times_seconds":[0.5,0.1],"character_end_times_seconds":[0.6,0.2]}}"#
        let error = await failure { _ = try phones(text) }
        #expect(error?.code == .validationError)
    }

    @Test func ourFaceTrackNamesWhatIsWrongInIt() async {
        func file(_ rate: String, _ names: String, _ row: String) -> String {
            "{\"frameRate\":\(rate),\"shapeNames\":[\(names)],\"frames\":[\(row)]}"
        }
        for (text, field) in [
            (file("\"x\"", "\"jawOpen\"", "{\"shapes\":[0]}"), "/frameRate"),
            (file("\"30\"", "\"jawOpen\",\"jowl\"", "{\"shapes\":[0,1]}"), "/shapeNames/1"),
            (file("\"30\"", "\"jawOpen\"", "{\"shapes\":[0]},{\"shapes\":[]}"), "/frames/1/shapes"),
            (file("\"30\"", "\"jawOpen\"", "{\"shapes\":[\"a\"]}"), "/frames/0/shapes/0"),
            (file("\"30\"", "\"jawOpen\"", "{}"), "/frames/0"),
            (file("\"30\"", "\"jawOpen\"", ""), "/frames"),
        ] {
            let error = await failure { _ = try curves(text) }
            #expect(error?.code == .validationError)
            #expect(error?.context["field"] == field, "\(text)")
        }
    }

    @Test(
        .enabled(if: SharedData.present, "needs AVATARIUM_TEST_DATA"),
        arguments: ["ss_0870", "ss_0880", "ss_0890"])
    func readsRealPocketsphinx(clip: String) throws {
        let timeline = try SharedData.timeline("speech/librivox/\(clip).phone.json")
        expectClean(timeline)
        #expect(timeline.words.count >= 8)
        #expect(!timeline.words.contains { $0.text.contains("(") })
        let words = try SharedData.timeline("speech/librivox/\(clip).json")
        expectClean(words)
        #expect(words.words.count == timeline.words.count)
    }

    @Test(.enabled(if: SharedData.present, "needs AVATARIUM_TEST_DATA"))
    func pronouncesARealTextGridOfPhrases() throws {
        let timeline = try phones(
            SharedData.bytes("timings/mfa/vietnamese.TextGrid"), language: "vi")
        expectClean(timeline)
        #expect(timeline.words.count == 16)
    }

    /// Of the minute's end at 29.97 frames a second: the numbers 00 and 01 are left out, but no frame is.
    @Test func dropFrameTimeCodesLeaveOutNumbersOnly() throws {
        let codes = ["10:00:59;28.000", "10:00:59;29.000", "10:01:00;02.000", "10:01:00;03.000"]
        let rows = codes.enumerated().map { "\($1),61,\(Double($0) / 10)" }.joined(separator: "\n")
        let track = try curves("Timecode,BlendShapeCount,JawOpen\n\(rows)\n")
        #expect(track.frames.map { ($0[.jawOpen] * 10).rounded() } == [0, 1, 2, 3])
    }

    /// Every reader survives whatever is cut off or changed.
    @Test func brokenFilesNeverTrap() async {
        let seeds = [
            #"{"phones":[{"start":0,"end":0.1,"phone":"m"}],"alphabet":"ipa"}"#,
            #"{"mouthCues":[{"start":0,"end":0.1,"value":"A"}]}"#,
            #"{"time":0,"type":"viseme","value":"p"}"# + "\n" + #"{"time":9,"type":"viseme","value":"sil"}"#,
            #"[{"audioOffset":500000,"visemeId":0},{"audioOffset":1e300,"visemeId":21}]"#,
            "File type = \"ooTextFile\"\nObject class = \"TextGrid\"\n\n0\n1\n<exists>\n1\n\"IntervalTier\"\n\"p\"\n0\n1\n1\n0\n1\n\"m\"\n",
            "WEBVTT\n\n00:00.000 --> 00:01.000\nmy mother\n", "0.0\tX\n0.1\tA\n", "0 1000 m\n1000 2000 a\n",
            "Timecode,BlendShapeCount,JawOpen\n00:00:00:01.000,61,0.5\n00:00:00:02.000,61,0.6\n",
            #"{"phonemes":"mA","pred_dur":[2,4,7,3]}"#,
            #"{"alignment":{"characters":["m","a"],"character_start_times_seconds":[0,1],"character_end_times_seconds":[1,2]}}"#,
        ]
        var random = SeededGenerator(seed: 7)
        for seed in seeds {
            let bytes = Array(seed.utf8)
            for _ in 0..<300 {
                var broken = bytes
                switch Int.random(in: 0..<3, using: &random) {
                case 0: broken = Array(broken.prefix(Int.random(in: 0..<broken.count, using: &random)))
                case 1:
                    broken[Int.random(in: 0..<broken.count, using: &random)] = UInt8.random(
                        in: 0...255, using: &random)
                default:
                    let at = Int.random(in: 0..<broken.count, using: &random)
                    broken.replaceSubrange(at..<at, with: Array("-999999999999999999".utf8))
                }
                let error = await failure {
                    _ = try TimingFile.read(
                        broken, name: "x", audioDurationSeconds: 1, pronouncer: ESpeakPronouncer())
                }
                #expect(error == nil || error?.code == .validationError)
            }
        }
    }
}
