import AvatariumCore
import Media
import Rendering
import Speech

/// The capabilities of this host, and whether `render` would work on it.
public struct HostReport: Sendable, Codable {
    /// Nil if there is no usable EGL/GLES; `rendererError` then says what was tried.
    public var renderer: GLReport?
    public var rendererError: String?
    public var codecs: EncoderReport
    /// The number of voices of each engine.
    public var voices: [String: Int]
    public var speechError: String?
    /// The providers that need the caller's own key, and whether it is set in the environment.
    public var keys: [String: Bool]
    /// The names of all available avatars.
    public var avatars: [String]
    /// What `render` lacks, each with its remedy; if empty, it would work.
    public var problems: [String]

    /// Examines the host; never throws.
    public static func examine(catalog: AvatarCatalog = AvatarCatalog(), device: RenderDevice? = nil) async
        -> HostReport
    {
        let engines = SpeechEngineRegistry.shared.entries
        var report = HostReport(
            codecs: EncoderReport.current(), voices: [:],
            keys: Dictionary(engines.compactMap { entry in entry.hasKey.map { (entry.name, $0) } }) { $1 },
            avatars: catalog.avatars().map(\.name), problems: []
        )
        do {
            report.renderer = try Renderer.probe(device: device)
        } catch {
            report.rendererError = "\(error)"
            report.problems.append(
                device == .gpu
                    ? (error as? AvatariumError)?.message ?? "no GPU: \(error)"
                    : "no EGL/GLES: apt-get install libegl1 libgles2 libgl1-mesa-dri")
        }
        for entry in engines where entry.hasKey == nil {
            let engine = entry.make()
            do {
                report.voices[engine.name] = try await engine.voices().count
            } catch {
                report.voices[engine.name] = 0
                if engine.name == "espeak" {
                    report.speechError = "\(error)"
                    report.problems.append(
                        (error as? AvatariumError)?.message ?? "no embedded voice: \(error)")
                }
            }
        }
        if !report.codecs.canWriteMP4 {
            report.problems.append("no H.264 or AAC encoder: apt-get install libavcodec59")
        }
        if report.avatars.isEmpty {
            report.problems.append("no avatars found: set AVATARIUM_MODELS to their folder")
        }
        return report
    }
}
