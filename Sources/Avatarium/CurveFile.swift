import Foundation
import LipSync

/// A face track as a file.
public enum CurveFile {
    public enum Format: String, Sendable {
        case csv, json

        /// - Throws: E071 for a name that says no format.
        public init(path: String) throws {
            switch (path as NSString).pathExtension.lowercased() {
            case "csv": self = .csv
            case "json": self = .json
            case "" where path == "-": self = .csv
            default:
                throw AvatariumError(
                    .invalidConfig,
                    "the output '\(path)' has no kind that curves can be written as; name it .csv or .json",
                    context: ["field": "output", "path": path])
            }
        }
    }

    /// Writes the track, atomically.
    /// - Throws: E025 when the folder is missing or not writable.
    public static func write(_ performance: Performance, format: Format, to path: String) throws {
        let text =
            switch format {
            case .csv: performance.track.csv()
            case .json: performance.track.json()
            }
        try OutputFile.write(Array(text.utf8), to: path)
    }
}
