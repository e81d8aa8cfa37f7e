import GLTF
import LipSync
import Rig

/// A copy of the avatar that performs by itself, in any glTF viewer.
public enum BakedAvatar {
    /// The GLB: the plan's avatar with the performance, and the plan's body motion, as one animation.
    /// - Throws: E022, E021, E024 for the avatar and the motion; E093 for its mapping.
    public static func glb(
        _ performance: Performance, plan: ClipPlan, catalog: AvatarCatalog = AvatarCatalog()
    ) throws -> [UInt8] {
        var rig = AvatarRig(model: try catalog.load(plan.avatar, mapping: plan.mapping))
        let motion = try plan.bodyMotion()
        motion?.join(&rig)
        var baker = AnimationBaker(rig: rig, frameRate: plan.frameRate)
        for (i, face) in performance.track.frames.enumerated() {
            try Task.checkCancellation()
            let seconds = plan.frameRate.seconds(atFrame: i)
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

    /// It repeats.
    func overrides(at seconds: Double) -> PoseOverrides {
        var overrides = PoseOverrides()
        overrides.clip = Self.name
        overrides.clipSeconds = seconds
        return overrides
    }
}

extension ClipPlan {
    /// - Throws: E021 for a file that cannot be read, E024 for one that is no VRM animation.
    func bodyMotion() throws -> BodyMotion? {
        try AvatariumError.naming("body") {
            try body.map { BodyMotion(clip: try BodyClip(try Loader().load(path: $0))) }
        }
    }
}
