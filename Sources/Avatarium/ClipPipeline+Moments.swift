import AvatariumCore

extension ClipPipeline {
    /// Renders single frames of a clip as they appear in its video, including captions and overlays.
    /// - Parameters:
    ///   - clip: The clip. Its audio is synthesised but discarded.
    ///   - times: Times in seconds; each yields the frame shown at that time.
    /// - Throws: E071 for a time outside the clip; otherwise the errors of rendering.
    public nonisolated func frames(of clip: Clip, at times: [Double]) async throws -> [PixelBuffer] {
        let rate = clip.frameRate
        for time in times { try (0...Clip.maximumDurationSeconds).check(time, field: "times") }
        let indices = times.map { Int(($0 * rate.framesPerSecond + 1e-6).rounded(.down)) }
        let sink = PickingSink(Set(indices))
        do {
            _ = try await render(clip, to: sink)
        } catch is PickingSink.HasAll {}
        let picked = await sink.picked
        return try zip(times, indices).map { time, index in
            guard let frame = picked[index] else {
                throw AvatariumError(
                    .invalidConfig,
                    "the clip has no frame at \(time) s; give a time before its end",
                    context: ["field": "times"])
            }
            return frame
        }
    }
}

/// Keeps some frames and ends the clip after the last of them.
private actor PickingSink: FrameSink {
    /// Thrown when no more frames are wanted.
    struct HasAll: Error {}

    private let wanted: Set<Int>
    private(set) var picked: [Int: PixelBuffer] = [:]
    private var index = 0

    init(_ wanted: Set<Int>) { self.wanted = wanted }

    func begin(_ format: FrameFormat) {}

    func write(frame: PixelBuffer) throws {
        if wanted.contains(index) { picked[index] = frame }
        index += 1
        if picked.count == wanted.count { throw HasAll() }
    }

    func write(audio samples: [Float]) {}
    func finish() -> Int? { nil }
    func cancel() {}
}
