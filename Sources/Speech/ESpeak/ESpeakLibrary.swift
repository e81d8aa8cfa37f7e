import AvatariumCore
import CESpeak
import Glibc
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
struct ESpeakResult: Sendable {
    var samples: [Int16] = []
    var events: [ESpeakEvent] = []
    /// The same sounds in IPA with stress marks, `_` between sounds, a line a clause.
    var trace = ""

    /// Whether a sound comes before any word, or none of the sounds spoken was reported.
    var lacksBeginning: Bool {
        for event in events {
            switch event.kind {
            case .word: return false
            case .phone(let name) where !name.isEmpty: return true
            case .phone: continue
            }
        }
        return trace.contains { $0.isLetter }
    }
}

/// The one owner of libespeak-ng, which keeps all its state in globals: every call holds one lock.
final class ESpeakLibrary: Sendable {
    static let shared = ESpeakLibrary()

    static let sampleRate = 22_050

    private struct State {
        var initialized = false
        var currentVoice: String?
    }
    private let state = Mutex(State())

    /// Where the callback of the synthesis that runs under the lock puts what it gets.
    nonisolated(unsafe) private static var collected = ESpeakResult()

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
        espeak_SetSynthCallback { samples, count, events in
            ESpeakLibrary.collect(samples, count, events)
            return 0
        }
        state.initialized = true
    }

    private static func collect(
        _ samples: UnsafeMutablePointer<Int16>?, _ count: Int32, _ events: UnsafeMutablePointer<espeak_EVENT>?
    ) {
        if let samples, count > 0 {
            collected.samples.append(contentsOf: UnsafeBufferPointer(start: samples, count: Int(count)))
        }
        guard var event = events else { return }
        while event.pointee.type != espeakEVENT_LIST_TERMINATED {
            let sample = Int(event.pointee.sample)
            if event.pointee.type == espeakEVENT_WORD {
                collected.events.append(
                    ESpeakEvent(
                        kind: .word(
                            position: Int(event.pointee.text_position), length: Int(event.pointee.length)),
                        sample: sample))
            } else if event.pointee.type == espeakEVENT_PHONEME {
                let name = withUnsafeBytes(of: event.pointee.id.string) { Array($0.prefix { $0 != 0 }) }
                collected.events.append(ESpeakEvent(kind: .phone(name), sample: sample))
            }
            event += 1
        }
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

    /// Speaks a text. The voice must exist.
    /// - Throws: E034, E084, or E031 where the library gives up.
    func synthesize(_ text: String, voice: String, parameters: Parameters) throws -> ESpeakResult {
        try state.withLock { state in
            try initialize(&state)
            // Rarely, right after other voices, the library drops the events of its first buffer.
            var result = try attempt(text, voice: voice, parameters: parameters, &state)
            var attempts = 1
            while result.lacksBeginning, attempts < 3 {
                state.currentVoice = nil
                result = try attempt(text, voice: voice, parameters: parameters, &state)
                attempts += 1
            }
            return result
        }
    }

    private func attempt(
        _ text: String, voice: String, parameters: Parameters, _ state: inout State
    ) throws -> ESpeakResult {
        guard select(voice, &state) else { throw Self.noVoice(voice) }
        espeak_SetParameter(espeakRATE, parameters.wordsPerMinute, 0)
        espeak_SetParameter(espeakPITCH, parameters.pitch, 0)
        espeak_SetParameter(espeakVOLUME, parameters.volume, 0)
        var traceText: UnsafeMutablePointer<CChar>?
        var traceSize = 0
        guard let stream = open_memstream(&traceText, &traceSize) else {
            throw AvatariumError(.ttsFailed, "no memory for the phoneme trace; free some memory")
        }
        let underscore = Int32(UInt8(ascii: "_")) << 8
        espeak_SetPhonemeTrace(espeakPHONEMES_IPA | underscore, stream)
        Self.collected = ESpeakResult()
        var flags = UInt32(espeakCHARS_UTF8 | espeakENDPAUSE)
        if parameters.ssml { flags |= UInt32(espeakSSML) }
        let clean = Self.printable(text)
        let status = espeak_Synth(
            clean, clean.utf8.count + 1, 0, POS_CHARACTER, 0, flags, nil, nil)
        espeak_SetPhonemeTrace(0, nil)
        fclose(stream)
        defer { free(traceText) }
        var result = Self.collected
        if parameters.ssml {
            // SSML may have switched the voice, and leaves say-as on: a plain text resets it.
            state.currentVoice = nil
            espeak_Synth(" ", 2, 0, POS_CHARACTER, 0, UInt32(espeakCHARS_UTF8), nil, nil)
        }
        guard status == EE_OK else {
            throw AvatariumError(
                .ttsFailed, "espeak-ng failed with status \(status.rawValue); try a shorter text",
                context: ["provider": "espeak", "status": "\(status.rawValue)"])
        }
        Self.collected = ESpeakResult()
        if let traceText { result.trace = String(cString: traceText) }
        return result
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
