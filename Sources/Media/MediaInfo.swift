/// The contents of a media file.
public struct MediaInfo: Sendable, Codable, Equatable {
    /// The container's name in libav, such as `mov,mp4,m4a,3gp,3g2,mj2`.
    public var container: String
    public var durationSeconds: Double?
    public var streams: [Stream]
    public var metadata: [String: String]

    public struct Stream: Sendable, Codable, Equatable {
        public enum Kind: String, Sendable, Codable { case video, audio, other }

        public var kind: Kind
        /// The codec's name in libav, such as `h264`.
        public var codec: String
        /// The presentation time of the first frame or sample, in seconds.
        public var startSeconds: Double?
        public var durationSeconds: Double?
        /// The number of frames or packets, if the container states it.
        public var frameCount: Int?
        public var metadata: [String: String]

        // Video only.
        public var width: Int?
        public var height: Int?
        public var pixelFormat: String?
        /// The frame rate, such as `30000/1001`.
        public var frameRate: String?
        public var colourRange: String?
        public var colourPrimaries: String?
        public var colourTransfer: String?
        public var colourMatrix: String?
        public var chromaLocation: String?

        // Audio only.
        public var sampleRate: Int?
        public var channelCount: Int?
    }

    public var video: Stream? { streams.first { $0.kind == .video } }
    public var audio: Stream? { streams.first { $0.kind == .audio } }
}
