import AvatariumCore
import Foundation
import Phonetics
import Synchronization
import TimingFormats

/// Piper's neural voices, offline, in a helper process, with exact sample counts for every phoneme.
public struct PiperEngine: SpeechEngine {
    public init() {}

    public var name: String { "piper" }

    /// One process a voice, kept for the next text.
    private static let processes = Mutex<[String: PiperProcess]>([:])

    public func voices() async throws -> [Voice] {
        guard PiperInstallation.isInstalled else { return [] }
        return PiperInstallation.voiceNames.map { name in
            let language = name.prefix { $0 != "-" }.lowercased().replacing("_", with: "-")
            return Voice(
                id: "piper:\(name)", name: name, language: language, engine: "piper",
                note: "neural voice, offline")
        }
    }

    public func check(voice: String) throws {
        if PiperInstallation.isInstalled { _ = try Self.checkedModel(voice) }
    }

    public func voices(like name: String) -> [String] { PiperInstallation.voices(like: name) }

    /// Speaks sentence by sentence.
    public func speak(_ request: SpeechRequest, give: (Utterance) async throws -> Void) async throws {
        let options = request.options
        let process = try Self.process(for: bare(options.voice))
        var diagnostics: [Diagnostic] = []
        var plain = request.text.replacing("\0", with: " ")
        if options.ssml {
            plain = try SSMLDocument(plain).plainText
            diagnostics.append(
                Diagnostic(
                    .warning, "SSML_IGNORED",
                    "Piper does not support SSML; its elements were ignored"))
        }
        if options.pitch != 1 {
            diagnostics.append(
                Diagnostic(
                    .warning, "PITCH_IGNORED",
                    "Piper's voices have a fixed pitch; the pitch option was ignored"))
        }
        let language = try await process.language()
        diagnostics += try ReadableText(plain).diagnostics(voice: language, provider: name)
        for sentence in Sentences.split(plain) where sentence.contains(where: { $0.isLetter || $0.isNumber })
        {
            try Task.checkCancellation()
            // Piper has a libespeak-ng of its own, which overflows as the other does.
            let sent = ESpeakText(sentence, voice: language).sent
            let value = try await process.answer(
                .members([
                    "text": .string(sent),
                    "length_scale": .number(1 / options.rate, isInteger: false),
                    "volume": .number(options.volume, isInteger: false),
                ]), words: sent)
            let utterance = try Self.utterance(
                from: value, sentence: sentence, language: language, diagnostics: diagnostics)
            guard utterance.timeline.phones.contains(where: { !$0.isSilence }) else { continue }
            try await give(utterance)
        }
    }

    private static func utterance(
        from value: JSON, sentence: String, language: String, diagnostics: [Diagnostic]
    ) throws -> Utterance {
        let rate = min(192_000, max(8000, value["sample_rate"]?.int ?? 22_050))
        var audio = AudioBuffer(sampleRate: rate)
        var units: [SpelledUnit] = []
        for chunk in value["chunks"]?.array ?? [] {
            guard let text = chunk["audio"]?.string, let data = Data(base64Encoded: text),
                let names = chunk["phonemes"]?.array, let counts = chunk["samples"]?.array,
                names.count == counts.count
            else {
                throw AvatariumError(
                    .ttsFailed,
                    "Piper's response was incomplete; try again", retryAfter: 1000)
            }
            let bytes = [UInt8](data)
            for index in 0..<bytes.count / 2 {
                let sample = Int16(bitPattern: UInt16(bytes[2 * index]) | UInt16(bytes[2 * index + 1]) << 8)
                audio.samples.append(Float(sample) / 32_768)
            }
            for (name, count) in zip(names, counts) {
                units.append(
                    SpelledUnit(symbol: name.string ?? " ", seconds: max(0, count.double ?? 0) / Double(rate))
                )
            }
        }
        var phones = SpelledUnit.phones(units, alphabet: .ipa)
        let words = try WordAssignment.assign(
            sentence, to: &phones, language: language, pronouncer: ESpeakPronouncer())
        return Utterance(
            audio: audio, timeline: PhoneTimeline(phones: phones, words: words, source: "piper"),
            diagnostics: diagnostics)
    }

    /// How to install Piper, for messages.
    public static let installation =
        "run scripts/install-piper (in a package: libexec/avatarium/install-piper)"

    /// The id of the first installed English voice.
    public static var englishVoice: String? {
        guard PiperInstallation.isInstalled else { return nil }
        return PiperInstallation.voiceNames.first { $0.hasPrefix("en_") }.map { "piper:\($0)" }
    }

    /// The model's path and its process.
    private static func process(for voice: String) throws -> PiperProcess {
        guard PiperInstallation.isInstalled else {
            throw AvatariumError(
                .speechEngineMissing,
                "Piper is not installed here; \(installation), or use --voice espeak:en-us",
                context: ["provider": "piper", "path": PiperInstallation.folder])
        }
        let model = try checkedModel(voice)
        return processes.withLock { processes in
            if let running = processes[model] { return running }
            let process = PiperProcess(model: model, python: PiperInstallation.python)
            processes[model] = process
            return process
        }
    }

    /// The voice file of `"en_US-joe-medium"`, of a path, or of nothing (the first voice installed).
    /// - Throws: E034 with near names.
    static func checkedModel(_ name: String) throws -> String {
        let names = PiperInstallation.voiceNames
        if name.contains("/") || name.hasSuffix(".onnx") {
            let path = URL(filePath: name).path
            if FileManager.default.isReadableFile(atPath: path),
                FileManager.default.isReadableFile(atPath: path + ".json")
            {
                return path
            }
        } else if let chosen = name.isEmpty
            ? names.first : names.first(where: { $0.lowercased() == name.lowercased() })
        {
            return "\(PiperInstallation.folder)/voices/\(chosen).onnx"
        }
        let parts = PiperInstallation.voices(like: name)
        let near = parts.isEmpty ? NearMatches.of(name.lowercased(), in: names) : parts
        throw AvatariumError(
            .ttsVoiceNotFound,
            "Piper has no voice '\(name.quotedForMessage())'; "
                + (near.isEmpty
                    ? "give a .onnx file with its .onnx.json beside it, or one of: \(names.joined(separator: ", "))"
                    : "did you mean \(near.joined(separator: ", "))?"),
            context: [
                "voice": name.quotedForMessage(), "provider": "piper",
                "suggestions": near.joined(separator: ","),
            ])
    }
}
