import AvatariumCore
import Synchronization

/// What libespeak-ng reports while it speaks.
struct ESpeakEvent: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        /// A word begins: one-based position and length in Unicode scalars of the text given.
        case word(position: Int, length: Int)
        /// A sound begins: its IPA, cut to 8 bytes.
        case phone([UInt8])
    }
    var kind: Kind
    /// Samples since the start of this synthesis.
    var sample: Int
}

/// One synthesis as it came from the library.
struct ESpeakResult: Sendable, Equatable {
    var samples: [Int16] = []
    var events: [ESpeakEvent] = []
    /// The same sounds in IPA with stress marks, `_` between sounds, a line a clause.
    var trace = ""
}

/// libespeak-ng for this process.
///
/// The library keeps its state in globals and cannot be started anew, so every text is spoken by a copy of it
/// that has said nothing yet (about 3 ms). The same text is the same samples, whatever else speaks.
final class ESpeakLibrary: Sendable {
    static let shared = ESpeakLibrary()

    static let sampleRate = 22_050

    /// So many languages keep a copy for pronunciations.
    private static let pronouncers = 4

    private struct State {
        var voices: [Voice]?
        var known: [String: Bool] = [:]
        /// The last used at the end.
        var pronouncers: [(voice: String, copy: ESpeakCopy)] = []
    }
    private let state = Mutex(State())

    /// Whether the library knows a voice (`"en-us"`, `"en-us+f3"`, `"English (America)"`).
    /// - Throws: E084.
    func hasVoice(_ name: String) throws -> Bool {
        // The library opens files of such names.
        guard !name.isEmpty, !name.utf8.contains(0), name.utf8.count < 60, !name.contains("..") else {
            return false
        }
        if let known = state.withLock({ $0.known[name] }) { return known }
        let found = try ESpeakCopy().setVoice(name)
        state.withLock { state in
            if state.known.count > 1000 { state.known = [:] }
            state.known[name] = found
        }
        return found
    }

    /// Parameters of one synthesis, in the library's own units.
    struct Parameters: Sendable {
        var wordsPerMinute: Int32 = 175
        var pitch: Int32 = 50
        var volume: Int32 = 100
        var ssml = false
    }

    /// Speaks a text. The voice must exist.
    /// - Throws: E034, E084, or E031 where the library gives up.
    func synthesize(_ text: String, voice: String, parameters: Parameters) throws -> ESpeakResult {
        let copy = try ESpeakCopy()
        guard try hasVoice(voice), copy.setVoice(voice) else { throw Self.noVoice(voice) }
        return try copy.speak(Self.printable(text), parameters)
    }

    /// The pronunciation of a text in IPA with stress marks: `_` between sounds, a space between words, a
    /// string a clause.
    /// - Throws: E034, E084.
    func phonemes(of text: String, voice: String) throws -> [String] {
        guard try hasVoice(voice) else { throw Self.noVoice(voice) }
        return try state.withLock { state in
            let copy: ESpeakCopy
            if let index = state.pronouncers.firstIndex(where: { $0.voice == voice }) {
                copy = state.pronouncers.remove(at: index).copy
            } else {
                copy = try ESpeakCopy()
                guard copy.setVoice(voice) else { throw Self.noVoice(voice) }
                if state.pronouncers.count >= Self.pronouncers { state.pronouncers.removeFirst() }
            }
            state.pronouncers.append((voice, copy))
            return copy.phonemes(of: Self.printable(text))
        }
    }

    /// The voices that speak a language (no variants, no MBROLA voices, which need files of their own).
    /// - Throws: E084.
    func voices() throws -> [Voice] {
        if let voices = state.withLock({ $0.voices }) { return voices }
        let voices = try ESpeakCopy().voices()
        state.withLock { $0.voices = voices }
        return voices
    }

    /// The text with every control character as a space, scalar by scalar: NUL would end it, and 1 begins a
    /// command of the library's own.
    private static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var out = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { out.append(isControl(scalar) ? " " : scalar) }
        return String(out)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        (scalar.value < 0x20 && scalar != "\n" && scalar != "\t") || (0x7F...0x9F).contains(scalar.value)
    }

    private static func noVoice(_ name: String) -> AvatariumError {
        AvatariumError(
            .ttsVoiceNotFound, "espeak-ng has no voice '\(name)'; `avatarium voices` lists them",
            context: ["voice": name, "provider": "espeak"])
    }
}
