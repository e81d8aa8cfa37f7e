import AvatariumCore
import Foundation
import LipSync
import Media
import Speech

/// A request with all defaults resolved and all contradictions refused: a ``Clip`` and its output.
@dynamicMemberLookup
public struct ClipPlan: Sendable {
    public var clip: Clip
    /// The output of the clip; nil for plans that draw nothing (`curves`).
    public private(set) var output: String?
    /// The format selected by the output's name; nil for a stream URL and for plans that draw nothing.
    public private(set) var format: ClipFormat?

    /// Resolves a request; reads the text file and the performance track it refers to.
    /// - Parameters:
    ///   - request: The request, with paths relative to the working directory.
    ///   - drawing: False for a face track alone, which needs neither output nor audio.
    /// - Throws: E071 for contradictions and values out of range, E072 for what is missing, E093 for empty text.
    public init(_ request: ClipRequest, drawing: Bool = true) throws {
        clip = Clip(
            try RequestedSpeech(request, drawing: drawing).source,
            avatar: try request.avatarSource, look: RenderLook(request.look))
        clip.body = request.body
        clip.cast = try (request.cast ?? []).map { member in
            var member = member
            if case .named(let name) = member.avatar.model {
                member.avatar.model = try InlineData.avatar(name)
            }
            return member
        }
        clip.frameRate = request.fps ?? clip.frameRate
        clip.camera = request.camera ?? clip.camera
        clip.view = request.view
        clip.animations = request.animation ?? []
        clip.edit = request.edit
        clip.encoding = request.encoding
        clip.performance.idle = request.idle ?? true
        clip.performance.gestureMode = request.gestures ?? .auto
        clip.performance.seed = request.seed ?? 0
        clip.performance.emotions = request.emotions ?? []
        switch request.performance {
        case .cues(let cues): add(cues)
        case .file(let path): add(try Self.cues(path: path))
        case nil: break
        }
        try clip.validate()
        if let output = request.output { try request.inputs.check(output: output) }
        if drawing { try resolveOutput(request.output) }
    }

    public subscript<Value>(dynamicMember field: WritableKeyPath<Clip, Value>) -> Value {
        get { clip[keyPath: field] }
        set { clip[keyPath: field] = newValue }
    }

    private mutating func resolveOutput(_ path: String?) throws {
        guard let path, !path.isEmpty else {
            throw AvatariumError(
                .missingRequiredField, "no output is named; give one, as in -o hello.mp4",
                context: ["field": "output"])
        }
        try StreamTarget.refuseWHIP(path)
        guard StreamTarget(path) == nil else {
            output = path
            return
        }
        let format = try ClipFormat(path: path)
        output = path
        self.format = format
        if format.isSoundOnly { return try clip.edit.requireNoPicture(format) }
        // What the captions say is not known yet, but whether there is a place for them is.
        var frames = FrameFormat(clip, audioSampleRate: nil)
        if clip.edit.captions.contains(.soft) { frames.captions = [CaptionCue(start: 0, end: 1, text: "")] }
        try FileSink.options(path: path, format: format, frames).validate()
    }

    private mutating func add(_ cues: PerformanceCues) {
        clip.performance.add(cues)
        clip.cameras += cues.cameras
        clip.animations += cues.animations
    }

    private static func cues(path: String) throws -> PerformanceCues {
        let data = try InputFile.read(
            path, "performance track", field: "performance", limit: InputLimits.performanceBytes)
        do {
            return try PerformanceCues.read([UInt8](data))
        } catch let error as AvatariumError {
            throw error.adding(context: ["path": path])
        }
    }
}

/// The source of a clip's speech, from the fields of a request that contradict each other.
private struct RequestedSpeech {
    let source: Clip.Source

    init(_ request: ClipRequest, drawing: Bool) throws {
        let given = [
            ("text", request.text != nil), ("textFile", request.textFile != nil),
            ("audio", request.audio != nil),
        ].filter(\.1).map(\.0)
        if request.speaker != nil, request.timings == nil {
            throw Self.refusal(
                "speaker", "a speaker is selected from `timings`; give them too, or omit `speaker`")
        }
        if given.count > 1 {
            throw Self.refusal(
                given[1],
                "\(given.joined(separator: " and ")) contradict each other; give only one"
                    + (given.contains("audio") ? "; for the words of a recording, use `transcript`" : ""))
        }
        if let audio = request.audio {
            source = try Self.recording(audio, request)
        } else {
            source = try Self.speech(request, hasText: !given.isEmpty, drawing: drawing)
        }
    }

    private static func recording(_ audio: String, _ request: ClipRequest) throws -> Clip.Source {
        let spoken = [
            ("voice", request.voice != nil), ("rate", request.rate != nil),
            ("pitch", request.pitch != nil), ("ssml", request.ssml == true),
        ]
        if let (field, _) = spoken.first(where: \.1) {
            throw refusal(field, "`\(field)` does not apply to a recording; omit it, or `audio`")
        }
        if request.timings != nil, request.transcript != nil {
            throw refusal(
                "transcript", "timings and transcript contradict each other; omit the transcript")
        }
        let timings =
            request.timings.map { Clip.SpeechTimings.file($0, speaker: request.speaker) }
            ?? request.transcript.map(Clip.SpeechTimings.transcript) ?? .unknown
        return .recording(try InlineData.audio(audio), timings, language: request.language)
    }

    private static func speech(_ request: ClipRequest, hasText: Bool, drawing: Bool) throws -> Clip.Source {
        if request.transcript != nil {
            throw refusal(
                "transcript", "a transcript belongs to a recording; give `audio` too, or use `text`")
        }
        if request.language != nil, hasText {
            throw refusal("language", "`language` applies only to recordings; for a text, choose a `voice`")
        }
        if let timings = request.timings {
            if hasText || drawing {
                throw refusal(
                    "timings", "timings belong to a recording; give `audio` too, or omit `timings`")
            }
            return .timings(.file(timings, speaker: request.speaker), language: request.language)
        }
        guard let text = try request.text ?? request.textFile.map(readText(path:)) else {
            throw AvatariumError(
                .missingRequiredField,
                "nothing to speak; give a text, a text file, or a recording with `audio`",
                context: ["field": "text"])
        }
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw AvatariumError(
                .validationError, "the text is empty; give some words to speak", context: ["field": "text"])
        }
        return .text(
            text,
            SpeechOptions(
                voice: request.voice, rate: request.rate ?? 1, pitch: request.pitch ?? 1,
                ssml: request.ssml ?? false))
    }

    private static func readText(path: String) throws -> String {
        let data = try InputFile.read(
            path, "text file", field: "textFile", code: .missingRequiredField, limit: InputLimits.textBytes)
        guard let text = String(data: data, encoding: .utf8) else {
            throw AvatariumError(
                .validationError,
                "the text file '\(path.quotedForMessage(limit: 200))' is not UTF-8; convert it with iconv",
                context: ["field": "textFile", "path": path])
        }
        return text
    }

    private static func refusal(_ field: String, _ message: String) -> AvatariumError {
        AvatariumError(.invalidConfig, message, context: ["field": field])
    }
}
