import ArgumentParser
import Avatarium
import Foundation

/// Where the words come from: shared by `render` and `curves`.
struct SpeechInputOptions: ParsableArguments {
    @Argument(help: "What to say.")
    var text: String?

    @Option(help: ArgumentHelp("A UTF-8 file with what to say; - for standard input.", valueName: "file"))
    var textFile: String?

    @Flag(help: "The text is SSML.")
    var ssml = false

    @Option(
        help: ArgumentHelp(
            "Recorded speech instead of text: any audio or video file, up to an hour.", valueName: "file"))
    var audio: String?

    @Option(
        help: ArgumentHelp(
            "The recording's timings: our JSON, Rhubarb, TextGrid, Polly, Azure, ElevenLabs, ... (detected).",
            valueName: "file"))
    var timings: String?

    @Option(
        help: ArgumentHelp(
            "What the recording says, to be aligned with it. Without timings or transcript the sound is analysed.",
            valueName: "text"))
    var transcript: String?

    @Option(
        help: ArgumentHelp(
            "The recording's language, for its transcript (default: en-us) or for phone recognition.",
            valueName: "code"))
    var language: String?

    @Option(
        help: ArgumentHelp(
            "The voice that speaks the text; `avatarium voices` lists them.", valueName: "voice"))
    var voice: String?

    @Option(parsing: .unconditional, help: "Speaking rate, 1 = normal.")
    var rate: Double?

    @Option(parsing: .unconditional, help: "Pitch, 1 = normal.")
    var pitch: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Frames per second: 30, 29.97 or 30000/1001.", valueName: "rate"))
    var fps: String?

    @Option(parsing: .unconditional, help: "Seed of blinks, gaze and head motion.")
    var seed: UInt64?

    @Flag(help: "No blinks, gaze or head motion: the mouth alone.")
    var noIdle = false

    @Option(
        help: ArgumentHelp(
            "An emotion, with strength 0 to 1: happy, sad, angry, surprised, disgusted, afraid, relaxed.",
            valueName: "name[=strength]"))
    var emotion: [String] = []

    @Option(
        help: ArgumentHelp(
            "JSON track of emotions, gaze and gestures. Plain texts may carry marks too: [happy]Hi![/happy] [nod].",
            valueName: "file"))
    var performance: String?

    /// The request's half that concerns speech.
    func request() throws -> ClipRequest {
        var request = ClipRequest(text: text)
        if textFile == "-" {
            guard text == nil else {
                throw AvatariumError(
                    .invalidConfig, "TEXT and --text-file contradict each other: give one of them",
                    context: ["field": "textFile"])
            }
            let data = FileHandle.standardInput.readDataToEndOfFile()
            guard let read = String(data: data, encoding: .utf8) else {
                throw AvatariumError(
                    .validationError, "standard input is not UTF-8 text: convert it with iconv",
                    context: ["field": "text"])
            }
            request.text = read
        } else {
            request.textFile = textFile
        }
        request.ssml = ssml ? true : nil
        request.audio = audio
        request.timings = timings
        request.transcript = transcript
        request.voice = voice
        request.language = language
        request.rate = rate
        request.pitch = pitch
        request.fps = try fps.map { try parsed($0, FrameRate.init, "fps", "30, 29.97 or 30000/1001") }
        request.seed = seed
        request.idle = noIdle ? false : nil
        request.performance = performance
        request.emotions = emotion.isEmpty ? nil : try emotion.map(EmotionCue.init(option:))
        return request
    }
}

/// Reads an option's text, or says what it should have been.
func parsed<Value>(
    _ text: String, _ read: (String) -> Value?, _ field: String, _ examples: String
) throws -> Value {
    guard let value = read(text) else {
        throw AvatariumError(
            .invalidConfig, "--\(field) \(text) cannot be understood: write \(examples)",
            context: ["field": field])
    }
    return value
}

extension EmotionCue {
    /// Reads `happy` or `happy=0.6`.
    init(option: String) throws {
        guard let cue = EmotionCue(option) else {
            throw AvatariumError(
                .invalidConfig,
                "--emotion \(option) cannot be understood: write one of \(Emotion.names), with =0 to =1 for its "
                    + "strength",
                context: ["field": "emotions"])
        }
        self = cue
    }
}
