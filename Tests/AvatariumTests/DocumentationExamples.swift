import Avatarium
import Foundation
import GoldenImagesTesting
import Testing

// The examples of the documentation, word for word: `DocumentationTests` compares them, the compiler checks them.

private func readme() async throws {
    let pipeline = try ClipPipeline()
    let report = try await pipeline.render(.text("Hello, world."), to: "hello.mp4")
    print(report.frames, report.digest)
}

private func gettingStarted(_ bytes: [UInt8]) async throws {
    let pipeline = try ClipPipeline()
    try await pipeline.render(.text("Hello, world."), to: "hello.mp4")

    var clip = Clip.text("Over any page.", voice: "en-gb")
    clip.avatar = "kit"
    clip.look.size = ImageSize(width: 640, height: 640)
    clip.look.background = .transparent
    clip.performance.emotions = [EmotionCue(emotion: .happy, strength: 0.6)]
    let report = try await pipeline.render(clip, to: "overlay.webm") { progress in
        print(progress.frame, progress.frames ?? 0)
    }
    print(report.durationSeconds, report.digest, report.diagnostics)

    clip.avatar = AvatarSource(.data(AvatarData(bytes, name: "me")))

    clip.edit.captions = [.burn, .file("talk.srt")]
    clip.edit.music = Music("bed.mp3")
    var logo = Overlay("logo.png")
    logo.size = 0.1
    clip.edit.overlays = [logo]
    clip.edit.fade = ClipEdit.Edges(start: 0.5, end: 0.5)
    clip.edit.loudness = -16
    try await pipeline.render(clip, to: "around.mp4")

    var still = StillRequest(avatar: "me.vrm")
    still.expression = "happy"
    still.camera = .bust
    let pixels = try await pipeline.still(still).pixels
    print(pixels.width)

    do {
        try await pipeline.render(.text("Hello.", voice: "nobody"), to: "hello.mp4")
    } catch let error as AvatariumError where error.code == .ttsVoiceNotFound {
        print(error.message, error.context)
    }
}

private func yourOwnVoice(_ pipeline: ClipPipeline, _ samples: [Float]) async throws {
    let timed = Clip(.recording(.file("talk.wav"), .file("talk.TextGrid"), language: nil))
    let aligned = Clip(
        .recording(.file("talk.wav"), .transcript("What the recording says."), language: "en-us"))
    let analysed = Clip(.recording(.file("talk.wav"), .unknown, language: "de"))
    for (index, clip) in [timed, aligned, analysed].enumerated() {
        try await pipeline.render(clip, to: "talk\(index).mp4")
    }

    let audio = AudioBuffer(sampleRate: 16_000, samples: samples)
    let timeline = PhoneTimeline(
        phones: [Phone(start: 0.1, end: 0.3, ipa: "b"), Phone(start: 0.3, end: 0.8, ipa: "ɑ")],
        words: [Word(start: 0.1, end: 0.8, text: "bah")], source: "mine")
    try await pipeline.render(.recording(audio, timeline), to: "bah.mp4")
}

private func drivingFrames(
    _ pipeline: ClipPipeline, _ utterance: Utterance, display: (PixelBuffer, Double) -> Void,
    play: ([Float], Int?) -> Void, send: ([UInt8]) async throws -> Void
) async throws {
    func show(_ frame: PixelBuffer, at seconds: Double) { display(frame, seconds) }

    for try await moment in pipeline.live(.text("Hello!")) {
        show(moment.frame, at: moment.seconds)
        play(moment.audio, moment.sampleRate)
    }

    let (pieces, feed) = AsyncThrowingStream<Utterance, any Error>.makeStream()
    feed.yield(utterance)
    feed.finish()
    let session = pipeline.live(Clip(.utterances(pieces)), lookAhead: Clip.liveLookAhead)
    for try await moment in session { show(moment.frame, at: moment.seconds) }

    for try await chunk in pipeline.fragmentedMP4(.text("Hello!")) { try await send(chunk) }
}

actor Thumbnails: FrameSink {
    private(set) var pictures: [PixelBuffer] = []
    private var index = 0

    func begin(_ format: FrameFormat) {}
    func write(frame: PixelBuffer) {
        if index % 30 == 0 { pictures.append(frame) }
        index += 1
    }
    func write(audio samples: [Float]) {}
    func finish() -> Int? { nil }
    func cancel() { pictures = [] }
}

struct Hum: SpeechEngine {
    var name: String { "hum" }

    func voices() async throws -> [Voice] {
        [Voice(id: "hum:low", name: "Low hum", language: "en", engine: name)]
    }

    func speak(_ request: SpeechRequest, give: (Utterance) async throws -> Void) async throws {
        let samples = (0..<8000).map { 0.1 * sin(Float($0) * 0.05) }
        try await give(
            Utterance(
                audio: AudioBuffer(sampleRate: 16_000, samples: samples),
                timeline: PhoneTimeline(phones: [Phone(start: 0, end: 0.4, ipa: "m")], source: name)))
    }
}

private func writingASpeechEngine(_ pipeline: ClipPipeline) async throws {
    try await pipeline.render(Clip(.spoken("Hm.", SpeechOptions(), by: Hum())), to: "hum.mp4")
    SpeechEngineRegistry.shared.register(SpeechEngineRegistry.Entry("hum") { Hum() })
    try await pipeline.render(.text("Hm.", voice: "hum:low"), to: "hum.mp4")
}

private func smiles() async throws {
    var request = StillRequest(avatar: "ada")
    request.weights = [("mouthSmileLeft", 1), ("mouthSmileRight", 1)]
    try await expectGolden("smile", request)
}
