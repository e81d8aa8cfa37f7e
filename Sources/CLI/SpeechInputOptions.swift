import ArgumentParser
import Avatarium
import AvatariumCore
import Foundation

/// Options of the speech and the acting, shared by `render` and `curves`.
struct SpeechInputOptions: ParsableArguments {
    @Argument(help: "The text to speak.")
    var text: String?

    @Option(
        help: ArgumentHelp("A UTF-8 file with the text to speak; - for standard input.", valueName: "file"))
    var textFile: String?

    @Flag(help: "The text is SSML.")
    var ssml = false

    @Option(
        help: ArgumentHelp(
            "Recorded speech instead of text: any audio or video file, up to an hour long.", valueName: "file"
        ))
    var audio: String?

    @Option(
        help: ArgumentHelp(
            "The recording's timings: Avatarium JSON, Rhubarb, TextGrid, Polly, Azure, ElevenLabs ... (detected).",
            valueName: "file"))
    var timings: String?

    @Option(
        help: ArgumentHelp(
            "The speaker, channel or tier to use, if the timings have several (default: all, in order of time).",
            valueName: "name"))
    var speaker: String?

    @Option(
        help: ArgumentHelp(
            "The transcript, to be aligned with the recording. Without timings or transcript the audio is analysed.",
            valueName: "text"))
    var transcript: String?

    @Option(
        help: ArgumentHelp(
            "The language of the recording, for its transcript (default: en-us) or for phone recognition.",
            valueName: "code"))
    var language: String?

    @Option(
        help: ArgumentHelp(
            "The voice for the text; `avatarium voices` lists all (default: an English Piper voice if one is "
                + "installed, else espeak:en-us).",
            valueName: "voice"))
    var voice: String?

    @Option(parsing: .unconditional, help: "Speaking rate, 0.25 to 4 (default: 1, the voice's own).")
    var rate: Double?

    @Option(parsing: .unconditional, help: "Pitch, 0 to 2 (default: 1, the voice's own).")
    var pitch: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Frames per second: 30, 29.97 or 30000/1001 (default: \(FrameRate.fps30)).", valueName: "rate"))
    var fps: FrameRate?

    @Option(parsing: .unconditional, help: "Seed of blinks, gaze and head motion (default: 0).")
    var seed: UInt64?

    @Flag(
        help:
            "Moves only the mouth: no blinks, gaze, breathing, head motion or gestures; arms as in the file.")
    var noIdle = false

    @Option(
        help: ArgumentHelp(
            "Beat gestures on stressed words when the hands are in view (--camera waist or body): auto or off "
                + "(default: auto). Marks such as [wave] work in both modes.", valueName: "mode"))
    var gestures: GestureMode?

    @Option(
        help: ArgumentHelp(
            "An emotion, with strength 0 to 1: \(Emotion.names). Can be repeated.",
            valueName: "name[=strength]"))
    var emotion: [EmotionCue] = []

    @Option(
        help: ArgumentHelp(
            "JSON track of emotions, gaze and gestures. Plain text can also contain marks: [happy]Hi![/happy] "
                + "[nod] [wave].",
            valueName: "file"))
    var performance: String?

    /// The request's half that concerns speech.
    func request() throws -> ClipRequest {
        if [text, textFile, audio, timings].allSatisfy({ $0 == nil }) {
            throw AvatariumError(
                .missingRequiredField,
                "nothing to speak; give a text in quotes, --text-file FILE (- for standard input) or --audio FILE",
                context: ["field": "text"])
        }
        var request = ClipRequest(text: text)
        if textFile == "-" {
            guard text == nil else {
                throw AvatariumError(
                    .invalidConfig, "TEXT and --text-file cannot be combined; give only one",
                    context: ["field": "textFile"])
            }
            request.text = try Self.readStandardInput()
        } else {
            request.textFile = textFile
        }
        request.ssml = ssml ? true : nil
        request.audio = audio
        request.timings = timings
        request.speaker = speaker
        request.transcript = transcript
        request.voice = voice
        request.language = language
        request.rate = rate
        request.pitch = pitch
        request.fps = fps
        request.seed = seed
        request.idle = noIdle ? false : nil
        request.gestures = gestures
        request.performance = performance.map(PerformanceTrack.file)
        request.emotions = emotion.isEmpty ? nil : emotion
        return request
    }

    /// Resolves the request, and lets the host's best voice speak a text for which none is named.
    /// - Throws: As `ClipPlan` does.
    static func plan(_ request: ClipRequest, drawing: Bool = true) throws -> ClipPlan {
        var plan = try ClipPlan(request, drawing: drawing)
        // Piper knows no SSML.
        if case .text(let text, var options) = plan.source, options.voice == nil, !options.ssml {
            options.voice = VoiceCatalog.best(for: text)
            plan.source = .text(text, options)
        }
        return plan
    }

    private static func readStandardInput() throws -> String {
        let limit = InputLimits.textBytes
        let data = try FileHandle.standardInput.read(upToCount: limit + 1) ?? Data()
        guard data.count <= limit else {
            throw AvatariumError(
                .validationError, "the text on standard input is larger than \(limit >> 20) MB; split it",
                context: ["field": "text"])
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw AvatariumError(
                .validationError, "standard input is not UTF-8 text; convert it with iconv",
                context: ["field": "text"])
        }
        return text
    }
}
