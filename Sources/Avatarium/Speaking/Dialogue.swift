import AvatariumCore
import Foundation
import LipSync
import Media
import Phonetics
import Rendering
import Speech

/// A speaker in a dialogue, with an avatar and a voice.
public struct CastMember: Sendable, Equatable {
    /// The name that precedes a line in the text: `ADA: Hello.`
    public var name: String
    public var avatar: AvatarSource
    public var voice: String?

    public init(_ name: String, avatar: AvatarSource = AvatarSource(), voice: String? = nil) {
        self.name = name
        self.avatar = avatar
        self.voice = voice
    }

    /// The possible numbers of speakers in a scene.
    public static let counts = 2...4
}

extension CastMember: Codable {
    private enum Field: String, CodingKey, CaseIterable { case name, avatar, mapping, variant, voice }

    /// The names, in both spellings, of all fields.
    package static let fieldNames = WireName.all(of: Field.self)

    /// - Throws: `DecodingError` for an unknown field, or an empty or invalid name.
    public init(from decoder: any Decoder) throws {
        let field = try WireFields(decoder, Field.self)
        name = try field(.name) ?? ""
        guard (1...40).contains(name.count), name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" })
        else {
            throw field.refusal(.name, "must be a name of 1 to 40 letters, digits and _, such as ADA")
        }
        avatar = AvatarSource(
            .named(try field(.avatar) ?? AvatarSource.standardName), mapping: try field(.mapping),
            variant: try field(.variant))
        voice = try field(.voice)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Field.self)
        try container.encode(name, forKey: .name)
        try container.encode(avatar.name, forKey: .avatar)
        try container.encodeIfPresent(avatar.mapping, forKey: .mapping)
        try container.encodeIfPresent(avatar.variant, forKey: .variant)
        try container.encodeIfPresent(voice, forKey: .voice)
    }
}

/// The lines of a dialogue.
struct DialogueScript {
    struct Line: Equatable {
        /// The speaker's place in the cast.
        var speaker: Int
        var text: String
    }

    let lines: [Line]
    /// What stands at the beginning of a sentence as a speaker's name does, `BOB:`, and is nobody's of the cast.
    let strangers: [String]

    /// Reads `ADA: Hello. KIT: Hi!`, one line or many. What stands before a colon and is not a name is text.
    /// - Throws: E093 where the text does not begin with a name, or names nobody else.
    init(_ text: String, names: [String]) throws {
        let places = Dictionary(names.enumerated().map { ($1.lowercased(), $0) }) { first, _ in first }
        var lines: [Line] = []
        var strangers: [String] = []
        var word = ""
        var beginsSentence = true
        func end(_ space: Character?) throws {
            if word.last == ":", let speaker = places[word.dropLast().lowercased()] {
                lines.append(Line(speaker: speaker, text: ""))
            } else if lines.isEmpty, !word.isEmpty {
                throw Self.refusal(
                    "the text does not begin with the name of a cast member; write it as in \(names[0]): Hello."
                )
            } else if !lines.isEmpty {
                lines[lines.count - 1].text += word
                if beginsSentence, let name = Self.name(word), !strangers.contains(name) {
                    strangers.append(name)
                }
            }
            if let last = word.last { beginsSentence = ".!?:".contains(last) }
            if space?.isNewline == true { beginsSentence = true }
            if let space, !lines.isEmpty { lines[lines.count - 1].text.append(space) }
            word = ""
        }
        for character in text {
            if character.isWhitespace { try end(character) } else { word.append(character) }
        }
        try end(nil)
        self.strangers = strangers
        self.lines = lines.map {
            Line(speaker: $0.speaker, text: $0.text.trimmingCharacters(in: .whitespacesAndNewlines))
        }.filter { !$0.text.isEmpty }
        guard !self.lines.isEmpty else { throw Self.refusal("no cast member has a line") }
    }

    /// The name in `BOB:`; nil for other words.
    private static func name(_ word: String) -> String? {
        let name = word.dropLast()
        guard word.last == ":", (2...40).contains(name.count),
            name.allSatisfy({ $0.isLetter || $0.isNumber }),
            name.contains(where: \.isLowercase) == false, name.contains(where: \.isUppercase)
        else { return nil }
        return String(name)
    }

    private static func refusal(_ message: String) -> AvatariumError {
        AvatariumError(.validationError, message, context: ["field": "text"])
    }
}

/// Speaks the lines of a dialogue one after another and lets everybody act: who speaks looks at the others, who
/// listens looks at the speaker and nods.
struct Dialogue {
    private let clip: Clip
    private let script: DialogueScript
    private let options: SpeechOptions

    /// Seconds between two lines.
    private static let gap = 0.35
    /// Samples per second of the sound, and of what the lips listen to.
    private static let soundRate = 48_000
    private static let lipRate = 16_000
    /// The longest dialogue, in seconds.
    private static let maximumSeconds = 1800.0
    /// Degrees to which the eyes turn to the partner, beyond the turn of the whole avatar, and back to the viewer.
    private static let partnerYaw: Float = 14
    private static let viewerYaw: Float = 22
    /// Seconds for which a speaker looks at the partner, and then at the viewer.
    private static let partnerSeconds = 2.4
    private static let viewerSeconds = 1.1

    /// A line as it was spoken.
    private struct Spoken {
        var speaker: Int
        var start: Double
        var end: Double
        var words: [Word]
    }

    /// One speaker's speech and acting, on the dialogue's clock.
    private struct Part {
        var timeline = PhoneTimeline(phones: [], source: "")
        var audio: [Float] = []
        var cues = PerformanceCues()
    }

    /// - Throws: E093 for a text that is not a dialogue.
    init(_ clip: Clip, text: String, _ options: SpeechOptions) throws {
        self.clip = clip
        self.options = options
        script = try DialogueScript(text, names: clip.cast.map(\.name))
    }

    /// - Throws: What the voices throw; E071 where it gets too long.
    func perform() async throws -> Performance {
        let began = StageTimings.now()
        var parts = clip.cast.map { _ in Part() }
        var whole = PhoneTimeline(phones: [], source: "")
        var cues = PerformanceCues()
        var diagnostics = script.strangers.prefix(20).map { name in
            Diagnostic(
                .warning, "SPEAKER_UNKNOWN", pointer: "/text",
                "no cast member is named \(name), so '\(name):' is spoken as text; add them to the cast, or "
                    + "correct the name")
        }
        for (place, member) in clip.cast.enumerated() {
            guard let twin = clip.cast[..<place].first(where: { $0.avatar == member.avatar }) else {
                continue
            }
            diagnostics.append(
                Diagnostic(
                    .warning, "CAST_ALIKE", pointer: "/cast",
                    "\(twin.name) and \(member.name) both use the avatar \(member.avatar.name); give each its own, as in "
                        + "'\(member.name) avatar=kit'"))
        }
        let sound = ClipAudio(sampleRate: Self.soundRate)
        func rest(_ seconds: Double) {
            sound.append([Float](repeating: 0, count: Int(seconds * Double(Self.soundRate))))
        }
        rest(clip.edit.pad.start)
        var spoken: [Spoken] = []
        for line in script.lines {
            if !spoken.isEmpty { rest(Self.gap) }
            let start = sound.durationSeconds
            let (utterance, marked, acts) = try await speak(line)
            diagnostics += (marked.diagnostics + utterance.diagnostics).filter { !diagnostics.contains($0) }
            sound.append(try Self.converted(utterance.audio, to: Self.soundRate))
            let end = sound.durationSeconds
            try Performance.bounded(
                end + Performance.tailSeconds + clip.edit.pad.end, limit: clip.longestSeconds, field: "text")
            guard end <= Self.maximumSeconds else {
                throw AvatariumError(
                    .invalidConfig,
                    "a dialogue may last at most \(Int(Self.maximumSeconds / 60)) minutes; split it",
                    context: ["field": "text"])
            }
            var part = parts[line.speaker]
            part.timeline.source = utterance.timeline.source
            part.timeline.append(utterance.timeline, at: start)
            let silence = Int(start * Double(Self.lipRate)) - part.audio.count
            part.audio += [Float](repeating: 0, count: max(0, silence))
            part.audio += try Self.converted(utterance.audio, to: Self.lipRate)
            part.cues.add(acts, at: start)
            parts[line.speaker] = part
            whole.source = utterance.timeline.source
            whole.append(utterance.timeline, at: start)
            cues.cameras += acts.cameras.map {
                CameraCue($0.camera, start: $0.start + start, seconds: $0.seconds)
            }
            spoken.append(
                Spoken(
                    speaker: line.speaker, start: start, end: end,
                    words: Array(whole.words.suffix(utterance.timeline.words.count))))
        }
        rest(Performance.tailSeconds + clip.edit.pad.end)
        let animating = StageTimings.now()
        let tracks = parts.indices.map { track(of: $0, parts[$0], spoken, sound.durationSeconds) }
        var clock = StageTimings()
        clock.add("speech", animating - began)
        clock.add("lip-sync", StageTimings.now() - animating)
        var performance = Performance(
            audio: sound, timeline: whole, track: tracks[0], durationSeconds: sound.durationSeconds,
            diagnostics: diagnostics, cues: cues, clock: clock)
        performance.cues.animations = parts[0].cues.animations
        performance.partners = zip(tracks, parts).dropFirst().map {
            Performance.Partner(track: $0, animations: $1.cues.animations)
        }
        return performance
    }

    private func speak(_ line: DialogueScript.Line) async throws -> (Utterance, MarkedText, PerformanceCues) {
        let member = clip.cast[line.speaker]
        var options = options
        let (engine, voice) = try SpeechEngineRegistry.shared.resolve(voice: member.voice ?? options.voice)
        options.voice = voice
        let marked = ExpressionMarks.parse(line.text)
        var utterance = try await engine.synthesize(marked.text, options: options)
        var spoken = SpokenText(marked)
        spoken.append(utterance.timeline.words)
        utterance.timeline.words = spoken.words
        return (utterance, marked, spoken.performance(isWhole: true))
    }

    private static func converted(_ audio: AudioBuffer, to rate: Int) throws -> [Float] {
        guard audio.sampleRate != rate else { return audio.samples }
        let converter = try RateConverter(from: audio.sampleRate, to: rate)
        return converter.convert(audio.samples) + converter.finish()
    }

    private func track(of index: Int, _ part: Part, _ spoken: [Spoken], _ seconds: Double) -> FaceTrack {
        var options = clip.performance
        // Two people do not blink together.
        options.seed &+= UInt64(index)
        options.add(part.cues)
        for line in spoken {
            if line.speaker == index {
                glance(during: line, from: index, spoken, &options)
            } else {
                options.gaze.append(
                    GazeCue(start: line.start, end: line.end, yaw: yaw(from: index, to: line.speaker)))
                listen(to: line, &options)
            }
        }
        return LipSync(options: options).faceTrack(
            for: part.timeline, durationSeconds: seconds, frameRate: clip.frameRate,
            audio: AudioBuffer(sampleRate: Self.lipRate, samples: part.audio))
    }

    /// Who speaks looks at who spoke last, and now and then at the viewer.
    private func glance(
        during line: Spoken, from index: Int, _ spoken: [Spoken], _ options: inout PerformanceOptions
    ) {
        let partner =
            spoken.last { $0.start < line.start && $0.speaker != index }?.speaker
            ?? spoken.first { $0.speaker != index }?.speaker ?? (index == 0 ? 1 : 0)
        let toPartner = yaw(from: index, to: partner)
        let toViewer = toPartner > 0 ? -Self.viewerYaw : Self.viewerYaw
        var time = line.start
        while time < line.end {
            let turn = min(line.end, time + Self.partnerSeconds)
            options.gaze.append(GazeCue(start: time, end: turn, yaw: toPartner))
            time = min(line.end, turn + Self.viewerSeconds)
            if time > turn { options.gaze.append(GazeCue(start: turn, end: time, yaw: toViewer)) }
        }
    }

    /// Who listens nods at the end of a sentence, and raises the brows at a question.
    private func listen(to line: Spoken, _ options: inout PerformanceOptions) {
        for word in line.words {
            guard let mark = word.text.last, ".!?".contains(mark) else { continue }
            options.gestures.append(
                GestureCue(mark == "?" ? .browRaise : .nod, start: word.end + 0.1, strength: 0.45))
        }
    }

    /// Degrees, to the character's left where the other stands to the right in the picture.
    private func yaw(from index: Int, to other: Int) -> Float {
        other > index ? Self.partnerYaw : -Self.partnerYaw
    }
}

extension PerformanceCues {
    /// Adds cues whose times start at 0.
    fileprivate mutating func add(_ cues: PerformanceCues, at offset: Double) {
        emotions += cues.emotions.map { cue in
            EmotionCue(
                emotion: cue.emotion, strength: cue.strength, start: cue.start + offset,
                end: cue.end.map { $0 + offset })
        }
        gaze += cues.gaze.map {
            GazeCue(start: $0.start + offset, end: $0.end.map { $0 + offset }, pitch: $0.pitch, yaw: $0.yaw)
        }
        gestures += cues.gestures.map { cue in
            var cue = cue
            cue.start += offset
            cue.stroke = cue.stroke.map { $0 + offset }
            return cue
        }
        animations += cues.animations.map { cue in
            var cue = cue
            cue.start += offset
            return cue
        }
    }
}

extension Clip {
    /// Returns the look in which somebody of the cast is drawn: the first with the background, the others over it.
    func look(of index: Int) -> RenderLook {
        guard index > 0 else { return look }
        var look = look
        look.background = .transparent
        return look
    }

    /// Where somebody of the cast stands: side by side, turned to each other.
    func standing(_ index: Int) -> CameraView {
        guard cast.count > 1 else { return view }
        var view = view
        let share = (Float(index) + 0.5) / Float(cast.count) - 0.5
        view.place = (view.place ?? .zero) + SIMD2(share, 0)
        // Two turn by 24 degrees each; of four the outer ones most.
        let turn: Float = 24 * share / (0.5 - 0.5 / Float(cast.count))
        var orbit = view.orbit ?? CameraOrbit()
        orbit.theta = (orbit.theta ?? 0) + turn
        view.orbit = orbit
        return view
    }
}
