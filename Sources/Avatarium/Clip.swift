import AvatariumCore
import LipSync
import Media
import Rendering
import Rig
import Speech

/// A clip as a value: what is said, by whom, and how it looks. The output is chosen when the clip is rendered.
///
/// ```swift
/// let pipeline = try ClipPipeline()
/// try await pipeline.render(.text("Hello!"), to: "hello.mp4")
///
/// var clip = Clip(.recording(.buffer(audio), .phones(timeline), language: nil))
/// clip.avatar = AvatarSource(.data(AvatarData(bytes, name: "guide")))
/// clip.look.size = ImageSize(width: 640, height: 360)
/// try await pipeline.render(clip, to: "guide.webm")
/// ```
public struct Clip: Sendable {
    public var source: Source
    public var avatar: AvatarSource
    public var look: RenderLook
    public var camera = Framing.face
    /// Adjusts the camera set by ``camera``, and the avatar's position in the frame.
    public var view = CameraView()
    /// Cuts to other framings.
    public var cameras: [CameraCue] = []
    /// The model's own animations; the one that started last plays.
    public var animations: [AnimationCue] = []
    /// The speakers of a dialogue, from left to right; empty if ``avatar`` speaks alone.
    public var cast: [CastMember] = []
    /// Captions, overlays, music, fades.
    public var edit = ClipEdit()
    /// Encoder settings that override the format's defaults.
    public var encoding = EncodingOptions()
    public var frameRate = FrameRate.fps30
    /// How the avatar acts: idle motion and its seed, emotions, gaze, gestures.
    public var performance = PerformanceOptions()
    /// The path of a VRM animation (.vrma) that moves the body; it loops.
    public var body: String?
    /// The path of a video behind the avatar, which is drawn over nothing then; see ``separatingMovie()``.
    var movie: String?
    /// Seconds of speech, 0.1 to 0.5, that must be known beyond a frame before the frame is final. With
    /// ``Clip/wholeLookAhead`` frames do not depend on how the speech arrives. A shorter look-ahead lowers the
    /// latency of live use, but smooths transitions less accurately.
    public var lookAhead = Clip.wholeLookAhead
    /// The longest duration that the clip may have, in seconds. A longer clip is refused (E093) before a frame is
    /// drawn, so the first frame waits until all speech has been synthesised. If nil, ``maximumDurationSeconds``
    /// applies, and frames are drawn at once.
    public var longestSeconds: Double?
    /// Whether every frame is marked as a test.
    public var isMarkedAsTest = false

    /// The look-ahead, in seconds, beyond which nothing that follows can change a frame.
    public static let wholeLookAhead = FaceTrackStream.exactLookAhead
    /// A look-ahead, in seconds, for live voices: the reach of coarticulation alone.
    public static let liveLookAhead = 0.12

    public init(_ source: Source, avatar: AvatarSource = AvatarSource(), look: RenderLook = RenderLook()) {
        self.source = source
        self.avatar = avatar
        self.look = look
    }

    /// Returns a clip of a text, spoken by the engine that the voice's prefix selects (`espeak:en-us`, `piper:...`).
    public static func text(_ text: String, voice: String? = nil) -> Clip {
        Clip(.text(text, SpeechOptions(voice: voice)))
    }

    /// Returns a clip of recorded speech with known phones.
    public static func recording(_ audio: AudioBuffer, _ timeline: PhoneTimeline) -> Clip {
        Clip(.recording(.buffer(audio), .phones(timeline), language: nil))
    }

    /// The longest clip, in seconds; protects against runaway input.
    public static let maximumDurationSeconds = 4.0 * 3600

    /// Checks all numeric values, and that the files of the look exist.
    /// - Throws: E071 with `context["field"]`.
    public func validate() throws {
        if case .text(_, let options) = source { try options.validate() }
        if case .spoken(_, let options, _) = source { try options.validate() }
        if case .sentences(_, let options) = source { try options.validate() }
        if case .text(let text, _) = source { try SpeechRequest.checkLength(text) }
        if case .spoken(let text, _, _) = source { try SpeechRequest.checkLength(text) }
        try validateMarks()
        try look.validate()
        try view.validate()
        if !cast.isEmpty { try validateCast() }
        try edit.validate()
        try (1...240).check(frameRate.framesPerSecond, field: "fps")
        try (FaceTrackStream.shortestLookAhead...Clip.wholeLookAhead).check(lookAhead, field: "lookAhead")
    }

    /// Refuses a misspelt mark before anything is spoken: who writes `[wavee]` wants a wave, not a clip without one.
    private func validateMarks() throws {
        switch source {
        case .text(let text, let options), .spoken(let text, let options, _):
            guard !options.ssml, text.contains("["),
                let misspelt = ExpressionMarks.parse(text).diagnostics.first(where: {
                    $0.code == ExpressionMarks.misspelt
                })
            else { return }
            throw AvatariumError(
                .validationError,
                misspelt.message.replacing(" It is ignored", with: " Correct it, or remove the brackets"),
                context: ["field": "text", "offset": "\(misspelt.offset ?? 0)"])
        default: return
        }
    }

    /// Whether the camera shows hands at some time: else nobody needs to see them beat.
    var showsHands: Bool {
        func shows(_ framing: Framing) -> Bool { framing == .waist || framing == .body }
        if shows(camera) || cameras.contains(where: { shows($0.camera) }) { return true }
        if view.orbit?.radius != nil || view.fovDegrees != nil || view.target != nil { return true }
        if let scale = view.scale, scale < 1 { return true }
        switch source {
        case .text(let text, let options), .spoken(let text, let options, _):
            guard !options.ssml, text.contains("[") else { return false }
            return ExpressionMarks.parse(text).cues.contains {
                if case .camera(let framing, _) = $0.action { shows(framing) } else { false }
            }
        case .sentences: return true
        default: return false
        }
    }

    private func validateCast() throws {
        func refuse(_ field: String, _ message: String) -> AvatariumError {
            AvatariumError(.invalidConfig, message, context: ["field": field])
        }
        guard CastMember.counts.contains(cast.count) else {
            throw refuse(
                "cast",
                "a dialogue has \(CastMember.counts.lowerBound) to \(CastMember.counts.upperBound) speakers")
        }
        guard Set(cast.map { $0.name.lowercased() }).count == cast.count else {
            throw refuse("cast", "two cast members have the same name; rename one")
        }
        guard case .text(let text, let options) = source, !options.ssml else {
            throw refuse(
                "cast", "a dialogue needs plain text with a name before each line, as in ADA: Hello.")
        }
        _ = try DialogueScript(text, names: cast.map(\.name))
        guard !look.background.hasAlpha else {
            throw refuse("background", "a dialogue cannot be transparent; give a background")
        }
    }

    /// Who is in the scene, from left to right.
    var actors: [AvatarSource] { cast.isEmpty ? [avatar] : cast.map(\.avatar) }

    /// Whether its text is still being written: then it is drawn as it comes, and ends where it gets too long.
    var isStillWritten: Bool { if case .sentences = source { true } else { false } }

    /// The files that the clip is made from.
    var inputs: SourceFiles {
        var files: [(field: String, path: String?)] = [("body", body), ("mapping", avatar.mapping)]
        if case .named(let name) = avatar.model { files.append(("avatar", name)) }
        if case .recording(.file(let path), _, _) = source { files.append(("audio", path)) }
        switch source {
        case .recording(_, .file(let path, _), _), .timings(.file(let path, _), _):
            files.append(("timings", path))
        default: break
        }
        return SourceFiles(files + look.files + edit.files)
    }
}

extension Clip {
    /// Where the speech comes from.
    public enum Source: Sendable {
        /// A text, spoken by the engine that the voice's prefix selects.
        case text(String, SpeechOptions)
        /// A text, spoken by your own engine.
        case spoken(String, SpeechOptions, by: any SpeechEngine)
        /// A text that is still being written, such as a language model's reply: its sentences, which may contain
        /// marks, are spoken as they arrive. At most 20,000 characters.
        case sentences(AsyncThrowingStream<String, any Error>, SpeechOptions)
        /// Speech that arrives in pieces, such as the voice of a conversation. The times of each piece start at 0.
        case utterances(AsyncThrowingStream<Utterance, any Error>)
        /// Recorded speech and its timings. The language (`en-us`, `de`) is that of the recording.
        case recording(AudioSource, SpeechTimings, language: String?)
        /// Timings alone: a face without audio.
        case timings(SpeechTimings, language: String?)
    }

    /// Recorded speech.
    public enum AudioSource: Sendable, Equatable {
        /// The path of an audio or video file in any format that libav can decode.
        case file(String)
        case buffer(AudioBuffer)
    }

    /// What is known about the phones of recorded speech.
    public enum SpeechTimings: Sendable, Equatable {
        /// The path of a timing file in any supported format, detected by content. If a speaker, channel or tier is
        /// named, only that one is used, otherwise all of them in order of time.
        case file(String, speaker: String? = nil)
        case phones(PhoneTimeline)
        /// Ready-made face curves.
        case curves(FaceTrack)
        /// The transcript, which is aligned with the recording.
        case transcript(String)
        /// Nothing: the recording is analysed.
        case unknown
    }
}
