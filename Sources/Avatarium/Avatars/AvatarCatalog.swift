import AvatariumCore
import Foundation
import GLTF
import Models
import VRM

/// Finds avatars by name or path and loads them.
public struct AvatarCatalog: Sendable {
    /// The directories searched for `NAME.glb`, `.vrm` and `.gltf`; the first match wins.
    public var folders: [String]
    /// Limits on the resources of a model; a service lowers them.
    public var limits: LoadLimits

    /// - Parameters:
    ///   - extraFolder: Searched first (`--models`), before `AVATARIUM_MODELS`, `avatars` beside the executable, and
    ///     the package's own resources.
    ///   - limits: Limits on the resources of a model.
    public init(extraFolder: String? = nil, limits: LoadLimits = LoadLimits()) {
        self.limits = limits
        var folders: [String] = []
        if let extraFolder { folders.append(extraFolder) }
        if let named = ProcessInfo.processInfo.environment["AVATARIUM_MODELS"], !named.isEmpty {
            folders.append(named)
        }
        if let executable = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") {
            let folder = executable.folder
            folders += ["\(folder)/avatars", "\(folder.folder)/share/avatarium/avatars"]
            // The resources of `swift build` lie there too; `Bundle.module` traps when they do not.
            folders.append("\(folder)/avatarium_Models.resources/avatars")
        }
        if let bundled = BundledModels.folder { folders.append(bundled) }
        self.folders = folders
    }

    private static let extensions = ["glb", "vrm", "gltf"]

    /// Whether an avatar is given by the path of its file and not by its name.
    static func isPath(_ avatar: String) -> Bool {
        avatar.contains("/") || extensions.contains((avatar as NSString).pathExtension.lowercased())
    }

    /// The names and paths of all avatars in the directories, sorted by name.
    public func avatars() -> [(name: String, path: String)] {
        var found: [String: String] = [:]
        for folder in folders {
            let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
            for suffix in Self.extensions {
                for file in files where file.hasSuffix("." + suffix) {
                    let name = String(file.dropLast(suffix.count + 1))
                    if found[name] == nil { found[name] = "\(folder)/\(file)" }
                }
            }
        }
        return found.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Returns the file of an avatar given by name or path.
    /// - Throws: E022 if there is none.
    public func path(of avatar: String) throws -> String {
        if Self.isPath(avatar) {
            guard FileManager.default.fileExists(atPath: avatar) else {
                throw AvatariumError(
                    .avatarNotFound,
                    "there is no avatar file '\(avatar.quotedForMessage(limit: 200))'; check the path",
                    context: ["path": avatar])
            }
            return avatar
        }
        let known = avatars()
        if let hit = known.first(where: { $0.name == avatar }) { return hit.path }
        if FileManager.default.fileExists(atPath: avatar) { return avatar }
        guard avatar != "-" else {
            throw AvatariumError(
                .avatarNotFound,
                "an avatar cannot be read from standard input, because it needs random access; give a file",
                context: ["avatar": avatar])
        }
        let names = known.map(\.name).joined(separator: ", ")
        throw AvatariumError(
            .avatarNotFound,
            "there is no avatar named '\(avatar.quotedForMessage())'; "
                + (names.isEmpty
                    ? "no avatars were found; set AVATARIUM_MODELS to their folder"
                    : "choose one of \(names), or give the path of a .glb, .gltf or .vrm file"),
            context: ["avatar": avatar])
    }

    /// Reads a mapping file.
    /// - Throws: E093 where it cannot be read or is not a mapping.
    static func mapping(_ path: String?) throws -> FaceMapping? {
        guard let path else { return nil }
        let data = try InputFile.read(path, "mapping file", field: "mapping", limit: 16 << 20)
        do {
            return try FaceMapping(json: [UInt8](data))
        } catch let error as AvatariumError {
            throw error.adding(context: ["path": path])
        }
    }

    /// Loads an avatar with its face mapped.
    /// - Throws: E022, E021, E024; E071 for an unknown variant; E093 for a broken mapping file.
    func load(_ avatar: AvatarSource) throws -> AvatarModel {
        var document = try AvatariumError.naming("avatar") {
            switch avatar.model {
            case .named(let name): try Loader(limits: limits).load(path: try path(of: name))
            case .data(let data): try Loader(limits: limits).load(bytes: data.bytes, name: data.name)
            }
        }
        if let variant = avatar.variant { try document.select(variant: variant) }
        try document.requireGeometry()
        return try AvatarReader.read(document, mapping: try Self.mapping(avatar.mapping))
    }
}
