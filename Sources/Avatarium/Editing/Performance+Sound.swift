import AvatariumCore
import LipSync
import Media
import Speech

extension Performance {
    /// Brings the speech to the loudness that is asked for, and lays the music under it.
    /// - Throws: E081 where libavfilter is missing, E033 for music that cannot be read.
    mutating func finishSound(_ edit: ClipEdit) throws {
        let beginning = StageTimings.now()
        defer { clock.add("sound", StageTimings.now() - beginning) }
        if let target = edit.loudness, let audio { try normalise(audio, to: target) }
        if let music = edit.music { try lay(music) }
        if edit.fade != ClipEdit.Edges(), let sound = audio { audio = try sound.faded(edit.fade) }
    }

    private mutating func normalise(_ sound: ClipAudio, to target: Double) throws {
        guard let measured = try Loudness.integrated(sound.source) else {
            diagnostics.append(
                Diagnostic(
                    .information, "LOUDNESS_SILENT",
                    "the speech is silent or shorter than 0.4 s, so its loudness was not changed"))
            return
        }
        var gain = target - measured
        var result = try sound.amplified(gain)
        // Where peaks were held down, the whole is a little quieter than meant: once more.
        if let reached = try Loudness.integrated(result.source), abs(reached - target) > 0.2 {
            gain += min(6, target - reached)
            result = try sound.amplified(gain)
        }
        loudness = try Loudness.integrated(result.source)
        audio = result
    }

    private mutating func lay(_ music: Music) throws {
        var noticed: [Diagnostic] = []
        // A tune of an hour under a clip of ten seconds is not decoded to its end.
        let needed = max(durationSeconds, audio?.durationSeconds ?? 0) + 1
        let tune = try AvatariumError.naming("music") {
            try AudioDecoder.decode(path: music.file, sampleRate: Self.mixRate, upTo: needed) {
                noticed.append($0)
            }
        }
        diagnostics += noticed
        let speech = ClipAudio(sampleRate: Self.mixRate)
        if let audio, audio.sampleRate != Self.mixRate {
            let converter = try RateConverter(from: audio.sampleRate, to: Self.mixRate)
            try audio.source.forEachPiece { speech.append(converter.convert($0)) }
            speech.append(converter.finish())
        } else if let audio {
            try audio.source.forEachPiece { speech.append($0) }
        } else {
            // Timings alone: music under a mouth without sound.
            let silence = ClipAudio(sampleRate: Self.mixRate)
            let count = Int(durationSeconds * Double(Self.mixRate))
            for start in stride(from: 0, to: count, by: 1 << 16) {
                silence.append([Float](repeating: 0, count: min(1 << 16, count - start)))
            }
            try silence.source.forEachPiece { speech.append($0) }
        }
        var mixer = try MusicMixer(music, tune: tune.samples, speech: speech.source)
        let mixed = ClipAudio(sampleRate: Self.mixRate)
        try speech.source.forEachPiece { mixed.append(mixer.mixed($0)) }
        audio = try mixed.amplified(0)
    }

    /// Samples per second of speech with music.
    private static let mixRate = 48_000
}

extension ClipAudio {
    /// The samples, which are read in order.
    var source: SoundSource {
        SoundSource(sampleRate: sampleRate, sampleCount: sampleCount) { try self.samples($0) }
    }

    /// Returns the audio with a gain, and no peak above ``Loudness/ceiling``.
    fileprivate func amplified(_ decibels: Double) throws -> ClipAudio {
        let result = ClipAudio(sampleRate: sampleRate)
        try Loudness.amplified(source, decibels: decibels) { result.append($0) }
        return result
    }

    /// Returns the audio, faded in and out.
    fileprivate func faded(_ edges: ClipEdit.Edges) throws -> ClipAudio {
        let result = ClipAudio(sampleRate: sampleRate)
        let rate = Double(sampleRate)
        let total = sampleCount
        let edges = edges.fitted(into: Double(total) / rate)
        var position = 0
        try source.forEachPiece { samples in
            var samples = samples
            for index in samples.indices {
                let rise = edges.start > 0 ? min(1, Double(position) / rate / edges.start) : 1
                let fall = edges.end > 0 ? min(1, Double(total - 1 - position) / rate / edges.end) : 1
                samples[index] *= Float(min(rise, fall))
                position += 1
            }
            result.append(samples)
        }
        return result
    }
}

extension Utterance {
    /// Returns the speech after some seconds of silence.
    func delayed(by seconds: Double) -> Utterance {
        guard seconds > 0 else { return self }
        var later = self
        let count = Int((seconds * Double(audio.sampleRate)).rounded())
        later.audio.samples = [Float](repeating: 0, count: count) + audio.samples
        later.timeline = timeline.delayed(by: Double(count) / Double(audio.sampleRate))
        return later
    }
}

extension PhoneTimeline {
    /// Returns the timeline with all times later.
    func delayed(by seconds: Double) -> PhoneTimeline {
        var later = PhoneTimeline(phones: [], source: source)
        later.append(self, at: seconds)
        return later
    }
}

extension PerformanceOptions {
    /// Moves the cues with the speech; those from the beginning on stay there.
    mutating func delay(by seconds: Double) {
        guard seconds > 0 else { return }
        for index in emotions.indices {
            if emotions[index].start > 0 { emotions[index].start += seconds }
            emotions[index].end = emotions[index].end.map { $0 + seconds }
        }
        for index in gaze.indices {
            if gaze[index].start > 0 { gaze[index].start += seconds }
            gaze[index].end = gaze[index].end.map { $0 + seconds }
        }
        for index in gestures.indices {
            gestures[index].start += seconds
            gestures[index].stroke = gestures[index].stroke.map { $0 + seconds }
        }
    }
}
