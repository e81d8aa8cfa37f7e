import Media

/// The writer's one owner: frames come in order, each followed by the audio that belongs to it, which may grow
/// meanwhile.
actor ClipEncoder {
    private let writer: ClipWriter
    private let audio: ClipAudio?
    private let frameRate: FrameRate
    private var frame = 0
    private var audioPosition = 0
    private var isCancelled = false
    /// Wall seconds inside the encoder.
    private(set) var seconds = 0.0

    init(plan: ClipPlan, audio: ClipAudio?) throws {
        guard let options = plan.writerOptions(audioSampleRate: audio?.sampleRate) else {
            throw AvatariumError(.missingRequiredField, "no output is named", context: ["field": "output"])
        }
        self.audio = audio
        frameRate = plan.frameRate
        writer = try ClipWriter(options)
    }

    /// Encodes one frame and hands its buffer back for the next.
    func encode(_ pixels: PixelBuffer) throws -> PixelBuffer {
        guard !isCancelled else { throw CancellationError() }
        let began = StageClock.now()
        defer { seconds += StageClock.now() - began }
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
