import LipSync
import Speech

/// A text on its way to a performance: its sentences come one by one, and faces leave as soon as nothing that is
/// still to be spoken can change them.
package struct LivePerformance {
    /// What is to be spoken.
    package let text: String
    package let speech: SpeechOptions
    /// Nil for SSML, which has marks of its own.
    private var spoken: SpokenText?
    private let options: PerformanceOptions
    private var stream: FaceTrackStream
    private var audio: ClipAudio?
    private var timeline = PhoneTimeline(phones: [], source: "")
    private var faces: [FaceFrame] = []
    private var diagnostics: [Diagnostic] = []
    private var clock = StageClock()
    private var waiting = StageClock.now()

    package init(_ plan: ClipPlan, text: String) {
        let marked = plan.speech.ssml ? nil : ExpressionMarks.parse(text)
        spoken = marked.map { SpokenText($0) }
        self.text = marked?.text ?? text
        options = plan.performance
        var speech = plan.speech
        speech.language = plan.language
        self.speech = speech
        stream = FaceTrackStream(options: options, frameRate: plan.frameRate)
    }

    /// Takes the next sentence.
    /// - Returns: The faces that are known with it.
    /// - Throws: E071 when the clip gets too long.
    package mutating func add(_ piece: Utterance) throws -> Performance.Part {
        let came = StageClock.now()
        clock.add("speech", came - waiting)
        let sound = audio ?? ClipAudio(sampleRate: piece.audio.sampleRate)
        guard piece.audio.sampleRate == sound.sampleRate else {
            throw AvatariumError(
                .internalError,
                "the voice changed its sample rate from \(sound.sampleRate) to "
                    + "\(piece.audio.sampleRate) Hz between two sentences")
        }
        audio = sound
        timeline.source = piece.timeline.source
        let firstWord = timeline.words.count
        timeline.append(piece.timeline, at: sound.durationSeconds)
        if spoken != nil {
            spoken?.append(timeline.words[firstWord...])
            timeline.words = spoken?.words ?? []
        }
        diagnostics += piece.diagnostics.filter { !diagnostics.contains($0) }
        sound.append(piece.audio.samples)
        let new = try animate(audio: piece.audio, isWhole: false)
        waiting = StageClock.now()
        clock.add("lip-sync", waiting - came)
        return Performance.Part(audio: sound, faces: new)
    }

    /// Ends the speech.
    /// - Returns: The faces that were left, and the whole.
    package mutating func finished() throws -> (last: Performance.Part, whole: Performance) {
        let ended = StageClock.now()
        clock.add("speech", ended - waiting)
        if let audio {
            let tail = Int(Performance.tailSeconds * Double(audio.sampleRate))
            audio.append([Float](repeating: 0, count: tail))
        }
        let last = try animate(audio: nil, isWhole: true)
        clock.add("lip-sync", StageClock.now() - ended)
        let whole = Performance(
            audio: audio, timeline: timeline, track: FaceTrack(frameRate: stream.frameRate, frames: faces),
            durationSeconds: stream.knownSeconds, diagnostics: diagnostics, clock: clock)
        return (Performance.Part(audio: audio, faces: last), whole)
    }

    private mutating func animate(audio new: AudioBuffer?, isWhole: Bool) throws -> [FaceFrame] {
        let duration = try Performance.bounded(audio?.durationSeconds ?? 0)
        if let spoken {
            stream.options = options
            stream.options.add(spoken.performance(isWhole: isWhole))
        }
        let ready = stream.extend(to: timeline, durationSeconds: duration, audio: new, isWhole: isWhole)
        faces += ready
        return ready
    }
}
