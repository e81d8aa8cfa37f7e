import AvatariumCore
import CESpeak
import Glibc
import Synchronization

/// A private copy of libespeak-ng in its first state, for one thread at a time; see `CESpeak.h` for why.
final class ESpeakCopy: @unchecked Sendable {
    private let copy: OpaquePointer

    private static let opening = Mutex(())

    /// - Throws: E084 where the library or its data is missing, E031 where memory is short.
    init() throws {
        var copy: OpaquePointer?
        let status = Self.opening.withLock { _ in avatarium_espeak_open(&copy) }
        guard status == AVATARIUM_ESPEAK_OK, let copy else { throw Self.error(status) }
        self.copy = copy
    }

    deinit { avatarium_espeak_close(copy) }

    /// False where there is no such voice. To be called once.
    func setVoice(_ name: String) -> Bool { avatarium_espeak_set_voice(copy, name) == 1 }

    private final class Collector { var result = ESpeakResult() }

    /// Speaks a text without control characters.
    /// - Throws: E031 where the library gives up.
    func speak(_ text: String, _ parameters: ESpeakLibrary.Parameters) throws -> ESpeakResult {
        let collector = Collector()
        var trace: UnsafeMutablePointer<CChar>?
        let status = avatarium_espeak_speak(
            copy, text,
            avatarium_espeak_parameters(
                words_per_minute: parameters.wordsPerMinute, pitch: parameters.pitch,
                volume: parameters.volume, ssml: parameters.ssml ? 1 : 0),
            { context, samples, count, events in
                guard let context else { return }
                let collector = Unmanaged<Collector>.fromOpaque(context).takeUnretainedValue()
                ESpeakCopy.collect(samples, count, events, in: &collector.result)
            }, Unmanaged.passUnretained(collector).toOpaque(), &trace)
        defer { free(trace) }
        guard status == 0 else {
            throw AvatariumError(
                .ttsFailed, "espeak-ng failed with status \(status); try a shorter text",
                context: ["provider": "espeak", "status": "\(status)"])
        }
        var result = collector.result
        if let trace { result.trace = String(cString: trace) }
        return result
    }

    private static func collect(
        _ samples: UnsafePointer<Int16>?, _ count: Int32, _ events: UnsafePointer<espeak_EVENT>?,
        in result: inout ESpeakResult
    ) {
        if let samples, count > 0 {
            result.samples.append(contentsOf: UnsafeBufferPointer(start: samples, count: Int(count)))
        }
        guard var event = events else { return }
        while event.pointee.type != espeakEVENT_LIST_TERMINATED {
            let sample = Int(event.pointee.sample)
            if event.pointee.type == espeakEVENT_WORD {
                result.events.append(
                    ESpeakEvent(
                        kind: .word(
                            position: Int(event.pointee.text_position), length: Int(event.pointee.length)),
                        sample: sample))
            } else if event.pointee.type == espeakEVENT_PHONEME {
                let name = withUnsafeBytes(of: event.pointee.id.string) { Array($0.prefix { $0 != 0 }) }
                result.events.append(ESpeakEvent(kind: .phone(name), sample: sample))
            }
            event += 1
        }
    }

    /// Of a text without control characters: a string a clause.
    func phonemes(of text: String) -> [String] {
        text.withCString { start in
            var clauses: [String] = []
            var position: UnsafeRawPointer? = UnsafeRawPointer(start)
            while position != nil {
                guard let clause = avatarium_espeak_phonemes(copy, &position) else { break }
                clauses.append(String(cString: clause))
            }
            return clauses
        }
    }

    func voices() -> [Voice] {
        guard var entry = avatarium_espeak_voices(copy) else { return [] }
        var voices: [Voice] = []
        while let voice = entry.pointee?.pointee {
            entry += 1
            guard let name = voice.name, let languages = voice.languages,
                let identifier = voice.identifier, !String(cString: identifier).hasPrefix("mb/")
            else { continue }
            let language = String(cString: languages + 1)
            // A second voice of a language (Cantonese has two) cannot be asked for by it.
            if voices.contains(where: { $0.language == language }) { continue }
            voices.append(
                Voice(
                    id: "espeak:\(language)", name: String(cString: name), language: language,
                    gender: voice.gender == 1 ? "male" : voice.gender == 2 ? "female" : nil,
                    engine: "espeak"))
        }
        return voices
    }

    private static func error(_ status: avatarium_espeak_status) -> AvatariumError {
        switch status {
        case AVATARIUM_ESPEAK_NO_LIBRARY:
            AvatariumError(
                .speechEngineMissing,
                "libespeak-ng.so.1 could not be loaded; install the package libespeak-ng1",
                context: ["provider": "espeak"])
        case AVATARIUM_ESPEAK_NO_DATA:
            AvatariumError(
                .speechEngineMissing,
                "espeak-ng's voice data could not be loaded; install the package espeak-ng-data, or set "
                    + "ESPEAK_DATA_PATH to the folder that holds espeak-ng-data",
                context: ["provider": "espeak"])
        default:
            AvatariumError(
                .ttsFailed, "espeak-ng could not be started; free some memory or file descriptors",
                context: ["provider": "espeak"])
        }
    }
}
