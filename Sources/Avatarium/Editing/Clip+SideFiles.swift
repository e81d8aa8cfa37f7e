import AvatariumCore
import TimingFormats

extension Clip {
    /// Writes the captions that go to files.
    /// - Throws: E025.
    func writeCaptionFiles(_ performance: Performance) throws {
        for case .file(let path) in edit.captions {
            let timeline = performance.timeline
            let text =
                switch path.lowercasedEnding {
                case "ass": CaptionScript(timeline, style: edit.captionStyle, frame: look.size).text
                case "srt": timeline.srt()
                default: timeline.webVTT()
                }
            try ResultFile.write(Array(text.utf8), to: path)
        }
    }
}
