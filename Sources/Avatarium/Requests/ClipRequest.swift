import AvatariumCore
import Foundation
import LipSync
import Media
import Rendering
import Rig

/// A clip in the form that the command line, batch files and the HTTP service share: every file by its path, every
/// field optional.
///
/// Absent fields get their defaults when the request becomes a ``ClipPlan``. In a program of your own, ``Clip`` is
/// the better choice: it takes audio, timings and avatars as values.
///
/// ```swift
/// var request = ClipRequest(text: "Hello!", output: "hello.mp4")
/// request.size = ImageSize(width: 640, height: 360)
/// let report = try await ClipPipeline().render(request)
/// ```
///
/// The JSON form has the same names; each may be written in snake case as well (`tone_map`, `text_file`), and
/// `avatar_id` is `avatar`. The fields of ``look`` stand among the others.
@dynamicMemberLookup
public struct ClipRequest: Sendable, Equatable {
    /// What to say. Give this, `textFile` or `audio`.
    public var text: String?
    /// The path of a UTF-8 file with what to say.
    public var textFile: String?
    /// The path of recorded speech, in any format that libav reads, instead of text; or the file itself as a data URL
    /// (`data:;base64,...`).
    public var audio: String?
    /// The path of the recording's phoneme, viseme, word or curve timings.
    public var timings: String?
    /// What the recording says, for forced alignment where there are no timings.
    public var transcript: String?
    /// Whose words of the timings are spoken, where they have several speakers, channels or tiers. Default: all by time.
    public var speaker: String?
    /// Language of the recording (`en-us`, `de`): for its transcript, or for phone recognition without one.
    public var language: String?
    /// Name of a bundled avatar, or path of a .glb, .gltf or .vrm file; or a .glb or .vrm file itself as a data URL.
    /// Default `ada`.
    public var avatar: String?
    /// The path of a JSON file that maps face shapes to the avatar's own morph targets.
    public var mapping: String?
    /// One of the avatar's sets of materials (KHR_materials_variants). Default: its own materials.
    public var variant: String?
    /// Those who speak in a dialogue, from left to right, each with a `name` that stands before the lines in the text
    /// (`ADA: Hello.`), an `avatar` and a `voice`.
    public var cast: [CastMember]?
    /// The path of a VRM animation (.vrma) that moves the body; it repeats.
    public var body: String?
    /// The voice that speaks the text: `espeak:en-us`, `en-us`, `piper:...`. Default `espeak:en-us`.
    public var voice: String?
    /// Speaking rate, 0.25 to 4; 1 is the voice's own.
    public var rate: Double?
    /// Pitch, 0 to 2; 1 is the voice's own.
    public var pitch: Double?
    /// Whether `text` is SSML.
    public var ssml: Bool?
    /// The fields that decide what a frame looks like, which are fields of the request too: `request.size`.
    public var look = RenderLook.Overrides()
    /// Frames per second, 1 to 240. Default 30.
    public var fps: FrameRate?
    /// What is in view. Default `face`.
    public var camera: Framing?
    /// Where the camera stands beside that, and where the avatar stands in the frame; its fields are fields of the
    /// request too: `request.fovDegrees`. In JSON: `cameraOrbit`, `cameraTarget`, `fov`, `place`, `scale`.
    public var view = CameraView()
    /// The model's own animations, which play one after another: a name, or objects with `name`, `start` and `loop`.
    public var animation: [AnimationCue]?
    /// Captions, overlays, music, fades and what else is laid around the clip; its fields are fields of the request too.
    public var edit = ClipEdit()
    /// The codec and its settings; its fields are fields of the request too.
    public var encoding = EncodingOptions()
    /// Seed of blinks, gaze and head motion. Default 0.
    public var seed: UInt64?
    /// Whether the avatar blinks, looks around and moves its head. Default true.
    public var idle: Bool?
    /// Whether hands beat with stressed words where the picture shows them. Default `auto`; `off` leaves those that marks
    /// and cues ask for.
    public var gestures: GestureMode?
    /// Emotions over the clip.
    public var emotions: [EmotionCue]?
    /// Emotions, gaze and gestures with their times: the path of a JSON track, or the track itself.
    public var performance: PerformanceTrack?
    /// Where the clip goes; the name decides the format: .mp4, .webm, .mov, .gif, .webp, .m3u8 (HLS), `frames/%05d.png`,
    /// .wav, .m4a, .mp3, .opus or .flac for the sound alone, or `-` for fragmented MP4 on standard output.
    public var output: String?

    public init(text: String? = nil, avatar: String? = nil, output: String? = nil) {
        self.text = text
        self.avatar = avatar
        self.output = output
    }

    public subscript<Value>(dynamicMember field: WritableKeyPath<RenderLook.Overrides, Value>) -> Value {
        get { look[keyPath: field] }
        set { look[keyPath: field] = newValue }
    }

    public subscript<Value>(dynamicMember field: WritableKeyPath<CameraView, Value>) -> Value {
        get { view[keyPath: field] }
        set { view[keyPath: field] = newValue }
    }

    public subscript<Value>(dynamicMember field: WritableKeyPath<ClipEdit, Value>) -> Value {
        get { edit[keyPath: field] }
        set { edit[keyPath: field] = newValue }
    }

    public subscript<Value>(dynamicMember field: WritableKeyPath<EncodingOptions, Value>) -> Value {
        get { encoding[keyPath: field] }
        set { encoding[keyPath: field] = newValue }
    }
}

extension ClipRequest: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case text, textFile, audio, timings, speaker, transcript, language, avatar, mapping, variant, body,
            voice,
            rate
        case pitch, ssml, fps, camera, animation, seed, idle, emotions
        case performance, cast, output, gestures
    }

    /// Reads or writes the fields that are neither of a group nor written in several ways.
    private mutating func visit(_ field: some WireVisitor<CodingKeys>) throws {
        try field(.text, &text)
        try field(.textFile, &textFile)
        try field(.audio, &audio)
        try field(.timings, &timings)
        try field(.speaker, &speaker)
        try field(.transcript, &transcript)
        try field(.language, &language)
        try field(.avatar, &avatar)
        try field(.mapping, &mapping)
        try field(.variant, &variant)
        try field(.cast, &cast)
        try field(.body, &body)
        try field(.voice, &voice)
        try field(.rate, &rate)
        try field(.pitch, &pitch)
        try field(.ssml, &ssml)
        try field(.fps, &fps)
        try field(.camera, &camera)
        try field(.seed, &seed)
        try field(.idle, &idle)
        try field(.gestures, &gestures)
        try field(.emotions, &emotions)
        try field(.performance, &performance)
        try field(.output, &output)
    }

    /// The names, in both spellings, of the fields that groups of them read by themselves.
    private static let groupNames = WireName.all(of: RenderLook.Overrides.CodingKeys.self)
        .union(WireName.all(of: CameraView.CodingKeys.self))
        .union(WireName.all(of: ClipEdit.CodingKeys.self))
        .union(WireName.all(of: EncodingOptions.CodingKeys.self))

    /// The names, in both spellings, of all fields.
    package static let fieldNames = WireName.all(of: CodingKeys.self)
        .union(groupNames).union(["avatarId", "avatar_id"])

    /// The decoder's `userInfo` key for a `Set<String>` of fields that somebody else reads from the same object.
    package static let otherFields = CodingUserInfoKey(rawValue: "avatarium.otherFields")!

    /// - Throws: `DecodingError` for a field that does not exist, or a value that a field cannot have.
    public init(from decoder: any Decoder) throws {
        let others = decoder.userInfo[Self.otherFields] as? Set<String> ?? []
        let field = try WireFields(
            decoder, CodingKeys.self, aliases: ["avatarId": .avatar, "avatar_id": .avatar],
            besides: Self.groupNames.union(others))
        try visit(field)
        animation = try field(.animation, as: OneOrMore<AnimationCue>.self)?.all
        look = try RenderLook.Overrides(among: field)
        view = try CameraView(among: field)
        edit = try ClipEdit(among: field)
        encoding = try EncodingOptions(among: field)
    }

    public func encode(to encoder: any Encoder) throws {
        try look.encode(to: encoder)
        try view.encode(to: encoder)
        try edit.encode(to: encoder)
        try encoding.encode(to: encoder)
        let field = WireWriter(encoder, CodingKeys.self)
        var request = self
        try request.visit(field)
        try field(.animation, &request.animation)
    }
}
