import Avatarium
import AvatariumCore
import Foundation

/// Speech that a provider has made, on its way from the service, which has the key and the network, to the child that
/// draws: `speech.json` with the timelines of the pieces, `speech.f32` with their samples one after another.
public struct RecordedSpeech: Sendable {
    public var pieces: [Utterance]

    public init(pieces: [Utterance]) { self.pieces = pieces }

    private struct Piece: Codable {
        var sampleRate: Int
        var sampleCount: Int
        var source: String
        var phones: [Phone]
        var words: [Word]
        var diagnostics: [Diagnostic]
    }

    /// - Throws: what the file system says.
    public func write(to folder: String) throws {
        let list = pieces.map {
            Piece(
                sampleRate: $0.audio.sampleRate, sampleCount: $0.audio.samples.count,
                source: $0.timeline.source,
                phones: $0.timeline.phones, words: $0.timeline.words, diagnostics: $0.diagnostics)
        }
        var samples = Data()
        for piece in pieces { piece.audio.samples.withUnsafeBytes { samples.append(contentsOf: $0) } }
        try samples.write(to: URL(fileURLWithPath: folder + "/speech.f32"))
        try JSONEncoder().encode(list).write(to: URL(fileURLWithPath: folder + "/speech.json"))
    }

    /// - Throws: E092 for files that do not belong together.
    public init(folder: String) throws {
        do {
            let list = try JSONDecoder().decode(
                [Piece].self, from: Data(contentsOf: URL(fileURLWithPath: folder + "/speech.json")))
            let samples = try Data(contentsOf: URL(fileURLWithPath: folder + "/speech.f32"))
                .withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
            var start = 0
            pieces = try list.map { piece in
                let end = start + piece.sampleCount
                guard piece.sampleRate > 0, piece.sampleCount >= 0, end <= samples.count else {
                    throw CocoaError(.fileReadCorruptFile)
                }
                defer { start = end }
                return Utterance(
                    audio: AudioBuffer(sampleRate: piece.sampleRate, samples: Array(samples[start..<end])),
                    timeline: PhoneTimeline(phones: piece.phones, words: piece.words, source: piece.source),
                    diagnostics: piece.diagnostics)
            }
        } catch {
            throw AvatariumError(
                .internalError, "the speech synthesised for the clip cannot be decoded", cause: error)
        }
    }
}

/// An engine that returns recorded speech for any text.
private struct RecordedSpeechEngine: SpeechEngine {
    let recorded: RecordedSpeech
    var name: String { "recorded" }

    func voices() async throws -> [Voice] { [] }

    func speak(_ request: SpeechRequest, give: (Utterance) async throws -> Void) async throws {
        for piece in recorded.pieces { try await give(piece) }
    }
}

extension RenderTerms {
    /// The plan of a request on these terms.
    package func plan(_ request: ClipRequest) throws -> ClipPlan {
        var plan = try ClipPlan(request)
        plan.longestSeconds = longestSeconds
        plan.isMarkedAsTest = isMarkedAsTest
        if let speech, case .text(let text, let options) = plan.source {
            plan.source = .spoken(
                text, options, by: RecordedSpeechEngine(recorded: try RecordedSpeech(folder: speech)))
        }
        return plan
    }
}
