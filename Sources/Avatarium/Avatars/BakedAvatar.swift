import AvatariumCore
import GLTF
import LipSync
import Rig

/// A copy of the avatar with the performance as an animation, for any glTF viewer.
enum BakedAvatar {
    /// Returns a GLB of the clip's avatar with the performance and the clip's body motion as one animation.
    /// - Throws: E022, E021, E024 for the avatar and the motion; E093 for its mapping.
    static func glb(
        _ performance: Performance, clip: Clip, catalog: AvatarCatalog = AvatarCatalog()
    ) throws -> [UInt8] {
        var rig = AvatarRig(model: try catalog.load(clip.avatar))
        let motion = try clip.bodyMotion()
        motion?.join(&rig)
        var baker = AnimationBaker(rig: rig, frameRate: clip.frameRate)
        for (i, face) in performance.track.frames.enumerated() {
            try Task.checkCancellation()
            let seconds = clip.frameRate.seconds(atFrame: i)
            baker.append(
                rig.pose(
                    face, timeSeconds: seconds,
                    overrides: motion?.overrides(at: seconds) ?? PoseOverrides()))
        }
        return try baker.glb()
    }
}

/// A body motion under its name in the rig.
struct BodyMotion: Sendable {
    private static let name = "avatarium body motion"
    var clip: BodyClip

    func join(_ rig: inout AvatarRig) { rig.add(clip, named: Self.name) }

    /// Returns the overrides of a moment; the motion repeats.
    func overrides(at seconds: Double) -> PoseOverrides {
        var overrides = PoseOverrides()
        overrides.clip = Self.name
        overrides.clipSeconds = seconds
        return overrides
    }
}

extension Clip {
    /// Reads the body motion.
    /// - Throws: E021 for a file that cannot be read, E024 for one that is not a VRM animation.
    func bodyMotion() throws -> BodyMotion? {
        try AvatariumError.naming("body") {
            try body.map { BodyMotion(clip: try BodyClip(try Loader().load(path: $0))) }
        }
    }
}
