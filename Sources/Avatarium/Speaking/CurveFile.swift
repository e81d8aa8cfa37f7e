import AvatariumCore
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
        /// A copy of the avatar with the animation baked in.
        case glb

        /// Chooses by the ending of a file's name; `-` is CSV.
        /// - Throws: E071 for an ending that is not known.
        public init(path: String) throws {
            switch (path as NSString).pathExtension.lowercased() {
            case "csv": self = .csv
            case "json": self = .json
            case "textgrid": self = .textgrid
            case "tsv": self = .rhubarb
            case "vtt": self = .vtt
            case "srt": self = .srt
            case "glb": self = .glb
            case "" where path == "-": self = .csv
            default:
                throw AvatariumError(
                    .invalidConfig,
                    "the output '\(path.quotedForMessage(limit: 200))' does not name a format of curves; name it .csv, .json, "
                        + ".TextGrid, .tsv, .vtt, .srt or .glb, or give --format",
                    context: ["field": "output", "path": path])
            }
        }
    }

    /// Writes the track, what is said, or the avatar that says it, atomically.
    /// - Throws: E025 when the folder is missing or not writable; for `glb` what `BakedAvatar` throws.
    public static func write(
        _ performance: Performance, clip: Clip, format: Format, to path: String,
        catalog: AvatarCatalog = AvatarCatalog()
    ) throws {
        let text: String
        switch format {
        case .csv: text = performance.track.csv()
        case .json: text = performance.track.json()
        case .livelink: text = performance.track.liveLinkFaceCSV()
        case .audio2face: text = performance.track.audio2FaceJSON()
        case .textgrid: text = performance.timeline.textGrid()
        case .rhubarb: text = performance.timeline.rhubarbTSV(durationSeconds: performance.durationSeconds)
        case .vtt: text = performance.timeline.webVTT()
        case .srt: text = performance.timeline.srt()
        case .glb:
            return try ResultFile.write(BakedAvatar.glb(performance, clip: clip, catalog: catalog), to: path)
        }
        try ResultFile.write(Array(text.utf8), to: path)
    }
}
