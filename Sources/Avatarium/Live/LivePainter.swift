import AvatariumCore
import Foundation
import Media
import Rendering
import Rig
import VRM

/// The rendering effort for live frames, from highest to lowest.
package enum LiveEffort: UInt8, Sendable, Equatable {
    /// Drawn as the look specifies.
    case full
    /// As with `Quality.draft`: no edge smoothing, lighting per vertex, x264 `ultrafast`; head and body
    /// move in every second picture.
    case rough
    /// In addition, width and height are three quarters; the viewer's player scales the frame up.
    case small

    package var less: LiveEffort { LiveEffort(rawValue: rawValue + 1) ?? self }
    package var more: LiveEffort { rawValue == 0 ? self : LiveEffort(rawValue: rawValue - 1) ?? self }

    /// The look of a picture for which `full` is asked. Both sides of a smaller one are even.
    func look(of full: RenderLook) -> RenderLook {
        guard self != .full else { return full }
        var look = full
        look.quality = .draft
        look.samples = 1
        if self == .small {
            func part(_ side: Int) -> Int { max(16, side * 3 / 4 / 2 * 2) }
            look.size = ImageSize(width: part(full.size.width), height: part(full.size.height))
        }
        return look
    }
}

/// A face to draw for a viewer now.
package struct LiveFace: Sendable, Equatable {
    /// The frame's number on the stage's clock.
    package var index: Int
    /// Whether decoding must be able to start at this frame (a keyframe).
    package var isKey: Bool
    package var effort: LiveEffort
    package var face: FaceFrame

    package init(index: Int, isKey: Bool, effort: LiveEffort = .full, face: FaceFrame) {
        self.index = index
        self.isKey = isKey
        self.effort = effort
        self.face = face
    }
}

/// A drawn and encoded face.
package struct LivePicture: Sendable, Equatable {
    package var index: Int
    package var isKey: Bool
    /// When it was drawn, in microseconds since 1970.
    package var drawnAt: Int64
    /// The time taken to draw and encode it, in microseconds.
    package var microseconds: Int64
    /// H.264 in Annex B form.
    package var bytes: [UInt8]

    package init(index: Int, isKey: Bool, drawnAt: Int64, microseconds: Int64, bytes: [UInt8]) {
        self.index = index
        self.isKey = isKey
        self.drawnAt = drawnAt
        self.microseconds = microseconds
        self.bytes = bytes
    }
}

/// What the pictures of a live stream are.
package enum LivePictureFormat {
    /// WebCodecs' name of the codec.
    package static let codec = LiveVideoEncoder.codec
}

/// Microseconds since 1970.
package enum LiveClock {
    package static func now() -> Int64 { Int64(Date().timeIntervalSince1970 * 1_000_000) }
}

extension ClipPipeline {
    /// Draws and encodes faces for a viewer as they come, until they end.
    /// - Parameters:
    ///   - clip: Its avatar, look, camera, frame rate and mark count; its speech does not.
    ///   - faces: In the order of their numbers, some of which may be left out.
    ///   - isReady: Called once, when the avatar is loaded.
    ///   - give: Takes each picture before the next is drawn.
    /// - Throws: E021, E022, E024 for the avatar, E071 for its look, E081 without libx264, E082 without GL.
    package nonisolated func paint<Faces: AsyncSequence>(
        _ clip: Clip, faces: Faces, isReady: @Sendable () async throws -> Void,
        give: (LivePicture) async throws -> Void
    ) async throws where Faces.Element == LiveFace {
        try clip.look.validate()
        async let light: Void = renderer.prepareLight(clip.look)
        let model = try await library.model(clip.avatar)
        let painter = try LivePainter(clip, model: model)
        try await light
        var preparation: Task<Void, any Error>?
        defer { preparation?.cancel() }
        var coming = faces.makeAsyncIterator()
        var next: LiveFace?
        var look = clip.look
        var isFirst = true
        // Plainer pictures for a while, and full ones again: their scenes stay where they are.
        repeat {
            try await withScene(SceneKey(avatar: clip.avatar, look: look), model: model) { scene in
                if isFirst {
                    // The first picture of a process compiles shaders and sets encoders up: nobody is to wait for that later.
                    try await painter.warmUp(renderer, scene)
                    try await isReady()
                    preparation = Task { try await self.preparePlainerPictures(of: clip, model) }
                    next = try await coming.next()
                    isFirst = false
                }
                while let face = next, painter.look(of: face) == look {
                    try await give(try await painter.paint(face, renderer, scene))
                    next = try await coming.next()
                }
            }
            look = next.map(painter.look) ?? look
        } while next != nil
    }

    /// Loads the scenes of plainer pictures a second after the first full one and draws each once, so that nobody waits for that when
    /// a machine falls behind.
    private nonisolated func preparePlainerPictures(of clip: Clip, _ model: AvatarModel) async throws {
        try await Task.sleep(for: .seconds(1))
        var rig = AvatarRig(model: model)
        let pose = rig.pose(FaceFrame(), timeSeconds: 0)
        for effort in [LiveEffort.rough, .small] {
            let look = effort.look(of: clip.look)
            let camera = rig.camera(clip.camera, aspect: look.size.aspect)
            try await withScene(SceneKey(avatar: clip.avatar, look: look), model: model) { scene in
                _ = try await renderer.render(scene, pose: pose, camera: camera, reusing: nil)
            }
        }
    }
}

/// Poses, draws and encodes one viewer's faces. It belongs to one task.
private final class LivePainter {
    private let clip: Clip
    private var rig: AvatarRig
    private let motion: BodyMotion?
    private let camera: ViewCamera
    private var encoder: LiveVideoEncoder
    private var mark: TestMark?
    private var spare: PixelBuffer?
    /// The last picture's head and body, where the next plainer picture has them too.
    private var held: (face: FaceFrame, seconds: Double)?
    /// Seconds that head and body stay at most: two frames at rest, of which every second one is drawn.
    private static let longestHold = 0.1
    /// The first face's number: a viewer may join at any frame, and springs step from the first on.
    private var start: Int?

    init(_ clip: Clip, model: AvatarModel) throws {
        self.clip = clip
        encoder = try LiveVideoEncoder(size: clip.look.size, frameRate: clip.frameRate)
        mark = clip.isMarkedAsTest ? TestMark(size: clip.look.size) : nil
        rig = AvatarRig(model: model)
        motion = try clip.bodyMotion()
        motion?.join(&rig)
        rig.relaxesArms = clip.performance.idle
        camera = rig.camera(clip.camera, aspect: clip.look.size.aspect)
    }

    func look(of face: LiveFace) -> RenderLook { face.effort.look(of: clip.look) }

    func warmUp(_ renderer: Renderer, _ scene: SceneHandle) async throws {
        spare = try await renderer.render(
            scene, pose: rig.pose(FaceFrame(), timeSeconds: 0), camera: camera, reusing: nil)
    }

    /// Has plainer pictures move head and body every second time only, so that hair and clothes, which are most of the work, are not drawn
    /// again. Mouth, lids and gaze move in every picture.
    private func holding(_ face: LiveFace, seconds: Double) -> (FaceFrame, Double) {
        guard face.effort != .full else {
            held = nil
            return (face.face, seconds)
        }
        // After a gap the last picture's place would be a jump back.
        guard let last = held.take(), seconds - last.seconds < Self.longestHold else {
            held = (face.face, seconds)
            return (face.face, seconds)
        }
        var shown = face.face
        shown.headRotation = last.face.headRotation
        shown.body = last.face.body
        return (shown, last.seconds)
    }

    func paint(_ face: LiveFace, _ renderer: Renderer, _ scene: SceneHandle) async throws -> LivePicture {
        let began = ContinuousClock.now
        let first = start ?? face.index
        start = first
        let size = look(of: face).size
        let isFastest = face.effort != .full
        if size != encoder.size || isFastest != encoder.isFastest {
            if size != encoder.size {
                if mark != nil { mark = TestMark(size: size) }
                spare = nil
            }
            // Parameter sets and a key picture stand at its beginning: decoders take the new size with them.
            encoder = try LiveVideoEncoder(size: size, frameRate: clip.frameRate, isFastest: isFastest)
        }
        let (shown, seconds) = holding(
            face, seconds: clip.frameRate.seconds(atFrame: max(0, face.index - first)))
        let pose = rig.pose(
            shown, timeSeconds: seconds, overrides: motion?.overrides(at: seconds) ?? PoseOverrides())
        var pixels = try await renderer.draw(
            scene, pose: pose, camera: camera, keepsStill: isFastest, reusing: spare.take()
        ).composed()
        mark?.stamp(&pixels)
        let drawnAt = LiveClock.now()
        let unit = try encoder.encode(pixels, isKey: face.isKey)
        spare = pixels
        return LivePicture(
            index: face.index, isKey: unit.isKey, drawnAt: drawnAt,
            microseconds: Int64((ContinuousClock.now - began) / .microseconds(1)), bytes: unit.bytes)
    }
}
