import AvatariumCore
import Foundation

/// A recording with its phones and the lips measured from video.
struct MeasuredClip {
    var id: String
    var folder: String
    var timeline: PhoneTimeline
    var durationSeconds: Double
    /// Seconds on the clock of the audio: the set's own offset between picture and sound is taken out.
    var times: [Double]
    /// 0...1 of the speaker's range in this clip.
    var aperture: [Double]

    /// From the first sound to the last, and 150 ms around them.
    var speech: ClosedRange<Double> {
        let sounds = timeline.phones.filter { !$0.isSilence }
        let start = sounds.first?.start ?? 0
        return (start - 0.15)...max(start, (sounds.last?.end ?? start) + 0.15)
    }

    static func clips(inFolder folder: String) throws -> [MeasuredClip] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        return try names.compactMap { name in
            let path = folder + "/" + name
            let files = FileManager.default
            guard files.fileExists(atPath: path + "/timing.json"),
                files.fileExists(atPath: path + "/curves.csv")
            else { return nil }
            return try MeasuredClip(folder: path)
        }
    }

    private struct Timing: Decodable {
        struct Sound: Decodable {
            var start: Double
            var end: Double
            var phone: String
        }
        var id: String?
        var phones: [Sound]
        var av_offset_s: Double?
    }

    init(folder: String) throws {
        let timing = try JSONDecoder().decode(
            Timing.self, from: Data(contentsOf: URL(fileURLWithPath: folder + "/timing.json")))
        let rows = try String(contentsOfFile: folder + "/curves.csv", encoding: .utf8)
            .split(whereSeparator: \.isNewline).map {
                $0.split(separator: ",", omittingEmptySubsequences: false)
            }
        guard let header = rows.first, let time = header.firstIndex(of: "time"),
            let aperture = header.firstIndex(of: "aperture_norm")
        else {
            throw AvatariumError(
                .validationError, "curves.csv lacks a column 'time' or 'aperture_norm'.",
                context: ["path": folder + "/curves.csv"])
        }
        let values = rows.dropFirst().compactMap { row -> (Double, Double)? in
            guard row.count == header.count, let t = Double(row[time]), let a = Double(row[aperture]) else {
                return nil
            }
            return (t - (timing.av_offset_s ?? 0), a)
        }
        id = timing.id ?? URL(fileURLWithPath: folder).lastPathComponent
        self.folder = folder
        times = values.map(\.0)
        self.aperture = values.map(\.1)
        timeline = PhoneTimeline(
            phones: timing.phones.map {
                let sound = ARPABET.phone($0.phone)
                return Phone(start: $0.start, end: $0.end, ipa: sound.ipa, stress: sound.stress)
            }, source: "timing.json")
        durationSeconds = max(timeline.endSeconds, values.last?.0 ?? 0)
    }

    /// The speech itself: 16-bit PCM WAV.
    func audio() throws -> AudioBuffer {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: folder + "/audio.wav"))
        guard bytes.count > 44 else {
            throw AvatariumError(.validationError, "audio.wav is empty.", context: ["path": folder])
        }
        func little(_ offset: Int, _ count: Int) -> Int {
            (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
        }
        let samples = stride(from: 44, to: bytes.count - 1, by: 2).map { offset in
            Float(Int16(truncatingIfNeeded: little(offset, 2))) / 32768
        }
        return AudioBuffer(sampleRate: little(24, 4), samples: samples)
    }
}

/// The phone set of the CMU dictionary.
enum ARPABET {
    private static let ipa: [String: String] = [
        "AA": "ɑ", "AE": "æ", "AH": "ʌ", "AO": "ɔ", "AW": "aʊ", "AY": "aɪ", "B": "b", "CH": "tʃ", "D": "d",
        "DH": "ð", "EH": "ɛ", "ER": "ɝ", "EY": "eɪ", "F": "f", "G": "ɡ", "HH": "h", "IH": "ɪ", "IY": "i",
        "JH": "dʒ", "K": "k", "L": "l", "M": "m", "N": "n", "NG": "ŋ", "OW": "oʊ", "OY": "ɔɪ", "P": "p",
        "R": "ɹ", "S": "s", "SH": "ʃ", "T": "t", "TH": "θ", "UH": "ʊ", "UW": "u", "V": "v", "W": "w",
        "Y": "j", "Z": "z", "ZH": "ʒ",
    ]

    static func phone(_ name: String) -> (ipa: String, stress: Int) {
        let letters = name.filter { !$0.isNumber }
        let stress = name.last?.wholeNumberValue ?? 0
        return (ipa[letters] ?? "", stress)
    }
}
