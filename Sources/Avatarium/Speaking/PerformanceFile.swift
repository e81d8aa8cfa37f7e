import AvatariumCore
import Foundation
import TimingFormats

/// Writes a performance to a file: face curves, phones, captions, or a copy of the avatar with the animation.
public enum PerformanceFile {
    /// A format that a performance can be written as.
    public struct Format: Sendable, Equatable {
        /// The name used by `--format`: `csv`, `json`, `livelink`, `audio2face`, `phones`, `textgrid`, `rhubarb`,
        /// `vtt`, `srt` or `glb`.
        public let name: String
        public let fileExtensions: [String]
        /// Nil for a copy of the avatar with the animation baked in.
        let writer: TimingFormat.Writer?

        /// A copy of the avatar with the animation baked in.
        public static let glb = Format(name: "glb", fileExtensions: ["glb"], writer: nil)

        public static let all: [Format] =
            TimingFormat.written.map {
                Format(name: $0.name, fileExtensions: $0.fileExtensions, writer: $0.writer)
            } + [glb]

        init(name: String, fileExtensions: [String], writer: TimingFormat.Writer?) {
            self.name = name
            self.fileExtensions = fileExtensions
            self.writer = writer
        }

        /// Returns the format with a name, or nil.
        public init?(named name: String) {
            guard let format = Self.all.first(where: { $0.name == name }) else { return nil }
            self = format
        }

        /// Returns the format selected by a file name; `-` is `csv`.
        /// - Throws: E071 if the name does not select a format.
        public init(path: String) throws {
            let suffix = path == "-" ? "csv" : (path as NSString).pathExtension.lowercased()
            guard let format = Self.all.first(where: { $0.fileExtensions.contains(suffix) }) else {
                let known = Self.all.compactMap(\.fileExtensions.first).reduce(into: [String]()) {
                    if !$0.contains("." + $1) { $0.append("." + $1) }
                }
                throw AvatariumError(
                    .invalidConfig,
                    "the output '\(path.quotedForMessage())' does not have an extension that a performance can be written as; use "
                        + "\(known.joined(separator: ", ")), or give --format",
                    context: ["field": "output", "path": path])
            }
            self = format
        }

        public static func == (a: Format, b: Format) -> Bool { a.name == b.name }
    }

    /// Writes the track, the words or phones, or the animated avatar to a file, atomically.
    /// - Throws: E025 if the directory is missing or not writable; for `glb` the errors of `BakedAvatar`.
    public static func write(
        _ performance: Performance, clip: Clip, format: Format, to path: String,
        catalog: AvatarCatalog = AvatarCatalog()
    ) throws {
        let bytes: [UInt8] =
            switch format.writer {
            case .curves(let text): Array(text(performance.track).utf8)
            case .phones(let text): Array(text(performance.timeline, performance.durationSeconds).utf8)
            case .captions(let text): Array(text(performance.timeline).utf8)
            case nil: try Array(BakedAvatar.glb(performance, clip: clip, catalog: catalog))
            }
        try ResultFile.write(bytes, to: path)
    }
}
