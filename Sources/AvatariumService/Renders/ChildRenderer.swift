import Avatarium
import AvatariumCore
import Foundation
import RenderChild

/// Draws in confined child processes: a crash ends one clip, and an uploaded model can reach only its own folder.
package struct ChildRenderer: ClipRenderer {
    private let clips: RenderWorkerPool
    /// Pictures have a child of their own, so that a full queue of clips does not hold them up; and so have the checks of
    /// models, of which a bad one may take a minute.
    private let pictures: RenderWorkerPool
    private let checks: RenderWorkerPool
    /// Live avatars have a child each.
    private let lives: RenderWorkerPool.Settings
    /// A job's own deadline ends it earlier.
    private static let longestSeconds = 86_400.0

    /// - Parameters:
    ///   - workFolder: for this process alone.
    ///   - clips: how many are drawn at once.
    ///   - programs: folders of avatars and voices that children may read.
    /// - Throws: E025 where the folders cannot be made.
    public init(workFolder: String, clips: Int, programs: [String]) throws {
        let executable =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "avatarium"
        func pool(_ name: String, _ slots: Int) throws -> RenderWorkerPool {
            var settings = RenderWorkerPool.Settings(
                executable: executable, workFolder: "\(workFolder)/\(name)", slots: slots)
            settings.programs = programs
            return try RenderWorkerPool(settings)
        }
        self.clips = try pool("clips", clips)
        pictures = try pool("pictures", 1)
        checks = try pool("checks", 1)
        var lives = RenderWorkerPool.Settings(
            executable: executable, workFolder: "\(workFolder)/live", slots: 1)
        lives.programs = programs
        lives.shaderCache = "\(workFolder)/live/shaders"
        self.lives = lives
    }

    public func render(
        _ work: RenderWork, progress: @escaping @Sendable (RenderProgress) -> Void
    ) async throws -> RenderOutcome {
        try await clips.withWorker(trusted: work.isTrusted) { worker in
            let folder = try Folder.move(work.folder, into: worker.folder)
            let clip = Self.placed(work.clip, from: work.folder, in: folder)
            let captions = folder + "/captions.vtt"
            let curves = folder + "/curves.json"
            var terms = work.terms
            terms.speech = terms.speech.map { _ in folder }
            let report = try await worker.clip(
                clip, terms: terms, captions: captions, curves: curves, more: work.more,
                deadlineSeconds: Self.longestSeconds
            ) { step in
                progress(
                    RenderProgress(
                        stage: step.stage, framesDone: step.frame, framesTotal: step.frames,
                        elapsedSeconds: step.elapsedSeconds))
            }
            // The slot's folder is emptied when this returns.
            _ = try Folder.move(folder, into: work.folder, as: "made")
            let made = work.folder + "/made"
            func file(_ path: String) -> String? {
                let moved = made + path.dropFirst(folder.count)
                return FileManager.default.fileExists(atPath: moved) ? moved : nil
            }
            guard let output = clip.output.flatMap(file) else {
                throw AvatariumError(.internalError, "the render process wrote no file")
            }
            return RenderOutcome(
                file: output, report: report, captions: file(captions), curves: file(curves),
                poster: clip.edit.poster.flatMap(file))
        }
    }

    public func still(_ request: StillRequest, isTrusted: Bool) async throws -> [UInt8] {
        var clip = ClipRequest()
        clip.variant = request.variant
        clip.look = RenderLook.Overrides(
            size: request.look.size, background: request.look.background,
            environment: request.look.environment,
            exposure: request.look.exposure, toneMap: request.look.toneMap, keyLight: request.look.keyLight,
            modelLights: request.look.modelLights, faceMaterials: request.look.faceMaterials,
            samples: request.look.samples, quality: request.look.quality)
        clip.camera = request.camera
        clip.view = request.view
        clip.seed = request.seed
        clip.idle = request.idle
        let look = clip
        return try await pictures.withWorker(trusted: isTrusted) { worker in
            var clip = look
            clip.avatar = request.source.name
            func copied(_ path: String) throws -> String {
                let copy = "\(worker.folder)/\((path as NSString).lastPathComponent)"
                try Folder.copy(path, to: copy)
                return copy
            }
            if !isTrusted { clip.avatar = try copied(request.source.name) }
            if case .image(let path)? = look.background { clip.background = .image(try copied(path)) }
            if case .hdr(let path)? = look.environment { clip.environment = .hdr(path: try copied(path)) }
            let output = worker.folder + "/picture.png"
            _ = try await worker.preview(
                clip, expression: request.expression, viseme: request.viseme?.name, output: output)
            return [UInt8](try Data(contentsOf: URL(fileURLWithPath: output)))
        }
    }

    public func inspect(model path: String) async throws -> JSON {
        try await checks.withWorker(trusted: false) { worker in
            let copy = "\(worker.folder)/\((path as NSString).lastPathComponent)"
            try Folder.copy(path, to: copy)
            let output = worker.folder + "/report.json"
            _ = try await worker.inspect(path: copy, output: output)
            return try JSONParser.parse([UInt8](try Data(contentsOf: URL(fileURLWithPath: output))))
        }
    }

    public func live(
        _ order: ClipRequest, isTrusted: Bool, isMarkedAsTest: Bool
    ) async throws -> any LiveDrawing {
        let folder = "\(lives.workFolder)/\(UUID().uuidString)"
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            var order = order
            if !isTrusted, let avatar = order.avatar {
                let copy = "\(folder)/\((avatar as NSString).lastPathComponent)"
                try Folder.copy(avatar, to: copy)
                order.avatar = copy
            }
            return try await LiveWorker(
                order, isMarkedAsTest: isMarkedAsTest, folder: folder, isTrusted: isTrusted, settings: lives)
        } catch {
            try? FileManager.default.removeItem(atPath: folder)
            throw error
        }
    }

    /// The request with the paths of one folder in another.
    private static func placed(_ clip: ClipRequest, from old: String, in new: String) -> ClipRequest {
        func moved(_ path: String) -> String {
            path.hasPrefix(old + "/") ? new + path.dropFirst(old.count) : path
        }
        var clip = clip.mappingInputs(moved, avatar: moved)
        clip.output = clip.output.map(moved)
        clip.edit.poster = clip.edit.poster.map(moved)
        return clip
    }
}

/// Files that change their folder within one file system.
private enum Folder {
    /// - Returns: the folder in its new place.
    static func move(_ folder: String, into parent: String, as name: String? = nil) throws -> String {
        let place = "\(parent)/\(name ?? (folder as NSString).lastPathComponent)"
        do {
            let files = FileManager.default
            try files.createDirectory(atPath: place, withIntermediateDirectories: true)
            for each in try files.contentsOfDirectory(atPath: folder)
            where each != (place as NSString).lastPathComponent {
                try files.moveItem(atPath: "\(folder)/\(each)", toPath: "\(place)/\(each)")
            }
        } catch {
            throw failure(folder, error)
        }
        return place
    }

    static func copy(_ path: String, to place: String) throws {
        do {
            try FileManager.default.copyItem(atPath: path, toPath: place)
        } catch {
            throw failure(path, error)
        }
    }

    private static func failure(_ path: String, _ error: any Error) -> AvatariumError {
        AvatariumError(
            .outputNotWritable, "a work folder cannot be written; check its space and permissions",
            context: ["path": path], cause: error)
    }
}
