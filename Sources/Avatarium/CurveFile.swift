import Foundation
import LipSync

/// A face track as a file.
public enum CurveFile {
    public enum Format: String, Sendable, CaseIterable {
        case csv, json
        /// Live Link Face CSV: 61 columns, timecodes.
        case livelink
        /// Audio2Face-3D JSON.
        case audio2face
        case textgrid
        /// Rhubarb TSV.
        case rhubarb
        case vtt, srt

        /// - Throws: E071 for a name that says no format.
        public init(path: String) throws {
            switch (path as NSString).pathExtension.lowercased() {
            case "csv": self = .csv
            case "json": self = .json
            case "textgrid": self = .textgrid
            case "tsv": self = .rhubarb
            case "vtt": self = .vtt
            case "srt": self = .srt
            case "" where path == "-": self = .csv
            default:
                throw AvatariumError(
                    .invalidConfig,
                    "the output '\(path)' has no kind that curves can be written as; name it .csv, .json, "
                        + ".TextGrid, .tsv, .vtt or .srt, or give --format",
                    context: ["field": "output", "path": path])
            }
        }
    }

    /// Writes the track, or what is said, atomically.
    /// - Throws: E025 when the folder is missing or not writable.
    public static func write(_ performance: Performance, format: Format, to path: String) throws {
        let text =
            switch format {
            case .csv: performance.track.csv()
            case .json: performance.track.json()
            case .livelink: performance.track.liveLinkFaceCSV()
            case .audio2face: performance.track.audio2FaceJSON()
            case .textgrid: performance.timeline.textGrid()
            case .rhubarb: performance.timeline.rhubarbTSV(durationSeconds: performance.durationSeconds)
            case .vtt: performance.timeline.webVTT()
            case .srt: performance.timeline.srt()
            }
        try OutputFile.write(Array(text.utf8), to: path)
    }
}
