import AvatariumCore
import Images
import Media
import Rendering

/// Completes drawn frames, edits and digests them, and passes them to a sink, each after its audio.
///
/// Frames come in order, one at a time; the audio may grow meanwhile.
actor ClipEncoder {
    private let sink: any FrameSink
    private let audio: ClipAudio?
    private let frameRate: FrameRate
    /// The video behind the avatar.
    private let movie: MovingPicture?
    /// The edits over the frames; nil for plain clips.
    private let edit: PictureEdit?
    private let posterPath: String?
    private let posterFrame: Int
    private var poster: PixelBuffer?
    private var frame = 0
    private var audioPosition = 0
    private var isCancelled = false
    private var digest = FrameDigest()
    private let mark: TestMark?
    /// About what is laid over the frames.
    let diagnostics: [Diagnostic]
    private(set) var clock = StageTimings()

    /// Starts the sink's clip.
    /// - Parameter first: The first part of the performance.
    init(_ clip: Clip, _ first: Performance.Part, sink: any FrameSink) async throws {
        self.sink = sink
        audio = first.audio
        frameRate = clip.frameRate
        mark = clip.isMarkedAsTest ? TestMark(size: clip.look.size) : nil
        movie = try clip.movie.map {
            try MovingPicture(
                path: $0, field: "background", fit: .cover(clip.look.size), repeats: clip.edit.backgroundLoop)
        }
        let format = FrameFormat(
            clip, audioSampleRate: audio?.sampleRate, timeline: first.whole?.timeline)
        var plan = PictureEdit.Plan(
            size: format.size, frameRate: frameRate, duration: first.whole?.track.durationSeconds ?? 0)
        plan.overlays = clip.edit.overlays
        let fade = clip.edit.fade.fitted(into: plan.duration)
        plan.fadeIn = fade.start
        plan.fadeOut = fade.end
        plan.fadesAlpha = format.hasAlpha
        var noticed: Diagnostic?
        if clip.edit.captions.contains(.burn), let timeline = first.whole?.timeline {
            plan.captions = CaptionScript(timeline, style: clip.edit.captionStyle, frame: format.size).text
            noticed = .captionFonts(timeline)
        }
        diagnostics = noticed.map { [$0] } ?? []
        edit = plan.isEmpty ? nil : try PictureEdit(plan)
        posterPath = clip.edit.poster
        posterFrame = Int((plan.fadeIn * frameRate.framesPerSecond).rounded(.up))
        try await sink.begin(format)
    }

    /// Completes one frame and passes it to the sink.
    /// - Parameter drawn: The avatars of the frame, from the rear to the front.
    /// - Returns: Its buffer, for reuse.
    func encode(_ drawn: [DrawnFrame]) async throws -> PixelBuffer {
        guard !isCancelled else { throw CancellationError() }
        let began = StageTimings.now()
        var under = try movie?.picture(at: frameRate.seconds(atFrame: frame)).picture
        for other in drawn.dropLast() { under = other.composed(over: under) }
        guard var pixels = drawn.last?.composed(over: under) else { throw CancellationError() }
        let composed = StageTimings.now()
        clock.add("compose", composed - began)
        if let edit {
            try edit.apply(to: &pixels)
            clock.add("edit", StageTimings.now() - composed)
        }
        // Above all that was edited in.
        mark?.stamp(&pixels)
        if posterPath != nil, frame == 0 || frame == posterFrame { poster = pixels }
        let editing = StageTimings.now()
        digest.update(pixels)
        let encoding = StageTimings.now()
        clock.add("digest", encoding - editing)
        defer { clock.add("encode", StageTimings.now() - encoding) }
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
    /// - Returns: The number of bytes written, if known.
    func finish() async throws -> Int? {
        if let audio { try await writeAudio(upToSeconds: audio.durationSeconds) }
        if let posterPath, let poster {
            try ResultFile.write(try PNGWriter.encode(poster, compressionLevel: 6), to: posterPath)
        }
        return try await sink.finish()
    }

    /// Cancels the clip; frames that are still in transit are dropped.
    func cancel() async {
        isCancelled = true
        await sink.cancel()
    }
}
