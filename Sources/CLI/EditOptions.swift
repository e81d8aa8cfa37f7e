import ArgumentParser
import Avatarium
import AvatariumCore
import Foundation

/// Options of what is laid around a clip, and of how it is compressed.
struct EditOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Captions: soft (a track), burn (into the picture), or a .vtt, .srt or .ass file. Can be repeated.",
            valueName: "place"))
    var captions: [CaptionPlace] = []

    @Option(
        help: ArgumentHelp(
            "Style of burnt-in captions: font, size (% of the frame height), color, outline, box, highlight (the word "
                + "being spoken), position.", valueName: "key=value,..."),
        transform: { text in try Parts.plainly { try CaptionStyle(text) } }
    )
    var captionStyle: CaptionStyle?

    @Option(
        help: ArgumentHelp(
            "An image or video over the clip: 'logo.png place=top-right size=0.2 start=1 end=4 opacity=0.8 "
                + "loop=false'. Can be repeated.", valueName: "file ..."),
        transform: { text in try Parts.plainly { try Parts.decode(Overlay.self, text, main: "file") } })
    var overlay: [Overlay] = []

    @Option(
        help: ArgumentHelp(
            "Music under the speech: 'bed.mp3 level=-14 duck=10 fade=1 loop=true' (decibels, seconds).",
            valueName: "file ..."),
        transform: { text in try Parts.plainly { try Parts.decode(Music.self, text, main: "file") } })
    var music: Music?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Seconds before and after the speech: 0.5 or 0.5,1.", valueName: "seconds"))
    var pad: ClipEdit.Edges?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Seconds over which picture and audio fade in and out: 0.5 or 0.5,1.", valueName: "seconds"))
    var fade: ClipEdit.Edges?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Normalises the loudness of the speech, -40 to -8: -23 for broadcast (EBU R 128), -16 for podcasts.",
            valueName: "LUFS"))
    var loudness: Double?

    @Flag(help: "Plays a video background once and then holds its last frame.")
    var backgroundOnce = false

    @Option(
        help: ArgumentHelp(
            "Also writes a PNG of the first frame that is not affected by a fade.", valueName: "file"))
    var poster: String?

    @Option(
        help: ArgumentHelp(
            "One of the model's own animations, by name or number: 'Wave start=1 loop=false'. Can be repeated.",
            valueName: "name ..."),
        transform: { text in try Parts.plainly { try Parts.decode(AnimationCue.self, text, main: "name") } })
    var animation: [AnimationCue] = []

    @Option(
        help: ArgumentHelp(
            "A speaker in a dialogue: 'ADA avatar=ada voice=en-gb'. Repeat it for each speaker, from left to right; "
                + "write the text as 'ADA: Hello. KIT: Hi!'.", valueName: "name ..."),
        transform: { text in try Parts.plainly { try Parts.decode(CastMember.self, text, main: "name") } })
    var cast: [CastMember] = []

    @Option(help: ArgumentHelp("Video codec (default: that of the output format).", valueName: "name"))
    var codec: VideoCodec?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Constant rate factor, lower is better: 0 to 51 (h264, hevc) or 63 (av1, vp9).", valueName: "n"))
    var crf: Int?

    @Option(help: ArgumentHelp("Video bit rate in bits per second: 800k, 2.5M.", valueName: "rate"))
    var bitrate: BitRate?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Maximum number of frames between keyframes, 1 to 10000.", valueName: "frames"))
    var gop: Int?

    func apply(to request: inout ClipRequest) {
        request.edit.captions = captions
        request.edit.captionStyle = captionStyle ?? request.edit.captionStyle
        request.edit.overlays = overlay
        request.edit.music = music
        request.edit.pad = pad ?? request.edit.pad
        request.edit.fade = fade ?? request.edit.fade
        request.edit.loudness = loudness
        request.edit.backgroundLoop = !backgroundOnce
        request.edit.poster = poster
        request.animation = animation.isEmpty ? nil : animation
        request.cast = cast.isEmpty ? nil : cast
        request.encoding = EncodingOptions(codec: codec, crf: crf, bitrate: bitrate, gop: gop)
    }
}

/// A name and what follows it: `my logo.png place=top-right size=0.2`.
enum Parts {
    /// Reads a value by its JSON form, with the name in the field `main`.
    /// - Throws: E071 with the decoder's reason.
    static func decode<Value: Decodable>(_ type: Value.Type, _ text: String, main: String) throws -> Value {
        var words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        var fields: [String: Any] = [:]
        while let last = words.last, let equals = last.firstIndex(of: "="), equals > last.startIndex,
            last[..<equals].allSatisfy({ $0.isLetter && $0.isASCII })
        {
            fields[String(last[..<equals])] = value(String(last[last.index(after: equals)...]))
            words.removeLast()
        }
        fields[main] = words.joined(separator: " ").trimmingCharacters(in: .whitespaces)
        do {
            return try JSONDecoder().decode(Value.self, from: JSONSerialization.data(withJSONObject: fields))
        } catch let error as DecodingError {
            throw error.validationError("'\(text.quotedForMessage(limit: 200))' cannot be used")
        }
    }

    /// Runs a transformation of an option. The parser puts the error's description into its own message, which has a code.
    static func plainly<Value>(_ transform: () throws -> Value) throws -> Value {
        do { return try transform() } catch let error as AvatariumError {
            throw ValidationError(error.message)
        }
    }

    /// A number, a truth value, two numbers with a comma between them, or a text.
    private static func value(_ text: String) -> Any {
        if let number = Double(text), number.isFinite { return number }
        if text == "true" || text == "false" { return text == "true" }
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
        if parts.count == 2, let x = parts[0], let y = parts[1], x.isFinite, y.isFinite { return [x, y] }
        return text
    }
}
