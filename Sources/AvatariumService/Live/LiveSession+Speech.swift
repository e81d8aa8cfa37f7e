import Avatarium
import AvatariumCore

/// Turns: texts, which an engine speaks, and recorded speech, which the client sends.
extension LiveSession {
    /// Seconds of speech that are synthesised ahead. The next sentence must be there when this one ends: Piper takes a fifth of a
    /// sentence's length on an idle core, providers one to three seconds.
    private static let farthestAhead = 10.0
    /// Seconds of speech that a client may send ahead.
    private static let farthestSent = 600.0

    // MARK: Text

    func begin(_ say: LiveMessage.Say) throws {
        var say = say
        say.options.voice = say.options.voice ?? order.voice
        try say.options.validate()
        texts.append((try newTurn(say.reference), say))
        if speaking == nil { speaking = Task { await self.speakAll() } }
    }

    private func speakAll() async {
        while !texts.isEmpty, !Task.isCancelled {
            let (turn, say) = texts.removeFirst()
            do {
                try await speak(say, turn: turn)
            } catch is CancellationError {
                break
            } catch {
                stage.end(turn)
                tell(error, turn: turn)
            }
        }
        // An interruption has put another task in this one's place.
        if !Task.isCancelled { speaking = nil }
    }

    private func speak(_ say: LiveMessage.Say, turn: Int) async throws {
        var live = speech(of: turn, text: say.text, say.options)
        for try await piece in try LiveSpeech.speak(live.text, say.options) {
            try Task.checkCancellation()
            let sentence = piece.timeline.words.map(\.text).joined(separator: " ")
            add(
                try live.add(piece), sentence: sentence.isEmpty ? nil : sentence, live.timeline, turn: turn)
            while stage.secondsAhead > Self.farthestAhead { try await Task.sleep(for: .milliseconds(200)) }
        }
        try Task.checkCancellation()
        add(try live.finish(), live.timeline, turn: turn)
        stage.end(turn)
    }

    private func speech(
        of turn: Int, text: String? = nil, _ options: SpeechOptions = SpeechOptions()
    ) -> LiveSpeech {
        LiveSpeech(
            text: text, options, base: order.performance, mood: stage.mood, turn: turn,
            frameRate: order.frameRate)
    }

    private func add(
        _ part: Performance.Part, sentence: String? = nil, _ timeline: PhoneTimeline, turn: Int
    ) {
        stage.add(part, timeline: timeline, sentence: sentence, to: turn)
        spoke(turn)
    }

    // MARK: Recorded speech

    func begin(_ piece: LiveMessage.AudioPiece) async throws {
        if recording != nil {
            try closePiece()
            try recording?.begin(piece)
            return
        }
        let turn = try newTurn(piece.reference)
        recording = LiveRecording(piece, turn: turn, speech: speech(of: turn))
    }

    func hear(_ bytes: [UInt8]) async throws {
        guard recording != nil else {
            throw APIError.invalid(
                "/type", "samples were received outside a turn; send {\"type\": \"audio\"} first")
        }
        guard stage.secondsAhead < Self.farthestSent else {
            throw APIError(
                .rateLimitExceeded,
                "\(Int(Self.farthestSent / 60)) minutes of audio are waiting to be played; send it no "
                    + "faster than real time",
                retryAfter: 5)
        }
        let samples = try recording?.take(bytes) ?? []
        if !samples.isEmpty { try take(await recording?.hearing(samples, isLast: false)) }
    }

    func endRecording() async throws {
        guard recording != nil else {
            throw APIError.invalid("/type", "there is no audio to end; send {\"type\": \"audio\"} first")
        }
        try closePiece()
        try take(await recording?.hearing([], isLast: true))
        guard var ending = recording else { return }
        recording = nil
        add(try ending.speech.finish(), ending.speech.timeline, turn: ending.turn)
        stage.end(ending.turn)
    }

    /// Puts what was heard on the stage. The recording may have been interrupted meanwhile.
    private func take(_ heard: LiveRecording.Heard?) throws {
        guard let heard, var at = recording else { return }
        at.goOn(with: heard)
        for piece in heard.pieces { add(try at.speech.add(piece), at.speech.timeline, turn: at.turn) }
        recording = at
    }

    private func closePiece() throws {
        guard var at = recording, let piece = try at.closePiece() else { return }
        let sentence = piece.timeline.words.map(\.text).joined(separator: " ")
        add(
            try at.speech.add(piece), sentence: sentence.isEmpty ? nil : sentence, at.speech.timeline,
            turn: at.turn)
        recording = at
    }
}
