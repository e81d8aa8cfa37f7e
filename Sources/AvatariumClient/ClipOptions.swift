import AvatariumCore
import Foundation

/// What a clip looks and sounds like, whatever is said in it: of a ``RenderOrder``, and of the clip of a ``Reply``. What is
/// nil is left to the service. Ids are those of uploads (`AvatariumClient.upload(_:kind:contentType:)`).
public struct ClipOptions: Sendable, Encodable, Equatable {
    // MARK: The file

    /// `mp4`, `webm`, `mov`, `gif`, `webp`; `hls` for a playlist and segments; `m4a`, `mp3`, `opus`, `flac` or `wav` for the
    /// sound alone.
    public var format: String?
    /// The codec of the pictures: `h264`, `hevc`, `av1`, `vp9`, `prores`.
    public var codec: String?
    /// Constant quality, less is better: 0 to 51 for h264 and hevc, to 63 for av1 and vp9.
    public var crf: Int?
    /// Bits a second of the pictures, 10,000 to 1,000,000,000, in place of a constant quality.
    public var bitrate: Int?
    /// Most frames between key pictures, 1 to 10,000.
    public var gop: Int?
    /// Whether a PNG of the first frame that is not faded is kept beside the clip (`AvatariumClient.poster(of:)`).
    public var poster: Bool?

    // MARK: The picture

    /// `1280x720`, 16 to 8192 each way, or `720p`.
    public var size: String?
    /// Frames a second, 1 to 240.
    public var fps: Double?
    /// `draft`, `standard`, `high`.
    public var quality: String?
    /// Samples a pixel, 1 to 16.
    public var samples: Int?
    /// What is in view: `face`, `bust`, `waist`, `body`.
    public var camera: String?
    public var cameraOrbit: CameraOrbit?
    /// The point that the camera looks at: x, y, z in metres.
    public var cameraTarget: [Double]?
    /// Vertical field of view, 1 to 170 degrees.
    public var fov: Double?
    /// How far the avatar is moved in the frame: shares of its width (to the right) and of its height (up), -2 to 2.
    public var place: [Double]?
    /// The avatar's size in the frame, 0.05 to 20; 1 is as it is framed.
    public var scale: Double?
    /// One of the avatar's sets of materials (KHR_materials_variants).
    public var variant: String?

    // MARK: Background and light

    /// A colour (`#rrggbb`, a CSS name), `transparent`, or `environment`.
    public var background: String?
    /// An upload of kind `background`: a picture or a video.
    public var backgroundID: String?
    /// Whether a background that is a video begins again at its end; else its last picture stays.
    public var backgroundLoop: Bool?
    /// The light: `studio` or `none`.
    public var environment: String?
    /// An upload of kind `environment`, a Radiance HDR picture, as the light.
    public var environmentID: String?
    /// 0.01 to 100; 1 is as lit.
    public var exposure: Double?
    /// `aces`, `neutral` or `none`.
    public var toneMap: String?
    /// False for image-based light only.
    public var keyLight: Bool?
    /// False without the lights of the model's own file.
    public var modelLights: Bool?
    /// False for skin, eyes and teeth as the file's materials say.
    public var faceMaterials: Bool?

    // MARK: What the avatar does

    /// Emotions over the clip.
    public var emotions: [Emotion]?
    /// `auto` lets hands beat on stressed words where the picture shows them, `off` does not.
    public var gestures: String?
    /// Blinks, gaze and head motion; on by default.
    public var idle: Bool?
    /// The seed of blinks, gaze and head motion, 0 to 2^53.
    public var seed: UInt64?
    /// The model's own animations, one after another.
    public var animation: [Animation]?
    /// An upload of kind `body`: a VRM animation.
    public var bodyID: String?

    // MARK: Captions, overlays, sound

    public var captions: [Captions]?
    /// How captions that are burnt in look.
    public var captionStyle: CaptionStyle?
    /// From the lowest to the highest, 16 at most.
    public var overlays: [Overlay]?
    public var music: Music?
    /// Seconds before and after the speech, in which the avatar idles.
    public var pad: Ends?
    /// Seconds in which picture and sound fade in and out.
    public var fade: Ends?
    /// Brings the speech to a loudness, -40 to -8 LUFS: -23 for broadcast (EBU R 128), -16 for podcasts.
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
    /// Where the camera stands; nil is as framed.
    public struct CameraOrbit: Sendable, Encodable, Equatable {
        /// Around the avatar, degrees.
        public var theta: Double?
        /// From above, degrees.
        public var phi: Double?
        /// Metres.
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

    /// Seconds at a clip's start and at its end.
    public struct Ends: Sendable, Encodable, Equatable, ExpressibleByFloatLiteral {
        public var start: Double
        public var end: Double

        public init(start: Double, end: Double) {
            self.start = start
            self.end = end
        }

        /// As much at both ends.
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
        /// Or its number.
        public var name: String
        /// Seconds.
        public var start: Double?
        /// Whether it repeats.
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

    /// The look of captions that are burnt in. Colours are `#rrggbb`, `#rrggbbaa` or a name.
    public struct CaptionStyle: Sendable, Encodable, Equatable {
        /// A font family that the server has; another one is replaced.
        public var font: String?
        /// Percent of the picture's height, 1 to 20.
        public var size: Double?
        /// The colour of the letters.
        public var color: String?
        /// The colour of the outline of the letters.
        public var outline: String?
        /// The colour of the box behind the letters.
        public var box: String?
        /// The colour of the word that is spoken.
        public var highlight: String?
        /// `bottom`, `top` or `middle`.
        public var position: String?

        public init() {}
    }

    /// A picture or a video over the clip.
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
        /// Its width as a share of the clip's, 0.01 to 1.
        public var size: Double?
        /// Seconds.
        public var start: Double?
        /// Seconds; nil is the clip's end.
        public var end: Double?
        /// 0 (invisible) to 1 (opaque).
        public var opacity: Double?
        /// Whether a video is repeated; else its last picture stays.
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
        /// Decibels against the file's own level, -60 to 12.
        public var level: Double?
        /// Decibels by which it goes down while somebody speaks, 0 to 60.
        public var duck: Double?
        /// Seconds of its fades at the clip's two ends, 0 to 30.
        public var fade: Double?
        /// Whether it begins again where it is shorter than the clip.
        public var loop: Bool?

        public init(uploadID: String) { self.uploadID = uploadID }

        private enum CodingKeys: String, CodingKey {
            case uploadID = "upload_id"
            case level, duck, fade, loop
        }
    }
}
