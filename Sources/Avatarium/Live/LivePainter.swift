import AvatariumCore
import Foundation
import Media
import Rendering
import Rig

/// A face that is to be drawn for a viewer now.
public struct LiveFace: Sendable, Equatable {
    /// The frame's number on the stage's clock.
    public var index: Int
    /// Whether the viewer is to be able to begin with this picture.
    public var isKey: Bool
    public var face: FaceFrame

    public init(index: Int, isKey: Bool, face: FaceFrame) {
        self.index = index
        self.isKey = isKey
        self.face = face
    }
}

/// A drawn and encoded face.
public struct LivePicture: Sendable, Equatable {
    public var index: Int
    public var isKey: Bool
    /// When it was drawn, microseconds since 1970.
    public var drawnAt: Int64
    /// How long drawing and encoding took, microseconds.
    public var microseconds: Int64
    /// H.264 in Annex B form.
    public var bytes: [UInt8]

    public init(index: Int, isKey: Bool, drawnAt: Int64, microseconds: Int64, bytes: [UInt8]) {
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
    ///   - clip: Its avatar, look, camera and frame rate count; its speech does not.
    ///   - faces: In the order of their numbers, some of which may be left out.
    ///   - isReady: Called once, when the avatar is loaded.
    ///   - give: Takes each picture before the next is drawn.
    /// - Throws: E021, E022, E024 for the avatar, E071 for its look, E081 without libx264, E082 without GL.
    package nonisolated func paint<Faces: AsyncSequence>(
        _ clip: Clip, faces: Faces, isReady: @Sendable () async throws -> Void,
        give: (LivePicture) async throws -> Void
    ) async throws where Faces.Element == LiveFace {
        try clip.look.validate()
        let encoder = try LiveVideoEncoder(size: clip.look.size, frameRate: clip.frameRate)
        async let light: Void = renderer.prepareLight(clip.look)
        let model = try await library.model(clip.avatar)
        let motion = try clip.bodyMotion()
        try await light
        try await withScene(SceneKey(avatar: clip.avatar, look: clip.look), model: model) { scene in
            var rig = AvatarRig(model: model)
            motion?.join(&rig)
            rig.relaxesArms = clip.performance.idle
            let camera = rig.camera(clip.camera, aspect: clip.look.size.aspect)
            // The first picture of a process compiles shaders and sets encoders up: nobody is to wait for that later.
            let first = try await renderer.render(
                scene, pose: rig.pose(FaceFrame(), timeSeconds: 0), camera: camera, reusing: nil)
            var spare: PixelBuffer? = first
            try await isReady()
            // A viewer may join at any frame; springs step from the first on.
            var start: Int?
            for try await face in faces {
                let began = ContinuousClock.now
                let first = start ?? face.index
                start = first
                let seconds = clip.frameRate.seconds(atFrame: max(0, face.index - first))
                let pose = rig.pose(
                    face.face, timeSeconds: seconds,
                    overrides: motion?.overrides(at: seconds) ?? PoseOverrides())
                let pixels = try await renderer.draw(scene, pose: pose, camera: camera, reusing: spare.take())
                    .composed()
                let drawnAt = LiveClock.now()
                let unit = try encoder.encode(pixels, isKey: face.isKey)
                spare = pixels
                try await give(
                    LivePicture(
                        index: face.index, isKey: unit.isKey, drawnAt: drawnAt,
                        microseconds: Int64((ContinuousClock.now - began) / .microseconds(1)),
                        bytes: unit.bytes))
            }
        }
    }
}
