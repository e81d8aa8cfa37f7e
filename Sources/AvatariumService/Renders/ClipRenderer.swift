import Avatarium
import AvatariumCore
import Foundation
import RenderChild

/// One clip to be drawn: every path is in the work's own folder, or a bundled avatar's name.
public struct RenderWork: Sendable {
    public var clip: ClipRequest
    /// Private to this work; the outcome's files are in it.
    public var folder: String
    /// Whether the model is bundled: then a process that draws other clips too may load it.
    public var isTrusted: Bool
    /// What its plan allows, and the speech that a provider has made of its text.
    public var terms: RenderTerms
    /// The sentences that follow the clip's text, as they are written; nil where it is whole.
    public var more: AsyncThrowingStream<String, any Error>?
}

/// How far a clip is.
public struct RenderProgress: Sendable, Equatable {
    public var stage: String
    public var framesDone: Int
    /// Nil while its speech is still being made.
    public var framesTotal: Int?
    public var elapsedSeconds: Double

    public init(stage: String, framesDone: Int, framesTotal: Int?, elapsedSeconds: Double) {
        self.stage = stage
        self.framesDone = framesDone
        self.framesTotal = framesTotal
        self.elapsedSeconds = elapsedSeconds
    }
}

/// What was made.
public struct RenderOutcome: Sendable {
    /// The clip.
    public var file: String
    public var report: ClipReport
    /// WebVTT of what is said, where anything is.
    public var captions: String?
    /// JSON of the face track (docs/LIPSYNC.md).
    public var curves: String?
    /// A PNG of the clip, where the request asks for one.
    public var poster: String?

    public init(
        file: String, report: ClipReport, captions: String?, curves: String?, poster: String? = nil
    ) {
        self.poster = poster
        self.file = file
        self.report = report
        self.captions = captions
        self.curves = curves
    }
}

/// What draws for the service: `ChildRenderer`, a pool of child processes, or what a test makes of it.
package protocol ClipRenderer: Sendable {
    /// Makes one clip.
    /// - Throws: `AvatariumError`; E092 with `context["signal"]` where a child was killed; `CancellationError`.
    func render(
        _ work: RenderWork, progress: @escaping @Sendable (RenderProgress) -> Void
    ) async throws -> RenderOutcome

    /// Draws one picture as PNG bytes.
    func still(_ request: StillRequest, isTrusted: Bool) async throws -> [UInt8]

    /// Looks at a model with every check there is; its JSON is `InspectionReport`'s.
    func inspect(model path: String) async throws -> JSON

    /// Begins to draw for a viewer (docs/LIVE.md), and waits until the avatar is loaded.
    /// - Parameters:
    ///   - order: The look; its avatar is a path or a bundled name.
    ///   - isTrusted: Whether the avatar is a bundled one.
    ///   - isMarkedAsTest: Whether every picture says that it is a test.
    func live(
        _ order: ClipRequest, isTrusted: Bool, isMarkedAsTest: Bool
    ) async throws -> any LiveDrawing
}

extension ClipRenderer {
    /// A renderer that draws clips alone.
    package func live(
        _ order: ClipRequest, isTrusted: Bool, isMarkedAsTest: Bool
    ) async throws -> any LiveDrawing {
        throw AvatariumError(
            .hostRequirementMissing, "this server renders no live avatars; request the face alone")
    }
}
