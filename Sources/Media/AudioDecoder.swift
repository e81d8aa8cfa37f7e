import AvatariumCore
import CAV

/// Reads any audio that libav knows into mono samples.
///
/// The best audio stream is taken, from files with pictures too; its channels are mixed down, and the silence
/// that an encoder added at the start and end is removed where the file says how much it is.
public enum AudioDecoder {
    /// The longest audio taken, in seconds: four hours.
    public static let maximumSeconds = 4.0 * 3600
    /// The share of damaged packets above which audio is refused rather than used with a warning.
    static let damageLimit = 0.02

    /// Decodes a file.
    ///
    /// - Parameters:
    ///   - sampleRate: samples per second of the result, 4000...384000; nil keeps the file's own.
    ///   - report: called with what was wrong with audio that was used nevertheless.
    /// - Throws: E033 with `context["path"]` and `context["rule"]` (`io`, `not-audio`, `no-audio-stream`,
    ///   `unsupported-codec`, `empty`, `damaged`, `truncated`, `too-long`, `sample-rate`); E071 for a bad `sampleRate`.
    public static func decode(
        path: String, sampleRate: Int? = nil, report: (Diagnostic) -> Void = { _ in }
    ) throws -> AudioBuffer {
        let source: InputSource
        do throws(Errno) {
            source = try InputSource(path: path)
        } catch {
            throw AvatariumError(
                .ttsAudioDecodeFailed,
                "Cannot read the audio file \(path): \(LibAV.systemWords(error.rawValue)). "
                    + "Check the path and its permissions.",
                context: ["path": path, "rule": "io"], systemError: error)
        }
        return try decode(source, name: path, sampleRate: sampleRate, report: report)
    }

    /// Decodes a file that is in memory already; otherwise as `decode(path:)`.
    public static func decode(
        bytes: [UInt8], sampleRate: Int? = nil, report: (Diagnostic) -> Void = { _ in }
    ) throws -> AudioBuffer {
        try decode(InputSource(bytes: bytes), name: nil, sampleRate: sampleRate, report: report)
    }

    /// Samples per second that a file may have and the result may be asked in.
    static let sampleRates = 4000...384_000

    private static func decode(
        _ source: InputSource, name: String?, sampleRate: Int?, report: (Diagnostic) -> Void
    ) throws -> AudioBuffer {
        if let sampleRate, !sampleRates.contains(sampleRate) {
            throw AvatariumError(
                .invalidConfig, "A sample rate of \(sampleRate) Hz is out of range; use 4000...384000.",
                context: ["field": "sampleRate"])
        }
        let session = try Session(source, name: name, sampleRate: sampleRate)
        try session.run()
        return try session.result(report)
    }
}
