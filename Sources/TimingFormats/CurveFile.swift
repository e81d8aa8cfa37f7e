import AvatariumCore

/// Face curves as the text of a file.
public enum CurveFile {
    /// The formats that hold face curves and are written.
    public static let formats = TimingFormat.written.filter {
        if case .curves = $0.writer { true } else { false }
    }

    /// Returns a track as the text of a file, for example `CurveFile.text(track, format: .named("livelink")!)`.
    /// - Throws: E071 for a format of something else.
    public static func text(_ track: FaceTrack, format: TimingFormat) throws -> String {
        guard case .curves(let text) = format.writer else { throw format.isNot("face curves", formats) }
        return text(track)
    }
}

/// Captions as the text of a file.
public enum CaptionFile {
    /// The formats of captions that are written.
    public static let formats = TimingFormat.written.filter {
        if case .captions = $0.writer { true } else { false }
    }

    /// Returns the words as the text of a caption file.
    /// - Throws: E071 for a format of something else.
    public static func text(_ timeline: PhoneTimeline, format: TimingFormat) throws -> String {
        guard case .captions(let text) = format.writer else { throw format.isNot("captions", formats) }
        return text(timeline)
    }
}

extension TimingFormat {
    fileprivate func isNot(_ kind: String, _ formats: [TimingFormat]) -> AvatariumError {
        AvatariumError(
            .invalidConfig,
            "\(title) is not a format of \(kind); use \(formats.map(\.name).joined(separator: ", "))",
            context: ["field": "format"])
    }
}
