import AvatariumCore
import GLTF

extension AnimationBaker {
    /// Bakes what a rig poses.
    /// - Parameter name: The animation's name in the file.
    public init(rig: AvatarRig, frameRate: FrameRate, name: String = "performance") {
        self.init(
            document: rig.model.document, rootTransform: rig.model.facing.matrix, frameRate: frameRate,
            name: name)
    }
}
