import AvatariumCore
import CESpeak
import Glibc
import Synchronization

/// The one owner of libespeak-ng, which keeps all its state in globals: every call holds one lock, and what
/// speaks is a fork of this process (`ESpeakSynthesis`), so that nothing spoken changes that state.
final class ESpeakLibrary: Sendable {
    static let shared = ESpeakLibrary()

    static let sampleRate = 22_050

    private struct State {
        var initialized = false
        var currentVoice: String?
    }
    private let state = Mutex(State())

    /// - Throws: E084 where the library's data is missing.
    private func initialize(_ state: inout State) throws {
        guard !state.initialized else { return }
        espeak_ng_InitializePath(nil)
        let status = espeak_ng_Initialize(nil)
        guard status == ENS_OK else {
            throw AvatariumError(
                .speechSynthesisNotSupported,
                "espeak-ng's voice data could not be loaded; install the package espeak-ng-data, or set "
                    + "ESPEAK_DATA_PATH to the folder that holds espeak-ng-data",
                context: ["provider": "espeak", "status": String(status.rawValue, radix: 16)])
        }
        let options =
            espeakINITIALIZE_PHONEME_EVENTS | espeakINITIALIZE_PHONEME_IPA | espeakINITIALIZE_DONT_EXIT
        let rate = espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, 0, nil, options)
        guard rate == Self.sampleRate else {
            throw AvatariumError(
                .speechSynthesisNotSupported,
                "espeak-ng did not start (sample rate \(rate)); reinstall espeak-ng-data",
                context: ["provider": "espeak"])
        }
        state.initialized = true
    }

    /// Whether the library knows a voice (`"en-us"`, `"en-us+f3"`, `"English (America)"`).
    func hasVoice(_ name: String) throws -> Bool {
        try state.withLock { state in
            try initialize(&state)
            return select(name, &state)
        }
    }

    private func select(_ name: String, _ state: inout State) -> Bool {
        if state.currentVoice == name { return true }
        guard !name.isEmpty, !name.utf8.contains(0), name.utf8.count < 60 else { return false }
        state.currentVoice = nil
        if espeak_SetVoiceByName(name) != EE_OK {
            // Some languages (chr-US-Qaaa-x-west) are only found by their voice's name.
            guard let voice = Self.list().first(where: { $0.language.lowercased() == name.lowercased() }),
                espeak_SetVoiceByName(voice.name) == EE_OK
            else { return false }
        }
        state.currentVoice = name
        return true
    }

    /// Parameters of one synthesis, in the library's own units.
    struct Parameters: Sendable {
        var wordsPerMinute: Int32 = 175
        var pitch: Int32 = 50
        var volume: Int32 = 100
        var ssml = false
    }

    /// Speaks a text. The voice must exist. The same text gives the same sound, whatever was spoken before.
    /// - Throws: E034, E084, or E031 where the library gives up.
    func synthesize(_ text: String, voice: String, parameters: Parameters) throws -> ESpeakResult {
        let synthesis = try state.withLock { state in
            try initialize(&state)
            guard select(voice, &state) else { throw Self.noVoice(voice) }
            return try ESpeakSynthesis(Self.printable(text), parameters)
        }
        return try synthesis.result()
    }

    /// The pronunciation of a text in IPA with stress marks: `_` between sounds, a space between words, a
    /// string a clause.
    /// - Throws: E034, E084.
    func phonemes(of text: String, voice: String) throws -> [String] {
        try state.withLock { state in
            try initialize(&state)
            guard select(voice, &state) else { throw Self.noVoice(voice) }
            let mode = espeakPHONEMES_IPA | Int32(UInt8(ascii: "_")) << 8
            return Self.printable(text).withCString { start in
                var clauses: [String] = []
                var position: UnsafeRawPointer? = UnsafeRawPointer(start)
                while position != nil {
                    guard let clause = espeak_TextToPhonemes(&position, espeakCHARS_UTF8, mode) else { break }
                    clauses.append(String(cString: clause))
                }
                return clauses
            }
        }
    }

    /// The voices that speak a language (no variants, no MBROLA voices, which need files of their own).
    func voices() throws -> [Voice] {
        try state.withLock { state in
            try initialize(&state)
            return Self.list()
        }
    }

    private static func list() -> [Voice] {
        guard var entry = espeak_ListVoices(nil) else { return [] }
        var voices: [Voice] = []
        while let voice = entry.pointee?.pointee {
            entry += 1
            guard let name = voice.name, let languages = voice.languages,
                let identifier = voice.identifier, !String(cString: identifier).hasPrefix("mb/")
            else { continue }
            let language = String(cString: languages + 1)
            voices.append(
                Voice(
                    id: "espeak:\(language)", name: String(cString: name), language: language,
                    gender: voice.gender == 1 ? "male" : voice.gender == 2 ? "female" : nil,
                    engine: "espeak"))
        }
        return voices
    }

    /// The text with every control character as a space, scalar by scalar: NUL would end it, and 1 begins a
    /// command of the library's own whose effect outlives the text.
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
