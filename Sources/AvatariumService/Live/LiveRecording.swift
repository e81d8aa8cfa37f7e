import Avatarium
import AvatariumCore

/// A turn of recorded speech: samples come in as they are sent, utterances go out as they are understood.
///
/// ```
/// piece with timings ─► pending ─ closed ─► one utterance
/// without            ─► LiveListener, window by window
/// ```
struct LiveRecording: Sendable {
    let turn: Int
    let sampleRate: Int
    private let language: String?
    var speech: LiveSpeech
    private var listener: LiveListener
    /// Timings of the piece whose samples are coming.
    private var timings: [UInt8]?
    private var pending: [Float] = []
    /// A sample's first byte, whose second is still to come.
    private var oddByte: UInt8?

    /// Seconds of the longest piece with timings.
    private static let longestPiece = 120

    init(_ piece: LiveMessage.AudioPiece, turn: Int, speech: LiveSpeech) {
        self.turn = turn
        self.speech = speech
        sampleRate = piece.sampleRate
        language = piece.language
        timings = piece.timings
        listener = LiveListener(sampleRate: piece.sampleRate)
    }

    /// Begins the next piece, once the one before is closed.
    /// - Throws: INVALID_PARAMETER where the sample rate changes.
    mutating func begin(_ piece: LiveMessage.AudioPiece) throws {
        timings = piece.timings
        guard sampleRate == piece.sampleRate else {
            throw APIError.invalid(
                "/sample_rate", "the sample rate changes within a turn; send audio_end first")
        }
    }

    /// Takes bytes of 16-bit samples, which may part within a sample.
    /// - Returns: Samples that are to be listened to now; none where they wait for the end of their piece.
    /// - Throws: INVALID_PARAMETER where a piece with timings gets too long.
    mutating func take(_ bytes: [UInt8]) throws -> [Float] {
        let all = (oddByte.map { [$0] } ?? []) + bytes
        oddByte = all.count % 2 == 1 ? all.last : nil
        let samples = stride(from: 0, to: all.count - 1, by: 2).map {
            Float(Int16(bitPattern: UInt16(all[$0]) | UInt16(all[$0 + 1]) << 8)) / 32768
        }
        guard timings != nil else { return samples }
        guard pending.count + samples.count <= Self.longestPiece * sampleRate else {
            throw APIError.invalid(
                "/audio",
                "a piece with timings is longer than \(Self.longestPiece) s; send it in smaller pieces")
        }
        pending += samples
        return []
    }

    /// Ends a piece that has timings of its own.
    /// - Returns: Its speech; nil where there is none.
    /// - Throws: E093 for timings that cannot be read.
    mutating func closePiece() throws -> Utterance? {
        guard let timings, !pending.isEmpty else { return nil }
        let audio = AudioBuffer(sampleRate: sampleRate, samples: pending)
        pending = []
        self.timings = nil
        return try LiveSpeech.utterance(of: audio, timings: timings, language: language)
    }

    /// What a listener who has heard more becomes.
    struct Heard: Sendable {
        fileprivate var listener: LiveListener
        var pieces: [Utterance]
    }

    /// Listens, which takes its time: the recording may be another, or none, afterwards.
    func hearing(_ samples: [Float], isLast: Bool) async -> Heard {
        let (listener, pieces) = await listener.adding(samples, isLast: isLast)
        return Heard(listener: listener, pieces: pieces)
    }

    mutating func goOn(with heard: Heard) { listener = heard.listener }
}
