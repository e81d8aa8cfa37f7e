import AvatariumCore

/// A format of timing, caption or face curve files: the registry of all that are read and written.
public struct TimingFormat: Sendable {
    /// What a written file holds.
    public enum Writer: Sendable {
        /// Face curves.
        case curves(@Sendable (FaceTrack) -> String)
        /// Phones or mouth shapes; the second argument is the duration in seconds.
        case phones(@Sendable (PhoneTimeline, Double) -> String)
        /// Captions of the words.
        case captions(@Sendable (PhoneTimeline) -> String)
    }

    typealias JSONReader = @Sendable (JSON, TimingSource) throws -> TimingContent?
    typealias TextReader = @Sendable (TimingText, TimingSource) throws -> TimingContent?

    /// The name in `--format`: `"textgrid"`.
    public let name: String
    /// The name in messages: `"Praat TextGrid"`.
    public let title: String
    /// The extensions of its files, lower case without the dot; the commonest first.
    public let fileExtensions: [String]
    /// Nil where the format is only read.
    public let writer: Writer?
    /// Each returns nil where the content is not of the format.
    let readJSON: JSONReader?
    let readText: TextReader?

    public var isRead: Bool { readJSON != nil || readText != nil }

    init(
        _ name: String, _ title: String, _ fileExtensions: [String], json: JSONReader? = nil,
        text: TextReader? = nil, writer: Writer? = nil
    ) {
        self.name = name
        self.title = title
        self.fileExtensions = fileExtensions
        self.writer = writer
        readJSON = json
        readText = text
    }

    /// Every format, in the order in which a file's content is tried.
    public static let all: [TimingFormat] = [
        AvatariumCurves.format, AvatariumTimings.format, RhubarbTimings.format, TextGridTimings.format,
        ELANTimings.format, PollyTimings.format, ESpeakEvents.format, AzureTimings.format,
        ElevenLabsTimings.format,
        CartesiaTimings.format, InworldTimings.format, TalkingHeadTimings.format, HumeTimings.format,
        PiperTimings.format, KokoroTimings.format, RivaTimings.format, VOICEVOXTimings.format,
        CaptionTimings.webVTT, CaptionTimings.subRip, SubStationTimings.format, SubViewerTimings.format,
        TTMLTimings.format, LyricTimings.format, CSVCurves.format, LiveLinkFace.format, Audio2Face.format,
        NamedCurves.format, VisemeFrames.format, MFATimings.format, PocketsphinxTimings.format,
        GentleTimings.format,
        GoogleTimepoints.format, YouTubeTimings.format, PapagayoTimings.format, LabelTimings.format,
        TableTimings.format, MBROLATimings.format, VisemeEvents.format, WordArrays.format,
        FunASRTimings.format,
        RecognizerTimings.format,
    ]

    /// Returns the format of a name, or nil.
    public static func named(_ name: String) -> TimingFormat? { all.first { $0.name == name } }

    /// The formats that are written.
    public static var written: [TimingFormat] { all.filter { $0.writer != nil } }

    /// The format that a file's extension means, of those that are written.
    public static func written(extension: String) -> TimingFormat? {
        written.first { $0.fileExtensions.contains(`extension`.lowercased()) }
    }
}
