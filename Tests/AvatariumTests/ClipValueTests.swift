import Avatarium
import Foundation
import Media
import ProcessRunner
import Testing

/// Clips as values: own audio, avatars in memory, own sinks, live sessions.
@Suite(.serialized)
struct ClipValueTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private static let pipeline = Result { try ClipPipeline() }
    private var pipeline: ClipPipeline { get throws { try Self.pipeline.get() } }

    private let audio = AudioBuffer(
        sampleRate: 16_000, samples: (0..<16_000).map { 0.2 * sin(Float($0) * 0.05) })
    private let timeline = PhoneTimeline(
        phones: [
            Phone(start: 0.1, end: 0.3, ipa: "b"), Phone(start: 0.3, end: 0.8, ipa: "ɑ"),
        ], source: "test")

    private func clip() -> Clip {
        var clip = Clip.recording(audio, timeline)
        clip.look.size = ImageSize(width: 64, height: 36)
        return clip
    }

    /// Counts what it is given.
    private actor Counter: FrameSink {
        private(set) var format: FrameFormat?
        private(set) var frames = 0
        private(set) var samples = 0
        private(set) var isFinished = false
        private(set) var isCancelled = false
        /// The frame at which it fails.
        var failing: Int?

        init(failing: Int? = nil) { self.failing = failing }

        struct Full: Error {}

        func begin(_ format: FrameFormat) { self.format = format }
        func write(frame: PixelBuffer) throws {
            if frames == failing { throw Full() }
            frames += 1
        }
        func write(audio samples: [Float]) { self.samples += samples.count }
        func finish() -> Int? {
            isFinished = true
            return nil
        }
        func cancel() { isCancelled = true }
    }

    @Test func `one line makes a file`() async throws {
        let report = try await pipeline.render(.text("Hi."), to: folder.file("hello.mp4"))
        #expect(try MediaProbe.read(path: folder.file("hello.mp4")).video?.frameCount == report.frames)
    }

    @Test func `a sink of one's own gets every frame and all of the audio`() async throws {
        let sink = Counter()
        let report = try await pipeline.render(clip(), to: sink)
        #expect(report.frames == 30)
        #expect(await sink.frames == 30)
        #expect(await sink.samples == 16_000)
        #expect(await sink.isFinished)
        let format = try #require(await sink.format)
        #expect(format.size == ImageSize(width: 64, height: 36))
        #expect(format.audioSampleRate == 16_000)
    }

    @Test func `a sink that fails ends the clip and is told to give it up`() async throws {
        let sink = Counter(failing: 3)
        await #expect(throws: Counter.Full.self) { try await pipeline.render(clip(), to: sink) }
        #expect(await sink.isCancelled)
    }

    @Test func `an avatar in memory gives the pixels of its file`() async throws {
        let path = try AvatarCatalog().path(of: "ada")
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        var inMemory = clip()
        inMemory.avatar = AvatarSource(.data(AvatarData(bytes, name: "mine")))
        let named = try await pipeline.render(clip(), to: Counter())
        let data = try await pipeline.render(inMemory, to: Counter())
        #expect(named.digest == data.digest)
        #expect(data.avatar == "mine")
    }

    @Test func `values and files give the same pixels`() async throws {
        try WAVFile.write(audio, path: folder.file("talk.wav"))
        try folder.write(
            #"{"alphabet": "ipa", "phones": [{"start": 0.1, "end": 0.3, "phone": "b"}, "#
                + #"{"start": 0.3, "end": 0.8, "phone": "ɑ"}]}"#, to: "talk.json")
        var request = ClipRequest(output: folder.file("talk.mp4"))
        request.audio = folder.file("talk.wav")
        request.timings = folder.file("talk.json")
        request.size = ImageSize(width: 64, height: 36)
        let file = try await pipeline.render(request)
        let values = try await pipeline.render(clip(), to: Counter())
        #expect(file.digest == values.digest)
    }

    @Test func `speech that arrives piece by piece is a clip`() async throws {
        let (pieces, feed) = AsyncThrowingStream<Utterance, any Error>.makeStream()
        for _ in 0..<2 { feed.yield(Utterance(audio: audio, timeline: timeline)) }
        feed.finish()
        var clip = clip()
        clip.source = .utterances(pieces)
        let sink = Counter()
        let report = try await pipeline.render(clip, to: sink)
        #expect(abs(report.durationSeconds - 2.35) < 0.05)
        #expect(await sink.samples == Int(2.35 * 16_000))
    }

    @Test func `a text that is still being written is spoken sentence by sentence, with its marks`()
        async throws
    {
        let (sentences, writer) = AsyncThrowingStream<String, any Error>.makeStream()
        var clip = clip()
        clip.source = .sentences(sentences, SpeechOptions())
        // Marks may be open from one sentence to another, and a smiley is no reason to stop.
        for sentence in ["[happy]Bob may nap.", "😀", "Pam may help.[/happy]", "So may Tom."] {
            writer.yield(sentence)
        }
        writer.finish()
        let performance = try await Performance.make(clip)
        #expect(
            performance.timeline.words.map(\.text) == [
                "Bob", "may", "nap.", "Pam", "may", "help.", "So", "may", "Tom.",
            ])
        let happy = Emotion.happy.rawValue
        func mood(at word: Int) -> Float {
            let frame = Int(performance.timeline.words[word].start * 30)
            return performance.track.frames[frame].emotions[happy]
        }
        #expect(mood(at: 2) > 0.9)
        #expect(mood(at: 4) > 0.9)
        #expect(mood(at: 8) < 0.1)
    }

    @Test func `a live session gives frames with their audio and the pixels of a file`() async throws {
        var samples = 0
        var indices: [Int] = []
        var frames: [PixelBuffer] = []
        for try await moment in try pipeline.live(clip(), lookAhead: Clip.wholeLookAhead) {
            samples += moment.audio.count
            indices.append(moment.index)
            frames.append(moment.frame)
            #expect(moment.sampleRate == 16_000)
        }
        #expect(indices == Array(0..<30))
        #expect(samples == 16_000)
        #expect(Set(frames.map(\.bytes)).count > 5)
    }

    @Test func `leaving a live session ends its work`() async throws {
        let clip = Clip.text(String(repeating: "This takes a while. ", count: 50))
        for try await moment in try pipeline.live(clip) where moment.index == 3 { break }
        // The renderer is free for others.
        #expect(try await pipeline.render(self.clip(), to: Counter()).frames == 30)
    }

    @Test func `fragmented MP4 arrives in pieces and can be decoded`() async throws {
        var bytes: [UInt8] = []
        var chunks = 0
        // Three seconds: a fragment has one.
        var clip = Clip.recording(
            AudioBuffer(sampleRate: 16_000, samples: audio.samples + audio.samples + audio.samples), timeline)
        clip.look.size = ImageSize(width: 64, height: 36)
        for try await chunk in try pipeline.fragmentedMP4(clip) {
            bytes += chunk
            chunks += 1
        }
        #expect(chunks >= 3)
        try Data(bytes).write(to: URL(fileURLWithPath: folder.file("a.mp4")))
        var pictures = 0
        try MediaProbe.decodeVideo(path: folder.file("a.mp4")) { _, _ in pictures += 1 }
        #expect(pictures == 90)
    }

    @Test func `timings of another recording are noticed`() async throws {
        let long = AudioBuffer(sampleRate: 16_000, samples: audio.samples + audio.samples + audio.samples)
        let performance = try await Performance.make(.recording(long, timeline))
        #expect(performance.diagnostics.map(\.code) == ["TIMINGS_END_EARLY"])
        let silent = AudioBuffer(
            sampleRate: 16_000, samples: audio.samples + [Float](repeating: 0, count: 48_000))
        #expect(try await Performance.make(.recording(silent, timeline)).diagnostics.isEmpty)
        #expect(try await Performance.make(.recording(audio, timeline)).diagnostics.isEmpty)
    }

    /// Of a word of a second, timings of its first sound were taken without a warning.
    @Test(arguments: [(0.2, true), (0.5, false), (0.8, false)])
    func `timings of a small part of a short recording are noticed`(end: Double, isNoticed: Bool) async throws
    {
        let tone = AudioBuffer(
            sampleRate: 16_000, samples: (0..<12_800).map { 0.3 * sin(Float($0) * 0.05) })
        let timeline = PhoneTimeline(phones: [Phone(start: 0, end: end, ipa: "ɑ")], source: "test")
        let performance = try await Performance.make(.recording(tone, timeline))
        #expect(performance.diagnostics.map(\.code) == (isNoticed ? ["TIMINGS_END_EARLY"] : []))
    }

    @Test func `an engine of one's own speaks`() async throws {
        struct Hum: SpeechEngine {
            var name: String { "hum" }
            func voices() async throws -> [Voice] { [] }
            func speak(_ request: SpeechRequest, give: (Utterance) async throws -> Void) async throws {
                let samples = [Float](repeating: 0.1, count: 8000)
                try await give(
                    Utterance(
                        audio: AudioBuffer(sampleRate: 16_000, samples: samples),
                        timeline: PhoneTimeline(phones: [Phone(start: 0, end: 0.4, ipa: "m")], source: "hum"))
                )
            }
        }
        let clip = Clip(.spoken("Hm.", SpeechOptions(), by: Hum()))
        let performance = try await Performance.make(clip)
        #expect(performance.timeline.source == "hum")
        #expect(performance.track.frames.count > 20)
    }

    @Test func `a clip does not replace its own recording`() async throws {
        try WAVFile.write(audio, path: folder.file("talk.mov"))
        let clip = Clip(.recording(.file(folder.file("talk.mov")), .phones(timeline), language: nil))
        let error = await #expect(throws: AvatariumError.self) {
            try await pipeline.render(clip, to: folder.file("talk.mov"))
        }
        #expect(error?.code == .invalidConfig)
    }

    @Test func `a request is the same in camel and in snake case`() throws {
        let camel = try ClipRequest(
            json: Array(#"{"text": "Hi", "textFile": null, "toneMap": "neutral", "keyLight": false}"#.utf8))
        let snake = try ClipRequest(
            json: Array(#"{"text": "Hi", "tone_map": "neutral", "key_light": false}"#.utf8))
        #expect(camel == snake)
        let error = #expect(throws: AvatariumError.self) {
            try ClipRequest(json: Array(#"{"tex": "Hi"}"#.utf8))
        }
        #expect(error?.code == .validationError)
        #expect(error?.context["field"] == "/tex")
        #expect(error?.message.contains("did you mean 'text'?") == true)
    }
}

@Suite struct MarksOfClips {
    @Test func `a misspelt mark is refused before anything is spoken`() throws {
        let error = #expect(throws: AvatariumError.self) { try Clip.text("bye [wavee]").validate() }
        #expect(error?.code == .validationError)
        #expect(error?.message.contains("did you mean [wave]?") == true)
        try Clip.text("bye [wave] [laughs]").validate()
    }
}
