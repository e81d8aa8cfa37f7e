import Media
import Rendering

/// The writer's one owner: frames come in order, each followed by the audio that belongs to it, which may grow
/// meanwhile.
actor ClipEncoder {
    private let writer: ClipWriter
    private let audio: ClipAudio?
    private let frameRate: FrameRate
    private var frame = 0
    private var audioPosition = 0
    private var isCancelled = false
    private var digest = FrameDigest()
    private(set) var clock = StageClock()

    init(plan: ClipPlan, audio: ClipAudio?) throws {
        guard let options = plan.writerOptions(audioSampleRate: audio?.sampleRate) else {
            throw AvatariumError(.missingRequiredField, "no output is named", context: ["field": "output"])
        }
        self.audio = audio
        frameRate = plan.frameRate
        writer = try ClipWriter(options)
    }

    /// Finishes and encodes one frame, and hands its buffer back for the next.
    func encode(_ drawn: DrawnFrame) throws -> PixelBuffer {
        guard !isCancelled else { throw CancellationError() }
        let began = StageClock.now()
        let pixels = drawn.composed()
        let composed = StageClock.now()
        clock.add("compose", composed - began)
        digest.update(pixels)
        let encoding = StageClock.now()
        clock.add("digest", encoding - composed)
        defer { clock.add("encode", StageClock.now() - encoding) }
        try writer.write(frame: pixels)
        frame += 1
        try writeAudio(upToSeconds: frameRate.seconds(atFrame: frame))
        return pixels
    }

    private func writeAudio(upToSeconds end: Double) throws {
        guard let audio else { return }
        let target = min(Int(end * Double(audio.sampleRate)), audio.sampleCount)
        guard target > audioPosition else { return }
        try writer.write(audio: audio.samples(audioPosition..<target))
        audioPosition = target
    }

    /// Of all frames so far, 32 hexadecimal digits.
    var hexDigest: String { digest.hex }

    func finish() throws -> ClipFileInfo {
        if let audio { try writeAudio(upToSeconds: audio.durationSeconds) }
        return try writer.finish()
    }

    /// Frames that are still on their way here go nowhere.
    func cancel() {
        isCancelled = true
        writer.cancel()
    }
}
