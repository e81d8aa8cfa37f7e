import AvatariumCore

/// The frames and the audio of a clip as an asynchronous sequence, for a player instead of a file.
///
/// ```swift
/// for try await moment in pipeline.live(.text("Hello!")) {
///     player.show(moment.frame, at: moment.seconds)
///     player.play(moment.audio, sampleRate: moment.sampleRate)
/// }
/// ```
///
/// Each moment is drawn when the previous one has been consumed. Leaving the loop cancels the work. Each iteration
/// renders the clip again, except that a clip of ``Clip/Source/utterances(_:)`` can be iterated only once.
public struct LiveSession: AsyncSequence, Sendable {
    /// A frame and its audio.
    public struct Moment: Sendable {
        /// The frame's number, from 0.
        public var index: Int
        /// The time at which to show the frame, in seconds from the start of the clip.
        public var seconds: Double
        public var frame: PixelBuffer
        /// Mono samples, -1 to 1, from this frame's time to that of the next. Empty for a clip without audio.
        public var audio: [Float]
        /// Samples per second; nil for a clip without audio.
        public var sampleRate: Int?
    }

    public typealias Failure = any Error

    private let moments: ProducedSequence<Moment>

    init(_ clip: Clip, _ pipeline: ClipPipeline) {
        moments = ProducedSequence { channel in
            try await pipeline.render(clip, to: MomentSink(channel))
        }
    }

    public func makeAsyncIterator() -> Iterator { Iterator(moments: moments.makeAsyncIterator()) }

    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let moments: ProducedSequence<Moment>.Iterator

        public func next() async throws -> Moment? { try await moments.next() }

        public func next(isolation actor: isolated (any Actor)?) async throws(any Error) -> Moment? {
            try await moments.next(isolation: actor)
        }
    }
}

/// Sends each frame with its audio.
private actor MomentSink: FrameSink {
    private let channel: ProducedSequence<LiveSession.Moment>.Channel
    private var format: FrameFormat?
    private var audio: [Float] = []
    private var index = 0

    init(_ channel: ProducedSequence<LiveSession.Moment>.Channel) { self.channel = channel }

    func begin(_ format: FrameFormat) { self.format = format }

    func write(audio samples: [Float]) { audio += samples }

    func write(frame: PixelBuffer) async throws {
        let moment = LiveSession.Moment(
            index: index, seconds: format?.frameRate.seconds(atFrame: index) ?? 0, frame: frame, audio: audio,
            sampleRate: format?.audioSampleRate)
        index += 1
        audio = []
        await channel.send(moment)
        try Task.checkCancellation()
    }

    func finish() -> Int? { nil }

    func cancel() {}
}

extension ClipPipeline {
    /// Renders a clip as a sequence of frames with audio.
    /// - Parameters:
    ///   - clip: The clip to render.
    ///   - lookAhead: Seconds of speech that must be known beyond a frame. ``Clip/wholeLookAhead`` (0.5) yields
    ///     exactly the pixels of a file; ``Clip/liveLookAhead`` (0.12) lowers the latency for a voice that arrives in
    ///     small pieces.
    public nonisolated func live(_ clip: Clip, lookAhead: Double = Clip.liveLookAhead) -> LiveSession {
        var clip = clip
        clip.lookAhead = lookAhead
        return LiveSession(clip, self)
    }
}
