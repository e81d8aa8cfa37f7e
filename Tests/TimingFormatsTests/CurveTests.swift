import AvatariumCore
import LipSync
import SpeechTestSupport
import Testing
import TimingFormats

/// Face curves and what writes them.
@Suite struct CurveTests {
    private static func track(_ rate: FrameRate, count: Int) -> FaceTrack {
        var random = SeededGenerator(seed: 3)
        return FaceTrack(
            frameRate: rate,
            frames: (0..<count).map { _ in
                var frame = FaceFrame()
                for index in frame.shapes.indices { frame.shapes[index] = random.unit() }
                frame.headRotation = SIMD3(
                    random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(-1, 1))
                return frame
            })
    }

    @Test(
        arguments: [
            "0.5", "5", "12.5", "23.976", "24", "25", "29.97", "30", "37", "48", "50", "59.94", "60", "72.5",
            "90", "100",
            "120", "144", "240", "1000", "30000/1001", "1000/3",
        ], [2, 3, 86, 500])
    func `a face track's CSV reads back bit for bit at every rate`(rate: String, count: Int) throws {
        let rate = try #require(FrameRate(rate))
        let text = Self.track(rate, count: count).csv()
        let again = try file(text, name: "x.csv").track
        #expect(again.frames.count == count)
        let same = again.csv() == text
        #expect(same)
    }

    @Test func `the last row is a frame`() throws {
        #expect(
            try file("time,jawOpen\n0,0.1\n0.0333,0.9\n").track.frames.map { $0[.jawOpen] } == [0.1, 0.9])
    }

    @Test func `percent is read as percent`() throws {
        let file = try file("time,jawOpen\n0,10\n0.0333,50\n0.0667,100\n")
        #expect(file.track.frames.map { $0[.jawOpen] } == [0.1, 0.5, 1])
        #expect(file.has("CURVE_VALUES_IN_PERCENT"))
        let unreal = #"{"exportFps":30,"facsNames":["jawOpen"],"weightMat":[[0],[1.2]]}"#
        #expect(try file_(unreal).track.frames[1][.jawOpen] == 1)
    }

    private func file_(_ text: String) throws -> TimingFile { try file(text) }

    @Test func `values of no unit are refused`() async {
        let error = await failure { _ = try file("time,jawOpen\n0,0\n0.04,255\n") }
        #expect(error?.message.contains("percent") == true)
    }

    @Test func `columns of other faces are named`() throws {
        let file = try file(
            #"{"exportFps":30,"facsNames":["jawDrop","lipCornerPullerL","jawOpen"],"weightMat":[[0,0,0],[0.5,0.1,0.2]]}"#
        )
        #expect(file.track.frames[1][.jawOpen] == 0.2)
        #expect(file.diagnostics.contains { $0.message.contains("'jawDrop', 'lipCornerPullerL'") })
        let live = try file_(Self.track(.fps30, count: 3).liveLinkFaceCSV())
        #expect(live.diagnostics.isEmpty)
    }
}

/// What is written reads back.
@Suite struct RoundTripTests {
    private let speech = PhoneTimeline(
        phones: [
            Phone(start: 0, end: 0.2, ipa: ""), Phone(start: 0.2, end: 0.3, ipa: "p", wordIndex: 0),
            Phone(start: 0.3, end: 0.6, ipa: "aɪ", stress: 1, wordIndex: 0),
            Phone(start: 0.6, end: 0.9, ipa: ""),
            Phone(start: 0.9, end: 1, ipa: "f", wordIndex: 1),
            Phone(start: 1, end: 1.2, ipa: "u", wordIndex: 1),
        ],
        words: [
            Word(start: 0.2, end: 0.6, text: "Pie"), Word(start: 0.9, end: 1.2, text: "\"foo\" & <co>."),
        ],
        source: "test")

    @Test(arguments: TimingFormat.written.map(\.name))
    func `every format that is written reads back the same`(name: String) throws {
        let format = try #require(TimingFormat.named(name))
        let track = LipSync(options: PerformanceOptions(seed: 1)).faceTrack(
            for: speech, durationSeconds: 1.5, frameRate: .fps30)
        switch try #require(format.writer) {
        case .curves(let text):
            let again = try file(text(track), name: "x." + format.fileExtensions[0]).track
            #expect(again.frameRate == track.frameRate)
            #expect(again.frames.count == track.frames.count)
            for (a, b) in zip(again.frames, track.frames) {
                #expect(zip(a.shapes, b.shapes).allSatisfy { abs($0 - $1) <= 1e-5 })
                // Audio2Face has no head.
                #expect(name == "audio2face" || abs(a.headRotation.y - b.headRotation.y) <= 1e-5)
            }
            let same = text(again) == text(track)
            #expect(same || name == "livelink", "the text changes")
        case .phones(let text):
            let written = text(speech, 1.5)
            let again = try file(written, name: "x." + (format.fileExtensions.first ?? "")).timeline
            let spoken = again.phones.filter { !$0.isSilence }
            if name == "rhubarb" {
                // Classes of mouths: A closes, D is open; times of hundredths.
                #expect(spoken.map(\.ipa) == ["m", "ɑ", "s", "f", "u"])
                #expect(again.phones.first { $0.ipa == "m" }?.start == 0.2)
            } else {
                #expect(spoken.map(\.ipa) == ["p", "aɪ", "f", "u"])
                #expect(spoken.map(\.start) == [0.2, 0.3, 0.9, 1])
                #expect(spoken.map(\.wordIndex) == [0, 0, 1, 1])
                #expect(again.words == speech.words)
            }
            #expect(text(again, 1.5) == written)
        case .captions(let text):
            let words = [
                Word(start: 0.2, end: 0.6, text: "Pie"), Word(start: 2, end: 2.4, text: "again,"),
                Word(start: 2.4, end: 3, text: "mother."),
            ]
            let written = text(PhoneTimeline(phones: [], words: words, source: "test"))
            let again = try file(written, name: "x." + format.fileExtensions[0])
            #expect(again.words == ["Pie", "again,", "mother."])
            #expect(again.timeline.words[0].start == 0.2 && again.timeline.words[1].start == 2)
        }
    }

    @Test func `the registry names each format once`() {
        let names = TimingFormat.all.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(TimingFormat.all.allSatisfy { $0.isRead || $0.writer != nil })
        for (suffix, name) in [
            ("csv", "csv"), ("json", "json"), ("TextGrid", "textgrid"), ("tsv", "rhubarb"), ("vtt", "vtt"),
            ("srt", "srt"),
        ] {
            #expect(TimingFormat.written(extension: suffix)?.name == name)
        }
    }
}

/// Errors name the real cause.
@Suite struct TimingErrorTests {
    @Test(arguments: [
        (#"{"words":[{"word":"Hello","start":"soon","end":"0.5"}]}"#, "text, 'soon'"),
        (#"{"audio":"","timestamps":[]}"#, "empty"),
        (#"{"results":{"channels":[{"alternatives":[{"transcript":"","words":[]}]}]}}"#, "empty"),
        ("[Script Info]\nTitle: x\n[Events]\n", "no Dialogue lines"),
        ("<?xml version=\"1.0\"?>\n<tt xmlns=\"http://www.w3.org/ns/ttml\"><body/></tt>\n", "no words"),
        ("{12}{34}Hello\n", "MicroDVD"),
        ("[Section]\nkey=value\n", "format is not known"),
        (
            #"{"context_id":"a","word_timestamps":{"words":["hi"],"start":[0],"end":[0.3]}}"# + "\n"
                + #"{"context_id":"b","word_timestamps":{"words":["ho"],"start":[0],"end":[0.3]}}"#,
            "second context"
        ),
    ])
    func `an error says what is wrong`(text: String, reason: String) async {
        let error = await failure { _ = try file(text) }
        #expect(error?.code == .validationError)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "no error")")
    }

    // MARK: Tables and frames as others write them

    @Test(arguments: [
        "time,jawOpen\n0,0.1\n0.1,0.5\n", "# made by hand\ntime,jawOpen\n0,0.1\n0.1,0.5\n",
        "time;jawOpen\n0;0,1\n0,1;0,5\n", "Time\tJawOpen\r\n0\t0.1\r\n0.1\t0.5\r\n",
        "time_ms,jawOpen\n0,0.1\n100,0.5\n",
        "\"t\",\"blendShapes.JawOpen\"\n\"0\",\"0.1\"\n\"0.1\",\"0.5\"\n",
        #"[{"time":0,"jawOpen":0.1},{"time":0.1,"jawOpen":0.5}]"#,
        #"[{"timestamp":0,"blendshapes":{"jawOpen":0.1,"_neutral":1}},{"timestamp":0.1,"blendshapes":{"jawOpen":0.5}}]"#,
        #"{"fps":10,"frames":[{"jawOpen":0.1,"mouthClose":0},{"jawOpen":0.5,"mouthClose":0}]}"#,
        #"{"frames":[{"time":0,"blendshapes":[{"categoryName":"jawOpen","score":0.1}]},{"time":0.1,"blendshapes":[{"categoryName":"jawOpen","score":0.5}]}]}"#,
    ])
    func `curves are read as other tools write them`(text: String) throws {
        let file = try file(text)
        let track = file.track
        let end = 0.1 * track.frameRate.framesPerSecond
        #expect(track.frames.first?[.jawOpen] == 0.1 && track.frames.last?[.jawOpen] == 0.5)
        #expect(abs(Double(track.frames.count - 1) - end) < 0.05)
        #expect(!file.diagnostics.contains { $0.severity == .warning }, "\(file.diagnostics)")
    }

    @Test(arguments: [
        ("time,jawOpen,jawOpen\n0,0.1,0.9\n0.1,0.5,0.9\n", "CURVE_COLUMN_TWICE"),
        ("time,jawOpen\n0,-0.5\n0.1,0.5\n", "CURVE_VALUES_BELOW_ZERO"),
        ("time,jawOpen,headYaw\n0,0,30\n0.1,0.5,-45\n", "TIMING_UNIT"),
    ])
    func `what is taken otherwise than written is said`(text: String, code: String) throws {
        let file = try file(text)
        #expect(file.has(code))
        if code == "TIMING_UNIT" {
            #expect(abs((file.track.frames.last?.headRotation[1] ?? 0) + .pi / 4) < 1e-5)
        }
    }

    @Test(arguments: [
        ("time,jawOpen\n", "no frames"), ("jawOpen,mouthClose\n0.1,0\n", "time"),
        (#"{"frames":[{"jawOpen":0.1,"mouthClose":0.1}]}"#, "fps"),
        (#"{"fps":-1,"frames":[{"jawOpen":0.1,"mouthClose":0.1}]}"#, "rate"),
    ])
    func `curves without times or rows are refused with what is missing`(text: String, word: String) async {
        let error = await failure { _ = try file(text) }
        #expect(error?.message.contains(word) == true, "\(error?.message ?? "read")")
    }
}
