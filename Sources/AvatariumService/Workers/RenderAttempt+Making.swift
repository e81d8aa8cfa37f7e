import Avatarium
import AvatariumCore
import Crypto
import Foundation
import ObjectStorage
import RenderChild
import SafeFetch
import ServiceStore

/// From an order to stored files.
extension RenderAttempt {
    func make(_ progress: Locked<RenderProgress?>) async throws -> RenderResult {
        let (order, more) = try await dictated(self.order())
        return try await backend.work.with { folder in
            progress.set(RenderProgress(stage: "fetch", framesDone: 0, framesTotal: nil, elapsedSeconds: 0))
            let began = ContinuousClock.now
            let firstFrame = Locked<Double?>(nil)
            let clip = try await clip(order, folder: folder)
            let speech = try await speak(order, folder: folder, progress)
            let outcome = try await backend.renderer.render(
                RenderWork(
                    clip: clip, folder: folder, isTrusted: order.isTrusted,
                    terms: RenderTerms(
                        longestSeconds: order.maxSeconds.isFinite ? order.maxSeconds : nil,
                        isMarkedAsTest: order.isTest, speech: speech),
                    more: more)
            ) { step in
                if step.framesDone > 0 {
                    firstFrame.update { $0 = $0 ?? (ContinuousClock.now - began).seconds }
                }
                progress.set(step)
            }
            progress.set(
                RenderProgress(
                    stage: "store", framesDone: outcome.report.frames, framesTotal: outcome.report.frames,
                    elapsedSeconds: outcome.report.wallSeconds))
            var result = try await store(outcome, order)
            result.firstFrameSeconds = firstFrame.value
            return result
        }
    }

    /// The order, and the rest of its text where that is still being written. A provider's voice speaks here and not in the
    /// child, and only a whole text, so that is waited for.
    private func dictated(
        _ order: RenderOrder
    ) async throws -> (RenderOrder, AsyncThrowingStream<String, any Error>?) {
        guard order.isDictated else { return (order, nil) }
        let sentences = backend.store.dictation(of: claimed.job.id, account: claimed.job.account)
        guard ProviderVoice(order.clip.voice) != nil else { return (order, sentences) }
        var whole = order
        for try await sentence in sentences {
            whole.clip.text = [whole.clip.text, sentence].compactMap(\.self).joined(separator: " ")
        }
        try Task.checkCancellation()
        return (whole, nil)
    }

    private func order() throws -> RenderOrder {
        do {
            return try claimed.job.request.decoded(as: RenderOrder.self)
        } catch {
            throw AvatariumError(
                .internalError,
                "the stored request cannot be decoded; a newer server may have written it", cause: error)
        }
    }

    /// The request with paths of this attempt's own folder.
    private func clip(_ order: RenderOrder, folder: String) async throws -> ClipRequest {
        var clip = order.clip
        let format = VideoFormat(rawValue: order.format) ?? .mp4
        clip.output = "\(folder)/clip.\(format.fileExtension)"
        if order.poster == true { clip.edit.poster = "\(folder)/poster.png" }
        clip.avatar = try await model(order.avatar, "avatar", folder)
        for (index, avatar) in (order.cast ?? []).enumerated() {
            let name = try await model(avatar, "avatar-\(index)", folder)
            clip.cast?[index].avatar.model = .named(name)
        }
        for (field, source) in order.inputs.sorted(by: { $0.key < $1.key }) {
            let path = try await file(field, source, folder)
            switch field {
            case "audio": clip.audio = path
            case "timings": clip.timings = path
            case "mapping": clip.mapping = path
            case "body": clip.body = path
            case "background": clip.background = .image(path)
            case "environment": clip.environment = .hdr(path: path)
            case "performance": clip.performance = .file(path)
            case "music": clip.edit.music?.file = path
            default:
                guard let index = RenderOrder.overlayIndex(field), clip.edit.overlays.indices.contains(index)
                else {
                    throw AvatariumError(
                        .internalError,
                        "the stored request has an unknown input '\(field)'")
                }
                clip.edit.overlays[index].file = path
            }
        }
        return clip
    }

    /// The name of a bundled avatar, or the path of an uploaded one in the folder.
    private func model(_ avatar: RenderOrder.Avatar, _ field: String, _ folder: String) async throws -> String
    {
        switch avatar {
        case .bundled(let name): name
        case .uploaded(_, let key, let suffix, _):
            try await file(field, .object(key: key, fileExtension: suffix), folder)
        }
    }

    /// Has a provider speak the text, here, where the network and the keys are.
    /// - Returns: the folder that holds the speech; nil for voices that the child has itself.
    private func speak(
        _ order: RenderOrder, folder: String, _ progress: Locked<RenderProgress?>
    ) async throws -> String? {
        guard let text = order.clip.text, let voice = ProviderVoice(order.clip.voice) else { return nil }
        progress.set(RenderProgress(stage: "speech", framesDone: 0, framesTotal: nil, elapsedSeconds: 0))
        let account = claimed.job.account
        var key = try order.speechKey?.opened(
            by: backend.masterKey, context: RenderParser.keyContext(account))
        if key == nil {
            key = try await backend.store.openProviderKey(
                voice.provider, account: account, masterKey: backend.masterKey)
        }
        let pieces = try await voice.speak(
            text,
            SpeechOptions(
                voice: order.clip.voice, rate: order.clip.rate ?? 1, pitch: order.clip.pitch ?? 1,
                ssml: order.clip.ssml ?? false), key: key,
            base: backend.configuration.providerURLs[voice.provider], longestSeconds: order.maxSeconds)
        do {
            try RecordedSpeech(pieces: pieces).write(to: folder)
        } catch {
            throw AvatariumError(
                .outputNotWritable, "the speech cannot be stored; the disk may be full",
                context: ["stage": "speech"], cause: error)
        }
        return folder
    }

    private func file(_ field: String, _ source: RenderOrder.Source, _ folder: String) async throws -> String
    {
        switch source {
        case .inline(let text):
            let path = "\(folder)/\(field).txt"
            do {
                try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            } catch {
                throw AvatariumError(
                    .outputNotWritable, "the \(field) cannot be stored; the disk may be full",
                    context: ["field": field], cause: error)
            }
            return path
        case .object(let key, let suffix):
            let path = "\(folder)/\(field).\(suffix)"
            do {
                _ = try await backend.objects.get(ObjectKey(key), to: path)
            } catch let error as AvatariumError where error.isNoSuchObject {
                throw AvatariumError(
                    field.hasPrefix("avatar") ? .avatarNotFound : .validationError,
                    "the \(field) that the clip refers to was deleted; upload it "
                        + "again", context: ["field": field]
                )
            }
            return path
        case .url(let url):
            let path = "\(folder)/\(field).bin"
            _ = try await backend.fetcher.download(
                url, to: path, limit: backend.configuration.maxUpload,
                subject: SafeFetcher.Subject(field: "\(field)_url", unreadable: .ttsAudioDecodeFailed))
            return path
        }
    }

    /// Stores the files under keys that hold the lease's token, so that an attempt which has lost its lease can never
    /// write over another's.
    private func store(_ outcome: RenderOutcome, _ order: RenderOrder) async throws -> RenderResult {
        let prefix = ObjectPrefix.job(claimed.job.id, account: claimed.job.account) + claimed.lease.token
        let format = VideoFormat(rawValue: order.format) ?? .mp4
        let key = "\(prefix).\(format.fileExtension)"
        let parts = format == .hls ? try await storeParts(of: outcome.file, at: key) : nil
        let video = try await put(outcome.file, key, format.contentType)
        var captions: String?
        var curves: String?
        if let file = outcome.captions {
            captions = try await put(file, "\(prefix).vtt", "text/vtt; charset=utf-8").key
        }
        if let file = outcome.curves {
            curves = try await put(file, "\(prefix).json", "application/json").key
        }
        var poster: String?
        if let file = outcome.poster { poster = try await put(file, "\(prefix).png", "image/png").key }
        let report = outcome.report
        return RenderResult(
            key: key, contentType: format.contentType, bytes: parts?.bytes ?? video.file.length,
            sha256: parts?.sha256 ?? video.file.sha256Hex,
            durationSeconds: report.durationSeconds, frames: report.frames, size: "\(report.size)",
            fps: "\(report.fps)", digest: report.digest, timingSource: report.timingSource,
            captionsKey: captions, curvesKey: curves, posterKey: poster, segments: parts?.segments,
            warnings: report.diagnostics.filter(\.concernsResult).brief.prefix(20).map(\.self),
            wallSeconds: report.wallSeconds, cpuSeconds: report.cpuSeconds)
    }

    /// Stores the parts of a playlist.
    /// - Returns: how many segments there are, and length and SHA-256 of what the parts make one after another: a fragmented
    ///   MP4.
    private func storeParts(
        of playlist: String, at key: String
    ) async throws -> (segments: Int, bytes: Int, sha256: String) {
        let folder = playlist.folder
        var hash = SHA256()
        var (count, bytes) = (0, 0)
        while true {
            let name = StoredPlaylist.part(count)
            let path = "\(folder)/\(name)"
            guard FileManager.default.fileExists(atPath: path) else { break }
            let file = try await put(
                path, StoredPlaylist.key(of: name, beside: key),
                StoredPlaylist.contentType(of: name) ?? VideoFormat.mp4.contentType
            ).file
            let content = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? content.close() }
            while let piece = try content.read(upToCount: 1 << 20), !piece.isEmpty {
                hash.update(data: piece)
            }
            bytes += file.length
            count += 1
        }
        guard count > 1 else {
            throw AvatariumError(.internalError, "the clip has a playlist and no segments")
        }
        return (count - 1, bytes, Hexadecimal.text(hash.finalize()))
    }

    private func put(_ path: String, _ key: String, _ type: String) async throws -> (
        key: String, file: LocalFile
    ) {
        let file = try await LocalFile(measuring: path)
        try await backend.objects.put(file, at: ObjectKey(key), contentType: type)
        return (key, file)
    }
}
