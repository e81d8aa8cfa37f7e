import Foundation

/// The location where scripts/install-piper installs Piper: `AVATARIUM_PIPER`, else
/// `~/.local/share/avatarium/piper`.
public enum PiperInstallation {
    public static var folder: String {
        let environment = ProcessInfo.processInfo.environment
        if let folder = environment["AVATARIUM_PIPER"], !folder.isEmpty { return folder }
        let data =
            environment["XDG_DATA_HOME"].flatMap { $0.isEmpty ? nil : $0 }
            ?? (environment["HOME"] ?? "/root") + "/.local/share"
        return data + "/avatarium/piper"
    }

    /// The Python of its private environment.
    static var python: String { folder + "/venv/bin/python" }

    /// Whether Piper can be used on this host.
    public static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: python) }

    /// The voices in its folder, by name: `"en_US-joe-medium"`.
    static var voiceNames: [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/voices")) ?? []
        return files.filter { $0.hasSuffix(".onnx") }.map { String($0.dropLast(5)) }.sorted()
    }

    /// Voices of that language, speaker or size: `"joe"` of `"en_US-joe-medium"`; at most four.
    static func voices(like name: String) -> [String] {
        let name = name.lowercased()
        return Array(
            voiceNames.lazy.filter { $0.lowercased().split(separator: "-").contains(name[...]) }.prefix(4))
    }
}
