import AvatariumCore
import LipSync
import Speech

/// Converts speech that arrives in pieces to a performance; faces are returned as soon as later speech cannot
/// change them.
package struct LivePerformance {
    /// The text to be spoken, without its marks.
    package private(set) var text: String
    /// The text with its marks, where it is still being written.
    private var written = ""
    package let speech: SpeechOptions
    /// The text's marks; nil for SSML, which has marks of its own, and for speech without a text.
    private var spoken: SpokenText?
    private let options: PerformanceOptions
    /// Seconds before and after the speech.
    private let pad: ClipEdit.Edges
    /// What keeps the speech's peaks below full scale: never more than for the pieces before.
    private var headroom: Float = 1
    private var cues = PerformanceCues()
    private let longestSeconds: Double?
    private var stream: FaceTrackStream
    private var audio: ClipAudio?
    package private(set) var timeline = PhoneTimeline(phones: [], source: "")
    private var faces: [FaceFrame] = []
    private var diagnostics: [Diagnostic] = []
    private var clock = StageTimings()
    private var waiting = StageTimings.now()
    /// Sentences whose audio is in `audio` and whose faces were not asked for yet.
    private var pending: [(start: Double, piece: Utterance)] = []

    /// Animating a sentence looks at all previous ones. In long speech several sentences are therefore animated
    /// together, so that the time grows linearly with the duration and not with its square.
    private static let secondsTakenSingly = 60.0
    private static let shareTakenTogether = 0.1

    /// - Parameters:
    ///   - text: The text with its marks; nil for speech that comes without one.
    ///   - speech: How the text is to be spoken.
    package init(_ clip: Clip, text: String?, _ speech: SpeechOptions) {
        let marked = speech.ssml ? nil : text.map { ExpressionMarks.parse($0) }
        spoken = marked.map { SpokenText($0) }
        self.text = marked?.text ?? text ?? ""
        diagnostics = marked?.diagnostics ?? []
        self.speech = speech
        options = clip.performance
        pad = clip.edit.pad
        longestSeconds = clip.longestSeconds
        stream = FaceTrackStream(
            options: options, frameRate: clip.frameRate, lookAheadSeconds: clip.lookAhead)
    }

    /// The longest text that is written sentence by sentence, in characters, including marks; each sentence looks
    /// at all previous ones.
    static let longestWriting = 20_000

    /// Adds the next sentence of a text that is still being written. Marks may stay open across sentences.
    /// - Returns: The text to speak, without marks; empty if there are only marks.
    /// - Throws: E093 if the text becomes too long.
    package mutating func write(_ sentence: String) throws -> String {
        written += (written.isEmpty ? "" : " ") + sentence
        guard written.count <= Self.longestWriting else {
            throw AvatariumError(
                .validationError,
                "the text is longer than \(Self.longestWriting) characters; shorten it, or give it as a complete text",
                context: ["field": "text"])
        }
        let marked = ExpressionMarks.parse(written)
        diagnostics += marked.diagnostics.filter { !diagnostics.contains($0) }
        let next = marked.text.dropFirst(text.count).drop(while: \.isWhitespace)
        text = marked.text
        if spoken == nil { spoken = SpokenText(marked) } else { spoken?.extend(to: marked) }
        return String(next)
    }

    /// Adds the next piece of speech.
    /// - Returns: The faces that are final, possibly none.
    /// - Throws: E071 if the clip becomes too long.
    package mutating func add(_ given: Utterance) throws -> Performance.Part {
        let piece = audio == nil ? given.delayed(by: pad.start) : given
        let came = StageTimings.now()
        clock.add("speech", came - waiting)
        let sound = audio ?? ClipAudio(sampleRate: piece.audio.sampleRate)
        guard piece.audio.sampleRate == sound.sampleRate else {
            throw AvatariumError(
                .internalError,
                "the voice changed its sample rate from \(sound.sampleRate) to "
                    + "\(piece.audio.sampleRate) Hz between two sentences")
        }
        audio = sound
        diagnostics += piece.diagnostics.filter { !diagnostics.contains($0) }
        pending.append((sound.durationSeconds, piece))
        sound.append(withHeadroom(piece.audio.samples))
        let known = stream.knownSeconds
        let isDue =
            known < Self.secondsTakenSingly
            || sound.durationSeconds - known >= known * Self.shareTakenTogether
        let new = isDue ? try animate(takePending(), isWhole: false) : []
        waiting = StageTimings.now()
        clock.add("lip-sync", waiting - came)
        return Performance.Part(audio: sound, faces: new, cues: cues)
    }

    /// Voices that speak at full scale would pass it once a lossy codec has been at them.
    private mutating func withHeadroom(_ samples: [Float]) -> [Float] {
        let peak = samples.reduce(0) { max($0, abs($1)) }
        if peak * headroom > Self.highestPeak { headroom = Self.highestPeak / peak }
        guard headroom < 1 else { return samples }
        return samples.map { $0 * headroom }
    }

    /// Seconds after the speech in which a gesture may end.
    private static let longestGestureTail = 4.0

    /// One decibel below full scale.
    private static let highestPeak: Float = 0.891

    /// Finishes the speech.
    /// - Returns: The remaining faces, and the whole performance.
    package mutating func finished() throws -> (last: Performance.Part, whole: Performance) {
        let ended = StageTimings.now()
        clock.add("speech", ended - waiting)
        let new = takePending()
        if let audio {
            // A hand that is up at the end of the text comes down again.
            let down = spoken?.performance(isWhole: true).gestures.compactMap { GestureTimes($0)?.end }.max()
            let late = min((down ?? 0) - audio.durationSeconds, Self.longestGestureTail)
            let tail = max(Performance.tailSeconds, late) + pad.end
            audio.append([Float](repeating: 0, count: Int(tail * Double(audio.sampleRate))))
        }
        let last = try animate(new, isWhole: true)
        clock.add("lip-sync", StageTimings.now() - ended)
        let whole = Performance(
            audio: audio, timeline: timeline, track: FaceTrack(frameRate: stream.frameRate, frames: faces),
            durationSeconds: stream.knownSeconds, diagnostics: diagnostics, cues: cues, clock: clock)
        return (Performance.Part(audio: audio, faces: last, cues: cues), whole)
    }

    /// Adds the words and phones of what is pending to the timeline.
    /// - Returns: Its audio.
    private mutating func takePending() -> AudioBuffer? {
        guard let first = pending.first else { return nil }
        let firstWord = timeline.words.count
        var sound = AudioBuffer(sampleRate: first.piece.audio.sampleRate, samples: [])
        timeline.source = first.piece.timeline.source
        for (start, piece) in pending {
            timeline.append(piece.timeline, at: start)
            sound.samples += piece.audio.samples
        }
        if spoken != nil {
            spoken?.append(timeline.words[firstWord...])
            timeline.words = spoken?.words ?? []
        }
        pending = []
        return sound
    }

    private mutating func animate(_ new: AudioBuffer?, isWhole: Bool) throws -> [FaceFrame] {
        let duration = try Performance.bounded(
            audio?.durationSeconds ?? 0, limit: longestSeconds, field: "text")
        if let spoken {
            cues = spoken.performance(isWhole: isWhole)
            stream.options = options
            stream.options.add(cues)
        }
        let ready = stream.extend(to: timeline, durationSeconds: duration, audio: new, isWhole: isWhole)
        faces += ready
        return ready
    }
}
