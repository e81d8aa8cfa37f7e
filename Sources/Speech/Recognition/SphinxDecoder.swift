import AvatariumCore
import CPocketSphinx
import Glibc
import Synchronization

/// One libpocketsphinx decoder with its configuration; not shared between threads.
final class SphinxDecoder {
    /// Frames a second of the English model.
    static let framesPerSecond = 100.0
    static let sampleRate = 16_000

    /// Where Debian's package pocketsphinx-en-us puts its model; `AVATARIUM_SPHINX_MODEL` names another folder.
    static var modelFolder: String {
        if let folder = getenv("AVATARIUM_SPHINX_MODEL") { return String(cString: folder) }
        return "/usr/share/pocketsphinx/model/en-us"
    }

    static var isInstalled: Bool { access("\(modelFolder)/en-us/mdef", R_OK) == 0 }

    private let decoder: OpaquePointer

    private static let lock = Mutex(())

    /// Runs one decoder at a time: sphinxbase keeps its log and its grammar parser in globals.
    static func alone<Value>(_ body: () throws -> Value) rethrows -> Value {
        try lock.withLock { _ in try body() }
    }

    struct Segment {
        var word: String
        var start: Double
        var end: Double
        /// The sum of its frames' acoustic scores, each relative to the best state of the model in that frame.
        var score: Double
    }

    /// - Parameter options: of libpocketsphinx, with their dashes, beside the acoustic model's.
    /// - Throws: E081 where the model is not installed, E092 where the library refuses the options.
    init(options: [(String, String)]) throws {
        guard Self.isInstalled else {
            throw AvatariumError(
                .hostRequirementMissing,
                "the English acoustic model is not installed; install the package pocketsphinx-en-us, or give "
                    + "timings with the audio",
                context: ["path": Self.modelFolder])
        }
        err_set_logfp(nil)
        let all = [("-hmm", "\(Self.modelFolder)/en-us"), ("-logfn", "/dev/null")] + options
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("avatarium")]
        for (name, value) in all { arguments += [strdup(name), strdup(value)] }
        defer { for argument in arguments { free(argument) } }
        let config = cmd_ln_parse_r(nil, ps_args(), Int32(arguments.count), &arguments, 0)
        guard let config else {
            throw AvatariumError(.internalError, "libpocketsphinx refused its options")
        }
        defer { cmd_ln_free_r(config) }
        guard let decoder = ps_init(config) else {
            throw AvatariumError(
                .hostRequirementMissing,
                "libpocketsphinx could not load its model; reinstall pocketsphinx-en-us",
                context: ["path": Self.modelFolder])
        }
        self.decoder = decoder
    }

    deinit { ps_free(decoder) }

    /// Searches by a grammar in JSGF.
    func useGrammar(_ jsgf: String) throws {
        guard ps_set_jsgf_string(decoder, "align", jsgf) == 0, ps_set_search(decoder, "align") == 0 else {
            throw AvatariumError(.internalError, "libpocketsphinx refused the grammar of the text")
        }
    }

    /// Decodes a whole recording at 16 kHz; empty where no path was found.
    func decode(_ audio: AudioBuffer) -> [Segment] {
        let samples = audio.samples.map { Int16(max(-32_768, min(32_767, ($0 * 32_767).rounded()))) }
        guard ps_start_utt(decoder) == 0 else { return [] }
        ps_process_raw(decoder, samples, samples.count, 0, 1)
        ps_end_utt(decoder)
        var segments: [Segment] = []
        var iterator = ps_seg_iter(decoder)
        while let segment = iterator {
            var (first, last): (Int32, Int32) = (0, 0)
            ps_seg_frames(segment, &first, &last)
            var (acoustic, language, backoff): (Int32, Int32, Int32) = (0, 0, 0)
            ps_seg_prob(segment, &acoustic, &language, &backoff)
            if let word = ps_seg_word(segment), last >= first {
                segments.append(
                    Segment(
                        word: String(cString: word), start: Double(first) / Self.framesPerSecond,
                        end: Double(last + 1) / Self.framesPerSecond, score: Double(acoustic)))
            }
            iterator = ps_seg_next(segment)
        }
        return segments
    }
}
