import LipSync
import Media
import Rendering
import Rig

/// Everything that decides a clip, as the CLI's options or a line of a batch file state it. Absent fields get
/// their defaults when the request becomes a `ClipPlan`.
public struct ClipRequest: Sendable, Codable, Equatable {
    /// What to say. Give this, `textFile` or `audio`.
    public var text: String?
    /// A UTF-8 file with what to say.
    public var textFile: String?
    /// Recorded speech, in any format that libav reads, instead of text.
    public var audio: String?
    /// The recording's phoneme, viseme, word or curve timings.
    public var timings: String?
    /// What the recording says, for forced alignment when there are no timings.
    public var transcript: String?
    /// Language of the recording (`en-us`, `de`): for its transcript, or for phone recognition without one.
    public var language: String?
    /// Name of a bundled avatar, or path of a .glb, .gltf or .vrm file. Default `ada`.
    public var avatar: String?
    /// JSON file that maps face shapes to the avatar's own morph targets.
    public var mapping: String?
    /// One of the avatar's sets of materials (KHR_materials_variants). Default: its own materials.
    public var variant: String?
    /// A VRM animation (.vrma) that moves the body; it repeats.
    public var body: String?
    /// `espeak:en-us`, `en-us`, `piper:...`. Default `espeak:en-us`.
    public var voice: String?
    /// Speaking rate and pitch, 1 = the voice's own.
    public var rate: Double?
    public var pitch: Double?
    /// Whether `text` is SSML.
    public var ssml: Bool?
    public var size: ImageSize?
    public var fps: FrameRate?
    public var camera: Framing?
    public var background: BackgroundChoice?
    /// `studio`, `none`, or the path of an equirectangular Radiance .hdr file.
    public var environment: EnvironmentSource?
    public var exposure: Float?
    public var toneMap: ToneMap?
    public var keyLight: Bool?
    /// Whether the lights in the model's own file shine. Default true.
    public var modelLights: Bool?
    /// Whether materials of a face are adapted by their names. Default true.
    public var faceMaterials: Bool?
    /// Seed of blinks, gaze and head motion.
    public var seed: UInt64?
    /// Blinks, gaze and head motion. Default true.
    public var idle: Bool?
    /// Emotions over the clip.
    public var emotions: [EmotionCue]?
    /// JSON track of emotions, gaze and gestures with their times (`PerformanceCues`).
    public var performance: String?
    /// Multisampling, 1 to 16 samples per pixel. By default `high` quality takes 4, `standard` smooths edges in
    /// the finished picture instead, which costs a fraction, and `draft` leaves them.
    public var samples: Int?
    /// How much work goes into drawing and compressing: `draft`, `standard`, `high`.
    public var quality: Quality?
    /// Where the clip goes; the name decides the kind: .mp4 .webm .mov, `frames/%05d.png`, `-`.
    public var output: String?

    public init(text: String? = nil, avatar: String? = nil, output: String? = nil) {
        self.text = text
        self.avatar = avatar
        self.output = output
    }
}

extension ClipRequest {
    /// The fields that decide what a frame looks like.
    public var look: RenderLook.Overrides {
        get {
            RenderLook.Overrides(
                size: size, background: background, environment: environment, exposure: exposure,
                toneMap: toneMap, keyLight: keyLight, modelLights: modelLights, faceMaterials: faceMaterials,
                samples: samples, quality: quality)
        }
        set {
            size = newValue.size
            background = newValue.background
            environment = newValue.environment
            exposure = newValue.exposure
            toneMap = newValue.toneMap
            keyLight = newValue.keyLight
            modelLights = newValue.modelLights
            faceMaterials = newValue.faceMaterials
            samples = newValue.samples
            quality = newValue.quality
        }
    }
}
