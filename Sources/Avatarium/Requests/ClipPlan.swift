import Foundation
import LipSync
import Media
import Rendering
import Rig
import Speech

/// A request with every default resolved and every contradiction refused: what will be done, before it is.
public struct ClipPlan: Sendable {
    /// Where the words come from.
    public enum Source: Sendable, Equatable {
        case text(String)
        /// Recorded speech, with a timing file, or a transcript, or neither.
        case recording(audio: String, timings: String?, transcript: String?)
        /// A timing file alone: a face track without sound.
        case timings(String)
    }

    public var source: Source
    public var speech: SpeechOptions
    /// Of a recording.
    public var language: String?
    public var avatar: String
    public var mapping: String?
    public var variant: String?
    public var body: String?
    public var look: RenderLook
    public var frameRate: FrameRate
    public var camera: Framing
    public var performance: PerformanceOptions
    /// Nil for plans that draw nothing (`curves`).
    public var output: String?
    public var format: ClipFormat?

    /// The longest clip, seconds; a bound against runaway input.
    public static let maximumDurationSeconds = 4.0 * 3600

    /// - Parameter drawing: false for a face track alone: then neither output nor audio is needed.
    /// - Throws: E071 for contradictions and values out of range, E072 for what is missing, E093 for empty text.
    public init(_ request: ClipRequest, drawing: Bool = true) throws {
        source = try ClipPlan.source(of: request, drawing: drawing)
        speech = SpeechOptions(
            voice: request.voice, rate: request.rate ?? 1, pitch: request.pitch ?? 1,
            ssml: request.ssml ?? false)
        try speech.validate()
        language = request.language
        avatar = request.avatar ?? "ada"
        mapping = request.mapping
        variant = request.variant
        body = request.body
        look = RenderLook(request.look)
        try look.validate()
        frameRate = request.fps ?? .fps30
        try (1...240).check(frameRate.framesPerSecond, field: "fps")
        camera = request.camera ?? .face
        performance = PerformanceOptions()
        performance.idle = request.idle ?? true
        performance.seed = request.seed ?? 0
        performance.emotions = request.emotions ?? []
        if let path = request.performance { performance.add(try ClipPlan.cues(path: path)) }
        if let output = request.output { try request.inputs.check(output: output) }
        guard drawing else { return }
        try resolveOutput(request)
    }

    private mutating func resolveOutput(_ request: ClipRequest) throws {
        guard let path = request.output, !path.isEmpty else {
            throw AvatariumError(
                .missingRequiredField, "no output is named: give one, as in -o hello.mp4",
                context: ["field": "output"])
        }
        let format = try ClipFormat(path: path)
        output = path
        self.format = format
        try writerOptions(audioSampleRate: nil)?.validate()
    }

    private static func source(of request: ClipRequest, drawing: Bool) throws -> Source {
        let given = [
            ("text", request.text != nil), ("textFile", request.textFile != nil),
            ("audio", request.audio != nil),
        ].filter(\.1).map(\.0)
        if given.count > 1 {
            throw AvatariumError(
                .invalidConfig,
                "\(given.joined(separator: " and ")) contradict each other: give one of them"
                    + (given.contains("audio") ? "; what a recording says is `transcript`" : ""),
                context: ["field": given[1]])
        }
        if let audio = request.audio {
            let spoken = [
                ("voice", request.voice != nil), ("rate", request.rate != nil),
                ("pitch", request.pitch != nil), ("ssml", request.ssml == true),
            ]
            if let (field, _) = spoken.first(where: \.1) {
                throw AvatariumError(
                    .invalidConfig, "a recording is not spoken again: leave out `\(field)` or `audio`",
                    context: ["field": field])
            }
            if request.timings != nil, request.transcript != nil {
                throw AvatariumError(
                    .invalidConfig, "timings and transcript contradict each other: timings already say all",
                    context: ["field": "transcript"])
            }
            return .recording(audio: audio, timings: request.timings, transcript: request.transcript)
        }
        if request.transcript != nil {
            throw AvatariumError(
                .invalidConfig, "a transcript belongs to a recording: give `audio` too, or use `text`",
                context: ["field": "transcript"])
        }
        if request.language != nil, !given.isEmpty {
            throw AvatariumError(
                .invalidConfig, "the language is that of a recording: a text's comes with its `voice`",
                context: ["field": "language"])
        }
        if let timings = request.timings {
            if !given.isEmpty || drawing {
                throw AvatariumError(
                    .invalidConfig, "timings belong to a recording: give `audio` too, or leave `timings` out",
                    context: ["field": "timings"])
            }
            return .timings(timings)
        }
        if let text = try request.text ?? request.textFile.map(readText(path:)) {
            guard text.contains(where: { !$0.isWhitespace }) else {
                throw AvatariumError(
                    .validationError, "the text is empty: there is nothing to say", context: ["field": "text"]
                )
            }
            return .text(text)
        }
        throw AvatariumError(
            .missingRequiredField,
            "nothing to say: give a text, a text file, or a recording with `audio`",
            context: ["field": "text"])
    }

    private static func cues(path: String) throws -> PerformanceCues {
        let data = try InputData.read(path, "performance track", field: "performance", limit: 64 << 20)
        do {
            return try PerformanceCues.read([UInt8](data))
        } catch let error as AvatariumError {
            throw error.adding(context: ["path": path])
        }
    }

    private static func readText(path: String) throws -> String {
        let data = try InputData.read(
            path, "text file", field: "textFile", code: .missingRequiredField, limit: 4 << 20)
        guard let text = String(data: data, encoding: .utf8) else {
            throw AvatariumError(
                .validationError, "the text file '\(path)' is not UTF-8: convert it with iconv",
                context: ["field": "textFile", "path": path])
        }
        return text
    }
}
