import Media
import Rendering

extension ClipPlan {
    /// What the writer needs to know; nil for a plan that draws nothing.
    func writerOptions(audioSampleRate: Int?) -> ClipWriterOptions? {
        guard let output, let format else { return nil }
        return ClipWriterOptions(
            format: format, path: output, width: look.size.width, height: look.size.height,
            frameRate: frameRate,
            hasAlpha: look.background.hasAlpha, audioSampleRate: audioSampleRate, quality: look.quality)
    }
}
