import AvatariumCore
import Rendering

/// Finishes drawn frames, digests them, and hands them to a sink, each after the audio that belongs to it.
///
/// Frames come in order, one at a time; the audio may grow meanwhile.
actor ClipEncoder {
    private let sink: any FrameSink
    private let audio: ClipAudio?
    private let frameRate: FrameRate
    private var frame = 0
    private var audioPosition = 0
    private var isCancelled = false
    private var digest = FrameDigest()
    private let mark: TestMark?
    private(set) var clock = StageClock()

    /// Begins the sink's clip.
    init(_ clip: Clip, audio: ClipAudio?, sink: any FrameSink) async throws {
        self.sink = sink
        self.audio = audio
        frameRate = clip.frameRate
        mark = clip.isMarkedAsTest ? TestMark(size: clip.look.size) : nil
        try await sink.begin(FrameFormat(clip, audioSampleRate: audio?.sampleRate))
    }

    /// Finishes one frame and gives it to the sink.
    /// - Returns: Its buffer, to be filled again.
    func encode(_ drawn: DrawnFrame) async throws -> PixelBuffer {
        guard !isCancelled else { throw CancellationError() }
        let began = StageClock.now()
        var pixels = drawn.composed()
        mark?.stamp(&pixels)
        let composed = StageClock.now()
        clock.add("compose", composed - began)
        digest.update(pixels)
        let encoding = StageClock.now()
        clock.add("digest", encoding - composed)
        defer { clock.add("encode", StageClock.now() - encoding) }
        frame += 1
        try await writeAudio(upToSeconds: frameRate.seconds(atFrame: frame))
        try await sink.write(frame: pixels)
        return pixels
    }

    private func writeAudio(upToSeconds end: Double) async throws {
        guard let audio else { return }
        let target = min(Int(end * Double(audio.sampleRate)), audio.sampleCount)
        guard target > audioPosition else { return }
        let samples = try audio.samples(audioPosition..<target)
        audioPosition = target
        try await sink.write(audio: samples)
    }

    /// XXH3-128 of all frames so far, 32 hexadecimal digits.
    var hexDigest: String { digest.hex }

    /// Ends the sink's clip.
    /// - Returns: The bytes that it wrote, where there are any.
    func finish() async throws -> Int? {
        if let audio { try await writeAudio(upToSeconds: audio.durationSeconds) }
        return try await sink.finish()
    }

    /// Gives the clip up; frames that are still on their way here are dropped.
    func cancel() async {
        isCancelled = true
        await sink.cancel()
    }
}
