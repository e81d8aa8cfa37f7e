import AvatariumCore
import Foundation
import Rendering
import Speech

extension ClipRequest {
    /// The files that the request reads.
    package var inputs: SourceFiles {
        var track: String?
        if case .file(let path) = performance { track = path }
        return SourceFiles(
            [
                ("textFile", textFile), ("audio", audio), ("timings", timings), ("avatar", avatar),
                ("mapping", mapping), ("body", body), ("performance", track),
            ] + look.files + edit.files)
    }

    /// The avatar that the request names or holds, or the standard one.
    /// - Throws: E093 for data that is not base64.
    package var avatarSource: AvatarSource {
        get throws {
            AvatarSource(
                try InlineData.avatar(avatar ?? AvatarSource.standardName), mapping: mapping, variant: variant
            )
        }
    }

    /// Returns the request with paths that are relative to a folder instead of the working directory. The output stays.
    package func resolvingPaths(in folder: String) -> ClipRequest {
        let base = BaseFolder(folder)
        return mappingInputs(base.path, avatar: base.avatar)
    }

    /// Returns the request with other paths of the files that it reads.
    /// - Parameters:
    ///   - path: Maps the path of a file, which may be inline data.
    ///   - avatar: Maps the name or the path of an avatar.
    package func mappingInputs(
        _ path: (String) -> String, avatar: (String) -> String
    ) -> ClipRequest {
        var request = self
        request.textFile = textFile.map(path)
        request.audio = audio.map(path)
        request.timings = timings.map(path)
        request.avatar = self.avatar.map(avatar)
        request.mapping = mapping.map(path)
        request.cast = cast?.map { member in
            var member = member
            if case .named(let name) = member.avatar.model { member.avatar.model = .named(avatar(name)) }
            member.avatar.mapping = member.avatar.mapping.map(path)
            return member
        }
        request.body = body.map(path)
        if case .file(let track) = performance { request.performance = .file(path(track)) }
        request.look = look.mappingFiles(path)
        if let music = edit.music { request.edit.music?.file = path(music.file) }
        for index in edit.overlays.indices {
            request.edit.overlays[index].file = path(edit.overlays[index].file)
        }
        return request
    }
}

/// The folder that relative paths of a request start from.
package struct BaseFolder {
    private let folder: String

    package init(_ folder: String) { self.folder = folder }

    /// Returns a path, put into the folder unless it is absolute.
    package func path(_ path: String) -> String {
        path.hasPrefix("/") || folder == "." || InlineData.isInline(path)
            ? path : "\(folder == "/" ? "" : folder)/\(path)"
    }

    /// Returns an avatar, put into the folder where it is the path of a file and not a name.
    package func avatar(_ avatar: String) -> String { AvatarCatalog.isPath(avatar) ? path(avatar) : avatar }

    /// Returns a look whose image and environment are put into the folder.
    package func look(_ look: RenderLook.Overrides) -> RenderLook.Overrides { look.mappingFiles(path) }
}

extension RenderLook.Overrides {
    /// Returns the look with other paths of its image and environment.
    fileprivate func mappingFiles(_ path: (String) -> String) -> RenderLook.Overrides {
        var look = self
        if case .image(let name) = background { look.background = .image(path(name)) }
        if case .hdr(let name) = environment { look.environment = .hdr(path: path(name)) }
        return look
    }

    /// The files that the look reads, by their fields.
    var files: [(field: String, path: String?)] { lookFiles(background, environment) }
}

extension RenderLook {
    /// The files that the look reads, by their fields.
    var files: [(field: String, path: String?)] { lookFiles(background, environment) }
}

private func lookFiles(_ background: BackgroundChoice?, _ environment: EnvironmentSource?) -> [(
    field: String, path: String?
)] {
    var image: String?
    if case .image(let path) = background { image = path }
    var hdr: String?
    if case .hdr(let path) = environment { hdr = path }
    return [("background", image), ("environment", hdr)]
}
