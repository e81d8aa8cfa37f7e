import Foundation
import Images
import Media
import Rendering

extension ClipPlan {
    /// What the renderer needs to know.
    /// - Throws: E071 for a background image that cannot be read.
    func renderSettings() throws -> RenderSettings {
        var settings = RenderSettings(width: size.width, height: size.height)
        settings.samples = samples
        settings.smoothsEdges = samples == 1 && quality != .draft
        settings.background = try background.resolved()
        settings.environment = environment
        settings.exposure = exposure
        settings.toneMap = toneMap
        settings.keyLight = keyLight
        settings.quality = renderQuality
        return settings
    }

    /// Drawing follows the same choice as compressing.
    var renderQuality: RenderQuality {
        switch quality {
        case .draft: .draft
        case .standard: .standard
        case .high: .high
        }
    }

    /// What the writer needs to know; nil for a plan that draws nothing.
    func writerOptions(audioSampleRate: Int?) -> ClipWriterOptions? {
        guard let output, let format else { return nil }
        return ClipWriterOptions(
            format: format, path: output, width: size.width, height: size.height, frameRate: frameRate,
            hasAlpha: background.hasAlpha, audioSampleRate: audioSampleRate, quality: quality)
    }
}

extension BackgroundChoice {
    /// The background with its image read.
    /// - Throws: E071 when the image cannot be.
    func resolved() throws -> Background {
        switch self {
        case .color(let rgba, _): return .color(rgba)
        case .transparent: return .transparent
        case .environment: return .environment
        case .image(let path):
            guard let data = FileManager.default.contents(atPath: path) else {
                throw AvatariumError(
                    .invalidConfig,
                    "the background '\(path)' is neither a colour we know (#rrggbb, white, transparent ...) nor "
                        + "a file that can be read",
                    context: ["field": "background", "path": path])
            }
            do {
                return .image(try ImageDecoder.decode([UInt8](data), maximumPixels: 8192 * 8192))
            } catch {
                throw AvatariumError(
                    .invalidConfig,
                    "the background '\(path)' is no PNG, JPEG or WebP image that can be decoded",
                    context: ["field": "background", "path": path], cause: error)
            }
        }
    }
}
