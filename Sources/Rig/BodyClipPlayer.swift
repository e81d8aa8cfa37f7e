import AvatariumCore
import GLTF
import VRM

/// A `BodyClip` fitted to one avatar.
///
/// Turns are taken as differences from the source's rest in the character's own axes and applied to the avatar's
/// rest, so that local bone axes need not agree (VRMC_vrm_animation, "pose data compatibility"); both should
/// rest in T-pose. The hips' path is scaled by the height of the hips.
struct BodyClipPlayer: Sendable {
    private struct Bone: Sendable {
        var node: Int
        var track: Int
        var parent: Quaternion
        var rest: Quaternion
    }

    let clip: BodyClip
    private var bones: [Bone] = []
    private var hipsNode: Int?
    private var hipsParent: Matrix4?
    private var hipsRest = SIMD3<Float>.zero
    let turnedNodes: Set<Int>

    init(_ clip: BodyClip, _ model: AvatarModel, _ graph: NodeGraph, _ world: [Matrix4]) {
        self.clip = clip
        for (index, track) in clip.bones.enumerated() {
            guard let node = model.humanoid[track.bone], world.indices.contains(node) else { continue }
            bones.append(
                Bone(
                    node: node, track: index, parent: graph.parentWorld(of: node, world).rotation,
                    rest: graph.rest[node].rotation))
        }
        turnedNodes = Set(bones.map(\.node))
        if let hips = model.humanoid[.hips], world.indices.contains(hips) {
            hipsNode = hips
            hipsParent = graph.parentWorld(of: hips, world).inverse
            hipsRest = world[hips].translation
        }
    }

    private func position(_ seconds: Double) -> Float {
        clip.durationSeconds > 0 ? Float(seconds.truncatingRemainder(dividingBy: clip.durationSeconds)) : 0
    }

    func apply(at seconds: Double, to locals: inout [LocalTransform]) {
        let time = position(seconds)
        for bone in bones {
            let track = clip.bones[bone.track]
            guard let rotation = track.rotations.quaternion(at: time) else { continue }
            let turn = track.parent * rotation * track.rest.inverse * track.parent.inverse
            let local = bone.parent.inverse * turn * bone.parent * bone.rest
            locals[bone.node].setRotation(local.normalized)
        }
        guard let track = clip.hips, let hipsNode, let hipsParent, track.rest.y > 0,
            let place = track.translations.vector(at: time)
        else { return }
        let moved = (track.parent.transformPoint(place) - track.rest) * (hipsRest.y / track.rest.y)
        locals[hipsNode].setTranslation(hipsParent.transformPoint(hipsRest + moved))
    }

    /// The clip's own expressions, by VRM name.
    func expressions(at seconds: Double) -> [String: Float] {
        let time = position(seconds)
        var weights: [String: Float] = [:]
        for (name, sampler) in clip.expressions {
            if let value = sampler.vector(at: time) { weights[name] = clamp(value.x, 0, 1) }
        }
        return weights
    }

    /// The clip's own gaze as `FaceFrame.gaze`.
    func gaze(at seconds: Double) -> SIMD2<Float>? {
        guard let turn = clip.gaze?.quaternion(at: position(seconds)) else { return nil }
        let forward = turn.rotate(SIMD3(0, 0, 1))
        return SIMD2(-arcSine(clamp(forward.y, -1, 1)), arcTangent(forward.x, forward.z))
    }
}
