import AvatariumCore
import CAV

/// Decodes any audio that libav supports to mono samples.
///
/// The best audio stream is used, also of video files. Its channels are mixed down, and the silence that an
/// encoder added at the start and end is removed if the file states its length.
public enum AudioDecoder {
    /// The longest audio that is accepted, in seconds: one hour, at most 700 MB at 48 kHz.
    public static let maximumSeconds = 3600.0
    /// Audio of more samples per second is resampled to this rate while it is decoded.
    public static let maximumRate = 48_000
    /// Samples per second that a file may have and the result may be asked in.
    static let sampleRates = 4000...384_000
    /// The share of damaged packets above which audio is refused rather than used with a warning.
    static let damageLimit = 0.02

    /// Decodes a file.
    ///
    /// - Parameters:
    ///   - sampleRate: Samples per second of the result, 4000...384000; nil keeps the file's own, up to 48000.
    ///   - seconds: The required duration; decoding stops soon after it. Nil decodes everything.
    ///   - report: Called with problems of audio that was used nevertheless.
    /// - Throws: E033 with `context["path"]` and `context["rule"]` (`io`, `not-audio`, `no-audio-stream`,
    ///   `unsupported-codec`, `empty`, `damaged`, `truncated`, `too-long`, `sample-rate`); E071 for a bad `sampleRate`;
    ///   `CancellationError` between two packets when the task is cancelled.
    public static func decode(
        path: String, sampleRate: Int? = nil, upTo seconds: Double? = nil,
        report: (Diagnostic) -> Void = { _ in }
    ) throws -> AudioBuffer {
        let origin: InputSource.Origin
        do throws(RegularFile.Failure) {
            origin = try InputSource.Origin(path: path)
        } catch {
            throw AvatariumError(
                .ttsAudioDecodeFailed,
                "the audio file '\(path.quotedForMessage(limit: 300))' \(error); \(error.remedy)",
                context: ["path": path, "rule": "io"], systemError: error.systemError)
        }
        return try decode(origin, name: path, sampleRate: sampleRate, upTo: seconds, report: report)
    }

    /// Decodes a file in memory, like `decode(path:)`.
    public static func decode(
        bytes: [UInt8], sampleRate: Int? = nil, report: (Diagnostic) -> Void = { _ in }
    ) throws -> AudioBuffer {
        try decode(
            InputSource.Origin(bytes: bytes), name: nil, sampleRate: sampleRate, upTo: nil, report: report)
    }

    private static func decode(
        _ origin: InputSource.Origin, name: String?, sampleRate: Int?, upTo seconds: Double?,
        report: (Diagnostic) -> Void
    ) throws -> AudioBuffer {
        if let sampleRate, !sampleRates.contains(sampleRate) {
            throw AvatariumError(
                .invalidConfig, "a sample rate of \(sampleRate) Hz is out of range; use 4000...384000",
                context: ["field": "sampleRate"])
        }
        let parts = WAVParts(origin).parts
        var found = try decode(origin, parts, name, sampleRate, upTo: seconds, turning: [])
        let turned = found.levels.oppositeChannels
        if !turned.isEmpty {
            found = try decode(origin, parts, name, sampleRate, upTo: seconds, turning: turned)
            let names = turned.sorted().map { "\($0 + 1)" }.joined(separator: ", ")
            found.diagnostics.append(
                Diagnostic(
                    .warning, "AUDIO_CHANNELS_OPPOSITE",
                    "channels have opposite polarity and would cancel each other out; "
                        + "\(turned.count == 1 ? "channel" : "channels") "
                        + "\(names) of \(found.levels.channelCount) \(turned.count == 1 ? "was" : "were") "
                        + "inverted"
                ))
        }
        found.diagnostics.forEach(report)
        return AudioBuffer(sampleRate: found.rate, samples: found.samples)
    }

    private struct Decoded {
        var samples: [Float] = []
        var rate = 0
        var levels = ChannelLevels()
        var diagnostics: [Diagnostic] = []
    }

    private static func decode(
        _ origin: InputSource.Origin, _ parts: [WAVParts.Part], _ name: String?, _ sampleRate: Int?,
        upTo seconds: Double?, turning turned: Set<Int>
    ) throws -> Decoded {
        var out = Decoded()
        for part in parts {
            let rest = seconds.map { $0 - Double(out.samples.count) / Double(max(1, out.rate)) }
            if let rest, rest < 0 { break }
            let session = try Session(
                InputSource(origin, range: part.range), header: part.header,
                isExtensible: WAVParts.isExtensible(origin, at: part.range.lowerBound), name: name,
                sampleRate: out.rate > 0 ? out.rate : sampleRate, upTo: rest, turning: turned)
            let audio = try session.result()
            out.rate = audio.sampleRate
            if out.samples.isEmpty { out.samples = audio.samples } else { out.samples += audio.samples }
            out.levels.add(session.levels)
            out.diagnostics += session.diagnostics.filter { !out.diagnostics.contains($0) }
            guard Double(out.samples.count) <= maximumSeconds * Double(out.rate) else {
                throw Session.tooLong(name)
            }
        }
        return out
    }
}
