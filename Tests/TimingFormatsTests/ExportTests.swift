import AvatariumCore
import LipSync
import Speech
import SpeechTestSupport
import Testing
import TimingFormats

@Suite struct Exports {
    private let speech = PhoneTimeline(
        phones: timeline([("", 0.2), ("p", 0.1), ("aɪ", 0.3), ("", 0.3), ("f", 0.1), ("u", 0.2)]).phones,
        words: [
            Word(start: 0.2, end: 0.6, text: "Pie"), Word(start: 0.9, end: 1.2, text: "\"fu\" & <co>."),
            Word(start: 1.2, end: 1.3, text: "Ok"),
        ], source: "test")

    private func read(_ text: String, _ name: String) throws -> TimingContent {
        try TimingFile.read(
            Array(text.utf8), name: name, audioDurationSeconds: nil, pronouncer: ESpeakPronouncer()
        ).content
    }

    @Test func csvHasTimeShapesAndHead() {
        let lines = speak(speech, fps: 25).csv().split(separator: "\n")
        let header = lines[0].split(separator: ",")
        #expect(header.count == 56)
        #expect(header.first == "time" && header[1] == "browDownLeft" && header.last == "headRoll")
        #expect(lines[2].hasPrefix("0.040000,"))
        #expect(lines.allSatisfy { $0.split(separator: ",").count == 56 })
    }

    @Test func jsonIsJSON() throws {
        let track = speak(speech, fps: 25)
        let json = try JSONParser.parse(track.json())
        #expect(json["frames"]?.array?.count == track.frames.count)
        #expect(json["frames"]?[12]?["shapes"]?.array?.count == 52)
        #expect(json["frameRate"]?.string == "25")
    }

    @Test func jsonReadsBackTheSameToTheLastDigit() throws {
        let text = speak(speech, fps: 25, options: PerformanceOptions(seed: 1)).json()
        guard case .curves(let again) = try read(text, "x.json") else {
            Issue.record("was not read as curves")
            return
        }
        let same = again.json() == text
        #expect(same)
    }

    @Test func liveLinkFaceReadsBackTheSame() throws {
        let track = speak(speech, fps: 30, options: PerformanceOptions(seed: 1))
        let text = track.liveLinkFaceCSV()
        #expect(text.hasPrefix("Timecode,BlendShapeCount,EyeBlinkLeft,EyeLookDownLeft,"))
        #expect(text.contains("JawForward,JawRight,JawLeft,JawOpen,"))
        #expect(text.split(separator: "\n")[31].hasPrefix("00:00:01:00.000,61,"))
        guard case .curves(let again) = try read(text, "x.csv") else {
            Issue.record("was not read as curves")
            return
        }
        #expect(again.frames.count == track.frames.count)
        for (a, b) in zip(again.frames, track.frames) {
            for (x, y) in zip(a.shapes, b.shapes) { #expect(abs(x - y) < 1e-4) }
            #expect(abs(a.headRotation.y - b.headRotation.y) < 1e-4)
        }
    }

    @Test func timecodesNeverGoBack() {
        let rate = FrameRate("29.97") ?? .fps30
        let track = FaceTrack(frameRate: rate, frames: Array(repeating: FaceFrame(), count: 2000))
        let codes = track.liveLinkFaceCSV().split(separator: "\n").dropFirst().map { $0.prefix(15) }
        #expect(zip(codes, codes.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test func audio2FaceReadsBackTheSame() throws {
        let track = speak(speech, fps: 30)
        guard case .curves(let again) = try read(track.audio2FaceJSON(), "x.json") else {
            Issue.record("was not read as curves")
            return
        }
        #expect(again.frames.count == track.frames.count)
        for (a, b) in zip(again.frames, track.frames) {
            for (x, y) in zip(a.shapes, b.shapes) { #expect(abs(x - y) < 1e-4) }
        }
    }

    @Test func textGridReadsBackTheSame() throws {
        guard case .phones(let again) = try read(speech.textGrid(), "x.TextGrid") else {
            Issue.record("was not read as phones")
            return
        }
        let sounds = again.phones.filter { !$0.isSilence }
        #expect(sounds.map(\.ipa) == ["p", "aɪ", "f", "u"])
        #expect(abs((sounds.first?.start ?? 0) - 0.2) < 1e-6)
        #expect(again.words.map(\.text) == speech.words.map(\.text))
    }

    @Test func rhubarbShapesFollowItsRules() {
        let cues = speech.rhubarbTSV(durationSeconds: 2)
        #expect(
            cues == """
                0.00\tX
                0.20\tA
                0.30\tD
                0.48\tB
                0.60\tX
                0.90\tG
                1.00\tF
                1.20\tX
                2.00\tX

                """)
    }

    @Test func `captions in Chinese have no spaces and half as many letters in a line`() {
        func captions(_ words: [String]) -> [String] {
            PhoneTimeline(
                phones: [],
                words: words.enumerated().map {
                    Word(start: 0.2 * Double($0), end: 0.2 * Double($0 + 1), text: $1)
                },
                source: "test"
            ).captions().map(\.line.text)
        }
        #expect(captions(["你", "好，", "世", "界。", "GPS", "在，", "5G"]) == ["你好，世界。", "GPS 在，5G"])
        let long = captions((0..<50).map { _ in "好" })
        #expect(long.allSatisfy { $0.count <= 21 && !$0.contains(" ") })
        #expect(long.joined().count == 50)
        #expect(captions(["สวัสดี", "ครับ"]) == ["สวัสดีครับ"])
        #expect(captions(["Wait—", "what?", "한국어", "자막"]) == ["Wait—what?", "한국어 자막"])
    }

    @Test func captionsBreakAtSentencesAndPauses() {
        #expect(
            speech.webVTT() == """
                WEBVTT

                00:00:00.200 --> 00:00:01.200
                Pie "fu" &amp; &lt;co&gt;.

                00:00:01.200 --> 00:00:01.300
                Ok


                """)
        #expect(
            speech.srt().hasPrefix("1\n00:00:00,200 --> 00:00:01,200\nPie \"fu\" & <co>.\n\n2\n"))
    }
}
