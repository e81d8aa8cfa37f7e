import AvatariumCore
import Foundation
import LipSync
import Media
import Rendering
import Speech

/// Checks requests before anything is made of them: each as a whole, and the files, avatars and voices that it names.
///
/// What many requests share is looked at once.
package actor RequestChecker {
    /// What requests share.
    private enum Item: Hashable {
        case voice(String?)
        case file(field: String, path: String)
    }

    private let library: AvatarLibrary
    /// What is wrong with an item; a nil value where nothing is.
    private var findings: [Item: AvatariumError?] = [:]

    /// No more findings are kept: batches have millions of lines, each with a file of its own.
    private static let mostFindings = 100_000

    package init(library: AvatarLibrary) { self.library = library }

    /// Checks a request. Of a recording as much is decoded as its timings need; transcripts are not aligned.
    /// - Throws: What rendering the request would throw before its first frame.
    package func check(_ request: ClipRequest) async throws {
        let clip = try ClipPlan(request).clip
        let marked = try Self.markedAnimations(clip)
        for (index, avatar) in clip.actors.enumerated() {
            try Staging.check(
                clip.animations + (marked[index] ?? []), against: try await library.model(avatar))
        }
        if case .text(_, let options) = clip.source {
            let voices = clip.cast.isEmpty ? [options.voice] : clip.cast.map { $0.voice ?? options.voice }
            for voice in voices {
                try once(.voice(voice)) { _ = try SpeechEngineRegistry.shared.resolve(voice: voice) }
            }
        }
        try checkPictures(clip)
        if let body = clip.body { try once(.file(field: "body", path: body)) { _ = try clip.bodyMotion() } }
        if let music = clip.edit.music?.file {
            try once(.file(field: "music", path: music)) {
                _ = try AvatariumError.naming("music") { try AudioDecoder.decode(path: music, upTo: 0.1) }
            }
        }
        try Performance.checkRecording(clip)
    }

    /// The animations that marks in the text ask for, by the place of who speaks in the cast.
    private static func markedAnimations(_ clip: Clip) throws -> [Int: [AnimationCue]] {
        guard case .text(let text, let options) = clip.source, !options.ssml else { return [:] }
        let lines =
            clip.cast.isEmpty
            ? [DialogueScript.Line(speaker: 0, text: text)]
            : try DialogueScript(text, names: clip.cast.map(\.name)).lines
        var animations: [Int: [AnimationCue]] = [:]
        for line in lines {
            for cue in ExpressionMarks.parse(line.text).cues {
                guard case .play(let name, let loop) = cue.action else { continue }
                animations[line.speaker, default: []].append(AnimationCue(name, loop: loop))
            }
        }
        return animations
    }

    private func checkPictures(_ clip: Clip) throws {
        let look = clip.look
        if let movie = clip.separatingMovie().movie {
            try checkMovie(movie, field: "background")
        } else if case .image(let path) = look.background {
            try once(.file(field: "background", path: path)) { try look.checkBackground() }
        }
        if case .hdr(let path) = look.environment {
            try once(.file(field: "environment", path: path)) { try look.checkEnvironment() }
        }
        for overlay in clip.edit.overlays { try checkMovie(overlay.file, field: "overlay") }
    }

    private func checkMovie(_ path: String, field: String) throws {
        try once(.file(field: field, path: path)) {
            let size = ImageSize(width: ImageSize.range.lowerBound, height: ImageSize.range.lowerBound)
            _ = try MovingPicture(path: path, field: field, fit: .cover(size), repeats: false)
        }
    }

    /// Does a check the first time that it is asked for.
    /// - Throws: What the check throws, each time.
    private func once(_ item: Item, _ check: () throws -> Void) throws {
        if let known = findings[item] {
            if let known { throw known }
            return
        }
        let keeps = findings.count < Self.mostFindings
        do {
            try check()
            if keeps { findings[item] = .some(nil) }
        } catch let error as AvatariumError {
            if keeps { findings[item] = .some(error) }
            throw error
        }
    }
}
