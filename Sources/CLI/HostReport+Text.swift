import Avatarium
import Media
import Speech

extension HostReport {
    /// The report for people.
    var text: String {
        var lines: [String] = []
        if let gl = renderer {
            lines.append("OpenGL ES   \(gl.version) on \(gl.renderer) (\(gl.vendor)), by EGL \(gl.platform)")
            lines.append("            \(gl.maximumSamples) samples, \(gl.maximumTextureSize) px textures")
        } else {
            lines.append("OpenGL ES   none: \(rendererError ?? "")")
        }
        for attempt in renderer?.attempts ?? [] { lines.append("            tried \(attempt)") }
        lines.append("encoders    \(Self.text(codecs.encoders))")
        lines.append("decoders    \(Self.text(codecs.decoders))")
        let engines = voices.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        lines.append("voices      \(engines.joined(separator: ", "))")
        if voices["piper"] == 0 { lines.append("            natural voices: \(PiperEngine.installation)") }
        let keys = keys.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value ? "(key set)" : "(no key)")" }
        lines.append("providers   \(keys.joined(separator: ", "))")
        lines.append("avatars     \(avatars.joined(separator: ", "))")
        lines.append(
            problems.isEmpty
                ? "render      would work"
                : "render      would not work:\n" + problems.map { "  - \($0)" }.joined(separator: "\n"))
        return lines.joined(separator: "\n")
    }

    private static func text(_ entries: [EncoderReport.Entry]) -> String {
        entries.map { $0.available ? $0.name : "no \($0.name) (\($0.purpose))" }.joined(separator: ", ")
    }
}
