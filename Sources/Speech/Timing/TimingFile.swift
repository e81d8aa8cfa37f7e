import AvatariumCore

/// What a timing file holds.
public enum TimingContent: Sendable, Equatable {
    /// Sounds with their times, or classes of sounds.
    case phones(PhoneTimeline)
    /// A ready-made performance of the face.
    case curves(FaceTrack)
}

/// Reads timings of any known form; the form is found from the content, never from the name alone.
public struct TimingFile {
    /// Files larger than this many bytes are refused.
    public static let maximumSize = 256 << 20

    /// Reads a timing file.
    /// - Parameters:
    ///   - name: The file's name, for messages and as a hint where two forms look alike.
    ///   - audioDurationSeconds: The length of the audio, where there is any: nothing may lie more than 0.1 s
    ///     past it, and it closes the last sound of forms without durations.
    ///   - language: The language (an espeak-ng voice) by which forms that hold only words or characters are
    ///     pronounced; nil takes the file's own, else `en-us`.
    /// - Throws: E093 with `context["line"]` or a JSON pointer in `context["field"]`; E034 for an unknown language.
    public static func read(
        _ bytes: [UInt8], name: String, audioDurationSeconds: Double?, language: String? = nil
    ) throws -> TimingContent {
        let source = TimingSource(
            name: name, audioDuration: audioDurationSeconds,
            language: try language.map { try ESpeakEngine.checkedVoice($0) })
        do {
            guard bytes.count <= maximumSize else {
                throw source.error("the file is larger than \(maximumSize >> 20) MB; split it")
            }
            let text = try TimingText.decode(bytes, source)
            let content =
                try JSONTimings.read(text, source) ?? TextTimings.read(text, source)
            guard let content else {
                throw source.error(
                    "its form is not known; give Avatarium's own JSON, Rhubarb, TextGrid, HTK labels, Polly, "
                        + "Azure, ElevenLabs or another form of the table in the docs (and not audio)")
            }
            return content
        } catch let error as AvatariumError {
            throw error.adding(context: ["path": name])
        }
    }
}

/// What a reader needs to know besides the text.
struct TimingSource: Sendable {
    var name: String
    var audioDuration: Double?
    var language: String?

    /// An E093 that names the file.
    func error(_ message: String, at place: TimingPlace? = nil, cause: (any Error)? = nil) -> AvatariumError {
        var context: [String: String] = [:]
        var spot = ""
        switch place {
        case .line(let line):
            context["line"] = "\(line)"
            spot = "line \(line): "
        case .pointer(let pointer):
            context["field"] = pointer
            spot = "\(pointer.isEmpty ? "/" : pointer): "
        case nil: context["field"] = "timings"
        }
        return AvatariumError(
            .validationError, "timing file \(name): \(spot)\(message)", context: context, cause: cause)
    }
}

/// Where in a timing file something stands.
enum TimingPlace: Sendable, Equatable {
    case line(Int)
    /// A JSON pointer; in JSON lines the line comes first: `/3/time`.
    case pointer(String)
}

/// A timing file's bytes as text.
enum TimingText {
    /// Decodes UTF-8 and UTF-16 of both orders, with or without a byte order mark, any line ends.
    static func decode(_ bytes: [UInt8], _ source: TimingSource) throws -> String {
        guard !bytes.isEmpty else { throw source.error("it is empty; give a file with timings") }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return try utf8(bytes.dropFirst(3), source) }
        if bytes.starts(with: [0xFE, 0xFF]) { return utf16(bytes.dropFirst(2), bigEndian: true) }
        if bytes.starts(with: [0xFF, 0xFE]) { return utf16(bytes.dropFirst(2), bigEndian: false) }
        if bytes.count >= 4, bytes[0] == 0, bytes[1] != 0, bytes[2] == 0 {
            return utf16(bytes[...], bigEndian: true)
        }
        if bytes.count >= 4, bytes[0] != 0, bytes[1] == 0, bytes[3] == 0 {
            return utf16(bytes[...], bigEndian: false)
        }
        return try utf8(bytes[...], source)
    }

    private static func utf8(_ bytes: ArraySlice<UInt8>, _ source: TimingSource) throws -> String {
        guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
            throw source.error("it is not text; give a timing file in UTF-8 or UTF-16")
        }
        return unified(text)
    }

    private static func utf16(_ bytes: ArraySlice<UInt8>, bigEndian: Bool) -> String {
        var units: [UInt16] = []
        units.reserveCapacity(bytes.count / 2)
        var index = bytes.startIndex
        while index + 1 < bytes.endIndex {
            let (a, b) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
            units.append(bigEndian ? a << 8 | b : b << 8 | a)
            index += 2
        }
        return unified(String(decoding: units, as: UTF16.self))
    }

    /// Line ends as `\n`.
    private static func unified(_ text: String) -> String {
        guard text.utf8.contains(0x0D) else { return text }
        var out = String.UnicodeScalarView()
        var afterReturn = false
        for scalar in text.unicodeScalars {
            if scalar == "\r" {
                out.append("\n")
            } else if !(scalar == "\n" && afterReturn) {
                out.append(scalar)
            }
            afterReturn = scalar == "\r"
        }
        return String(out)
    }
}
