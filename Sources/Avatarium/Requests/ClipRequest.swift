import AvatariumCore
import Foundation
import LipSync
import Media
import Rendering
import Rig

/// A clip in the form shared by the command line, batch files and the HTTP service: files are given by path, and
/// every field is optional.
///
/// Defaults are filled in when the request becomes a ``ClipPlan``. In your own program, ``Clip`` is the better
/// choice: it takes audio, timings and avatars as values.
///
/// ```swift
/// var request = ClipRequest(text: "Hello!", output: "hello.mp4")
/// request.size = ImageSize(width: 640, height: 360)
/// let report = try await ClipPipeline().render(request)
/// ```
///
/// The JSON form has the same names. Each may also be written in snake case (`tone_map`, `text_file`), and
/// `avatar_id` means `avatar`. The fields of ``look`` are fields of the request.
@dynamicMemberLookup
public struct ClipRequest: Sendable, Equatable {
    /// The text to speak. Give this, `textFile` or `audio`.
    public var text: String?
    /// The path of a UTF-8 file with the text to speak.
    public var textFile: String?
    /// The path of recorded speech, in any format that libav can decode, instead of text; or the file itself as a
    /// data URL (`data:;base64,...`).
    public var audio: String?
    /// The path of the recording's phoneme, viseme, word or curve timings.
    public var timings: String?
    /// The transcript of the recording, for forced alignment if there are no timings.
    public var transcript: String?
    /// The speaker, channel or tier of the timings to use. Default: all, in order of time.
    public var speaker: String?
    /// The language of the recording (`en-us`, `de`): for its transcript, or for phone recognition without one.
    public var language: String?
    /// The name of a bundled avatar, or the path of a .glb, .gltf or .vrm file; or a .glb or .vrm file itself as a
    /// data URL. Default `ada`.
    public var avatar: String?
    /// The path of a JSON file that maps face shapes to the avatar's own morph targets.
    public var mapping: String?
    /// One of the avatar's material variants (KHR_materials_variants). Default: its default materials.
    public var variant: String?
    /// The speakers of a dialogue, from left to right, each with the `name` that precedes its lines in the text
    /// (`ADA: Hello.`), an `avatar` and a `voice`.
    public var cast: [CastMember]?
    /// The path of a VRM animation (.vrma) that moves the body; it loops.
    public var body: String?
    /// The voice that speaks the text: `espeak:en-us`, `en-us`, `piper:...`. Default `espeak:en-us`.
    public var voice: String?
    /// Speaking rate, 0.25 to 4; 1 is the voice's own.
    public var rate: Double?
    /// Pitch, 0 to 2; 1 is the voice's own.
    public var pitch: Double?
    /// Whether `text` is SSML.
    public var ssml: Bool?
    /// The fields that determine the look of a frame. They are also fields of the request: `request.size`.
    public var look = RenderLook.Overrides()
    /// Frames per second, 1 to 240. Default 30.
    public var fps: FrameRate?
    /// The camera framing. Default `face`.
    public var camera: Framing?
    /// Adjusts the camera and the avatar's position in the frame. Its fields are also fields of the request:
    /// `request.fovDegrees`. In JSON: `cameraOrbit`, `cameraTarget`, `fov`, `place`, `scale`.
    public var view = CameraView()
    /// The model's own animations, played one after another: a name, or objects with `name`, `start` and `loop`.
    public var animation: [AnimationCue]?
    /// Captions, overlays, music, fades and other additions. Its fields are also fields of the request.
    public var edit = ClipEdit()
    /// The codec and its settings. Its fields are also fields of the request.
    public var encoding = EncodingOptions()
    /// Seed of blinks, gaze and head motion. Default 0.
    public var seed: UInt64?
    /// Whether the avatar blinks, looks around and moves its head. Default true.
    public var idle: Bool?
    /// Whether hands make beat gestures on stressed words when they are in view. Default `auto`; `off` keeps only
    /// gestures requested by marks and cues.
    public var gestures: GestureMode?
    /// Emotions over the clip.
    public var emotions: [EmotionCue]?
    /// Timed emotions, gaze and gestures: the path of a JSON track, or the track itself.
    public var performance: PerformanceTrack?
    /// The output. Its name selects the format: .mp4, .webm, .mov, .gif, .webp, .m3u8 (HLS), `frames/%05d.png`, .wav,
    /// .m4a, .mp3, .opus or .flac for audio only, or `-` for fragmented MP4 on standard output.
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

    /// - Throws: `DecodingError` for an unknown field or an invalid value.
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
