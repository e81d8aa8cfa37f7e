import ArgumentParser
import AvatariumCore
import Foundation
import LipSync

/// `avatarium-bench lipsync`: animated lips against measured ones.
struct LipSyncBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lipsync",
        abstract: "Compares animated lip aperture with measured lips, clip by clip.",
        discussion: """
            Reads every folder of DIR that has timing.json (phones) and curves.csv (time, aperture_norm). \
            r is at zero lag over the speech and 150 ms around it, after the set's own av_offset_s.

              avatarium-bench lipsync --data ../shared/data/lipsync
              avatarium-bench lipsync --data DIR --fps 30 --json
            """)

    @Option(help: "The folder of clips.") var data: String
    @Option(help: "Frame rate of the animation: 30, 29.97, 30000/1001, ...") var fps = "100"
    @Flag(help: "Let the loudness of audio.wav scale the vowels.") var useAudio = false
    @Flag(help: "Print JSON for machines.") var json = false
    @Option(help: "Also write each clip's animated and measured aperture to this folder as CSV.")
    var curves: String?

    @Option(
        help: "Feed the phones one by one as a live voice does, with this look-ahead in seconds (0.1 to 0.5)."
    )
    var lookAhead: Double?

    func run() async throws {
        guard let frameRate = FrameRate(fps) else { throw ValidationError("'\(fps)' is not a frame rate.") }
        // DIR may also be the folder of all data, with the clips in `lipsync`.
        let folder = FileManager.default.fileExists(atPath: data + "/lipsync") ? data + "/lipsync" : data
        let clips = try MeasuredClip.clips(inFolder: folder)
        guard !clips.isEmpty else {
            throw ValidationError("No folder of '\(data)' holds both timing.json and curves.csv.")
        }
        var scores: [LipScore] = []
        for clip in clips {
            let audio = useAudio ? try clip.audio() : nil
            let track =
                lookAhead.map { live(clip, frameRate, lookAhead: $0, audio: audio) }
                ?? LipSync(options: PerformanceOptions(idle: false)).faceTrack(
                    for: clip.timeline, durationSeconds: clip.durationSeconds, frameRate: frameRate,
                    audio: audio)
            let animated = AnimatedAperture(track: track)
            scores.append(LipScore(clip: clip, animated: animated))
            if let curves { try write(clip, track, animated, folder: curves) }
        }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            let report = LipReport(fps: fps, clips: scores, mean: LipScore.mean(of: scores))
            print(String(decoding: try encoder.encode(report), as: UTF8.self))
        } else {
            print(LipScore.table(scores))
        }
    }

    /// The face of speech whose phones become known one after another.
    private func live(
        _ clip: MeasuredClip, _ frameRate: FrameRate, lookAhead: Double, audio: AudioBuffer?
    ) -> FaceTrack {
        var stream = FaceTrackStream(
            options: PerformanceOptions(idle: false), frameRate: frameRate, lookAheadSeconds: lookAhead)
        var frames: [FaceFrame] = []
        for (index, phone) in clip.timeline.phones.enumerated() {
            let known = PhoneTimeline(
                phones: Array(clip.timeline.phones[...index]), source: clip.timeline.source)
            let new = audio?.part(from: stream.knownSeconds, to: phone.end)
            frames += stream.extend(to: known, durationSeconds: phone.end, audio: new)
        }
        let rest = audio?.part(from: stream.knownSeconds, to: clip.durationSeconds)
        frames += stream.extend(
            to: clip.timeline, durationSeconds: clip.durationSeconds, audio: rest, isWhole: true)
        return FaceTrack(frameRate: frameRate, frames: frames)
    }

    /// Time on the audio's clock, animated and measured aperture (the latter on the line between pictures), and
    /// the coefficients that move the lips most.
    private func write(_ clip: MeasuredClip, _ track: FaceTrack, _ animated: AnimatedAperture, folder: String)
        throws
    {
        let shapes: [ARKitShape] = [.jawOpen, .mouthClose, .mouthPucker, .mouthFunnel, .mouthRollLower]
        var text = (["time", "animated", "measured"] + shapes.map(\.name)).joined(separator: ",") + "\n"
        for (index, frame) in track.frames.enumerated() {
            let time = track.frameRate.seconds(atFrame: index)
            guard let measured = clip.aperture(at: time) else { continue }
            let values = [time, animated.normalised(at: time), measured] + shapes.map { Double(frame[$0]) }
            text += values.map { String(format: "%.4f", $0) }.joined(separator: ",") + "\n"
        }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let name = URL(fileURLWithPath: clip.folder).lastPathComponent + ".csv"
        try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
    }
}

extension AudioBuffer {
    /// What sounds between two times, seconds.
    fileprivate func part(from start: Double, to end: Double) -> AudioBuffer {
        let places = [start, end].map { min(max(Int($0 * Double(sampleRate)), 0), samples.count) }
        return AudioBuffer(
            sampleRate: sampleRate, samples: Array(samples[places[0]..<max(places[0], places[1])]))
    }
}

private struct LipReport: Encodable {
    var fps: String
    var clips: [LipScore]
    var mean: LipScore
}
