import AvatariumCore
import Foundation

/// The look and the sound of a clip, apart from what is said: for a ``RenderOrder``, and for the clip of a
/// ``Reply``. Nil properties have the service's defaults. Ids are those of uploads
/// (`AvatariumClient.upload(_:kind:contentType:)`).
public struct ClipOptions: Sendable, Encodable, Equatable {
    // MARK: The file

    /// `mp4`, `webm`, `mov`, `gif`, `webp`; `hls` for a playlist and segments; `m4a`, `mp3`, `opus`, `flac` or
    /// `wav` for audio only.
    public var format: String?
    /// The video codec: `h264`, `hevc`, `av1`, `vp9`, `prores`.
    public var codec: String?
    /// The constant rate factor, lower is better: 0 to 51 for h264 and hevc, 0 to 63 for av1 and vp9.
    public var crf: Int?
    /// The video bit rate in bits per second, 10,000 to 1,000,000,000, instead of constant quality.
    public var bitrate: Int?
    /// The maximum number of frames between keyframes, 1 to 10,000.
    public var gop: Int?
    /// Whether to keep a PNG of the first frame that is not affected by a fade (`AvatariumClient.poster(of:)`).
    public var poster: Bool?

    // MARK: The picture

    /// The size in pixels: `1280x720`, 16 to 8192 per side, or `720p`.
    public var size: String?
    /// Frames per second, 1 to 240.
    public var fps: Double?
    /// `draft`, `standard`, `high`.
    public var quality: String?
    /// Anti-aliasing samples per pixel, 1 to 16.
    public var samples: Int?
    /// The camera framing: `face`, `bust`, `waist`, `body`.
    public var camera: String?
    public var cameraOrbit: CameraOrbit?
    /// The point that the camera looks at: x, y, z in metres.
    public var cameraTarget: [Double]?
    /// Vertical field of view, 1 to 170 degrees.
    public var fov: Double?
    /// The offset of the avatar in the frame, in fractions of its width (to the right) and height (up), -2 to 2.
    public var place: [Double]?
    /// The size of the avatar in the frame, 0.05 to 20, relative to that of the framing.
    public var scale: Double?
    /// One of the avatar's material variants (KHR_materials_variants).
    public var variant: String?

    // MARK: Background and light

    /// A colour (`#rrggbb`, a CSS name), `transparent`, or `environment`.
    public var background: String?
    /// An upload of kind `background`: an image or a video.
    public var backgroundID: String?
    /// Whether a video background loops; otherwise its last frame stays.
    public var backgroundLoop: Bool?
    /// The light: `studio` or `none`.
    public var environment: String?
    /// An upload of kind `environment`, a Radiance HDR image that lights the scene.
    public var environmentID: String?
    /// The exposure factor, 0.01 to 100; 1 leaves the picture as lit.
    public var exposure: Double?
    /// `aces`, `neutral` or `none`.
    public var toneMap: String?
    /// False disables the key light, leaving image-based lighting.
    public var keyLight: Bool?
    /// False disables the lights in the model's file.
    public var modelLights: Bool?
    /// False draws skin, eyes and teeth exactly as the file's materials specify.
    public var faceMaterials: Bool?

    // MARK: What the avatar does

    /// The emotions over the clip.
    public var emotions: [Emotion]?
    /// `auto` adds beat gestures on stressed words while the hands are in view; `off` does not.
    public var gestures: String?
    /// Whether the avatar blinks, looks around and moves its head; true by default.
    public var idle: Bool?
    /// The seed of blinks, gaze and head motion, 0 to 2^53.
    public var seed: UInt64?
    /// The model's own animations, one after another.
    public var animation: [Animation]?
    /// An upload of kind `body`: a VRM animation.
    public var bodyID: String?

    // MARK: Captions, overlays, sound

    public var captions: [Captions]?
    /// The style of burnt-in captions.
    public var captionStyle: CaptionStyle?
    /// From bottom to top, 16 at most.
    public var overlays: [Overlay]?
    public var music: Music?
    /// Seconds before and after the speech, in which the avatar idles.
    public var pad: Ends?
    /// Seconds over which picture and audio fade in and out.
    public var fade: Ends?
    /// The loudness to which the speech is normalised, -40 to -8 LUFS: -23 for broadcast (EBU R 128), -16 for
    /// podcasts.
    public var loudness: Double?

    public init() {}

    enum CodingKeys: String, CodingKey {
        case format, codec, crf, bitrate, gop, poster
        case size, fps, quality, samples, camera, fov, place, scale, variant
        case cameraOrbit = "camera_orbit"
        case cameraTarget = "camera_target"
        case background, environment, exposure
        case backgroundID = "background_id"
        case backgroundLoop = "background_loop"
        case environmentID = "environment_id"
        case toneMap = "tone_map"
        case keyLight = "key_light"
        case modelLights = "model_lights"
        case faceMaterials = "face_materials"
        case emotions, gestures, idle, seed, animation
        case bodyID = "body_id"
        case captions, overlays, music, pad, fade, loudness
        case captionStyle = "caption_style"
    }
}

extension ClipOptions {
    /// The position of the camera, as an orbit; nil parts are those of the framing.
    public struct CameraOrbit: Sendable, Encodable, Equatable {
        /// Degrees around the vertical axis; 0 is in front.
        public var theta: Double?
        /// Degrees from straight above; 90 is level.
        public var phi: Double?
        /// The distance in metres.
        public var radius: Double?

        public init(theta: Double? = nil, phi: Double? = nil, radius: Double? = nil) {
            self.theta = theta
            self.phi = phi
            self.radius = radius
        }

        public func encode(to encoder: any Encoder) throws {
            var list = encoder.unkeyedContainer()
            for value in [theta, phi, radius] {
                if let value { try list.encode(value) } else { try list.encode("auto") }
            }
        }
    }

    /// Seconds at the start and at the end of a clip.
    public struct Ends: Sendable, Encodable, Equatable, ExpressibleByFloatLiteral {
        public var start: Double
        public var end: Double

        public init(start: Double, end: Double) {
            self.start = start
            self.end = end
        }

        /// The same number of seconds at both ends.
        public init(floatLiteral seconds: Double) { self.init(start: seconds, end: seconds) }

        public func encode(to encoder: any Encoder) throws {
            var list = encoder.unkeyedContainer()
            try list.encode(start)
            try list.encode(end)
        }
    }

    public struct Emotion: Sendable, Encodable, Equatable {
        /// `happy`, `sad` ...
        public var emotion: String
        /// 0 to 1.
        public var strength: Double?
        /// Seconds; nil is the clip's start.
        public var start: Double?
        /// Seconds; nil is the clip's end.
        public var end: Double?

        public init(_ emotion: String, strength: Double? = nil, start: Double? = nil, end: Double? = nil) {
            self.emotion = emotion
            self.strength = strength
            self.start = start
            self.end = end
        }
    }

    public struct Animation: Sendable, Encodable, Equatable {
        /// The animation's name or number.
        public var name: String
        /// Seconds.
        public var start: Double?
        /// Whether the animation loops.
        public var loop: Bool?

        public init(_ name: String, start: Double? = nil, loop: Bool? = nil) {
            self.name = name
            self.start = start
            self.loop = loop
        }
    }

    public enum Captions: String, Sendable, Encodable {
        /// A track of the file: mp4, webm, mov.
        case soft
        /// Into the picture.
        case burn
    }

    /// The style of burnt-in captions. Colours are `#rrggbb`, `#rrggbbaa` or a name.
    public struct CaptionStyle: Sendable, Encodable, Equatable {
        /// A font family installed on the server; otherwise a fallback is used.
        public var font: String?
        /// The font size in per cent of the frame's height, 1 to 20.
        public var size: Double?
        /// The text colour.
        public var color: String?
        /// The outline colour.
        public var outline: String?
        /// The colour of a box behind the text.
        public var box: String?
        /// The colour of the word being spoken.
        public var highlight: String?
        /// `bottom`, `top` or `middle`.
        public var position: String?

        public init() {}
    }

    /// An image or a video over the clip.
    public struct Overlay: Sendable, Encodable, Equatable {
        public enum Place: Sendable, Encodable, Equatable {
            /// `top-left`, `top`, `top-right`, `left`, `center`, `right`, `bottom-left`, `bottom`, `bottom-right`.
            case named(String)
            /// Its centre, as shares of width and height from the top left.
            case at(x: Double, y: Double)

            public func encode(to encoder: any Encoder) throws {
                switch self {
                case .named(let name):
                    var value = encoder.singleValueContainer()
                    try value.encode(name)
                case .at(let x, let y):
                    var list = encoder.unkeyedContainer()
                    try list.encode(x)
                    try list.encode(y)
                }
            }
        }

        /// The id of an upload of kind `overlay`.
        public var uploadID: String
        public var place: Place?
        /// Its width as a fraction of the clip's, 0.01 to 1.
        public var size: Double?
        /// Seconds.
        public var start: Double?
        /// Seconds; nil is the clip's end.
        public var end: Double?
        /// 0 (invisible) to 1 (opaque).
        public var opacity: Double?
        /// Whether a video loops; otherwise its last frame stays.
        public var loop: Bool?

        public init(uploadID: String, place: Place? = nil) {
            self.uploadID = uploadID
            self.place = place
        }

        private enum CodingKeys: String, CodingKey {
            case uploadID = "upload_id"
            case place, size, start, end, opacity, loop
        }
    }

    /// Music under the speech.
    public struct Music: Sendable, Encodable, Equatable {
        /// The id of an upload of kind `music` or `audio`.
        public var uploadID: String
        /// The gain in decibels relative to the file, -60 to 12.
        public var level: Double?
        /// Decibels by which the music is lowered during speech, 0 to 60.
        public var duck: Double?
        /// Seconds over which the music fades at both ends of the clip, 0 to 30.
        public var fade: Double?
        /// Whether the music loops if it is shorter than the clip.
        public var loop: Bool?

        public init(uploadID: String) { self.uploadID = uploadID }

        private enum CodingKeys: String, CodingKey {
            case uploadID = "upload_id"
            case level, duck, fade, loop
        }
    }
}
