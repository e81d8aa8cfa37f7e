import AvatariumCore
import Foundation
import Speech
import TimingFormats

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

    /// The measured aperture between two pictures; nil outside of them.
    func aperture(at time: Double) -> Double? {
        guard let next = times.firstIndex(where: { $0 > time }), next > 0 else { return nil }
        let share = (time - times[next - 1]) / (times[next] - times[next - 1])
        return aperture[next - 1] + (aperture[next] - aperture[next - 1]) * share
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

    /// What the set says about a clip beside the phones.
    private struct About: Decodable {
        var id: String?
        var av_offset_s: Double?
    }

    init(folder: String) throws {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: folder + "/timing.json"))
        let about = try JSONDecoder().decode(About.self, from: bytes)
        let content = try TimingFile.read(
            Array(bytes), name: folder + "/timing.json", audioDurationSeconds: nil,
            pronouncer: ESpeakPronouncer()
        ).content
        guard case .phones(let timeline) = content else {
            throw AvatariumError(
                .validationError, "timing.json holds no phones.", context: ["path": folder])
        }
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
            return (t - (about.av_offset_s ?? 0), a)
        }
        id = about.id ?? URL(fileURLWithPath: folder).lastPathComponent
        self.folder = folder
        times = values.map(\.0)
        self.aperture = values.map(\.1)
        self.timeline = timeline
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
