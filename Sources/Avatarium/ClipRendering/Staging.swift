import AvatariumCore
import LipSync
import Rig
import VRM

/// What the camera shows and how the body moves at each moment of a clip: cuts and animations by their times.
struct Staging {
    private let clip: Clip
    private var cuts: [CameraCue]
    private var animations: [AnimationCue]
    private let motion: BodyMotion?
    private let view: CameraView
    /// Cameras that were placed already.
    private var views: [Framing: ViewCamera] = [:]
    private(set) var warnings: [Diagnostic] = []

    /// - Throws: E071 for an animation that the model does not have.
    init(_ clip: Clip, actor index: Int, motion: BodyMotion?, rig: AvatarRig) throws {
        view = clip.standing(index)
        var clip = clip
        // Times count from the beginning of the speech; what begins with the clip stays there.
        let late = clip.edit.pad.start
        for index in clip.cameras.indices where clip.cameras[index].start > 0 {
            clip.cameras[index].start += late
        }
        for index in clip.animations.indices where clip.animations[index].start > 0 {
            clip.animations[index].start += late
        }
        self.clip = clip
        self.motion = motion
        cuts = clip.cameras.sorted { $0.start < $1.start }
        animations = []
        try add(animations: clip.animations, rig: rig)
        _ = try camera(at: 0, rig: rig)
    }

    /// Takes what marks in the text ask for, as far as it is known by now.
    /// - Throws: E071 for an animation that the model does not have.
    mutating func update(_ cues: PerformanceCues, rig: AvatarRig) throws {
        if !cues.cameras.isEmpty {
            cuts = (clip.cameras + cues.cameras).sorted { $0.start < $1.start }
        }
        if !cues.animations.isEmpty {
            animations = []
            try add(animations: clip.animations + cues.animations, rig: rig)
        }
    }

    /// Checks that a model has the animations of some cues.
    /// - Throws: E071 for one that it does not have, E024 for one that cannot be played.
    static func check(_ cues: [AnimationCue], against model: AvatarModel) throws {
        for cue in cues {
            var overrides = PoseOverrides()
            overrides.clip = cue.name
            try StillRequest.check(overrides, against: model)
        }
    }

    private mutating func add(animations cues: [AnimationCue], rig: AvatarRig) throws {
        try Self.check(cues, against: rig.model)
        animations = (animations + cues).sorted { $0.start < $1.start }
    }

    /// Returns the camera of a moment: where the last cut put it, or on its way there.
    mutating func camera(at seconds: Double, rig: AvatarRig) throws -> ViewCamera {
        guard let index = cuts.lastIndex(where: { $0.start <= seconds + 1e-6 }) else {
            return try camera(clip.camera, rig: rig)
        }
        return try camera(after: index, at: seconds, rig: rig, depth: 0)
    }

    /// Moves that begin within each other, one in the next, before the first of them counts as arrived.
    private static let mostNestedMoves = 8

    private mutating func camera(
        after index: Int, at seconds: Double, rig: AvatarRig, depth: Int
    ) throws -> ViewCamera {
        let cut = cuts[index]
        let there = try camera(cut.camera, rig: rig)
        guard seconds < cut.start + cut.seconds, depth < Self.mostNestedMoves else { return there }
        // From where the camera was when the move began, which may have been a move too.
        let from =
            index > 0
            ? try camera(after: index - 1, at: cut.start, rig: rig, depth: depth + 1)
            : try camera(clip.camera, rig: rig)
        return from.moved(to: there, Float((seconds - cut.start) / cut.seconds))
    }

    private mutating func camera(_ framing: Framing, rig: AvatarRig) throws -> ViewCamera {
        if let known = views[framing] { return known }
        let (view, warnings) = try rig.camera(framing, view, aspect: clip.look.size.aspect)
        self.warnings += warnings.filter { !self.warnings.contains($0) }
        views[framing] = view
        return view
    }

    /// Returns what moves the body at a moment: the animation that began last and is not over, or else the body motion.
    func overrides(at seconds: Double, rig: AvatarRig) -> PoseOverrides {
        let playing = animations.last { cue in
            let passed = seconds - cue.start
            return passed >= -1e-6 && (cue.loop || passed <= rig.seconds(ofClip: cue.name))
        }
        guard let playing else { return motion?.overrides(at: seconds) ?? PoseOverrides() }
        var overrides = PoseOverrides()
        overrides.clip = playing.name
        overrides.clipSeconds = max(0, seconds - playing.start)
        return overrides
    }
}

extension ViewCamera {
    /// A camera on the way to another one, with a soft start and a soft end.
    fileprivate func moved(to there: ViewCamera, _ share: Float) -> ViewCamera {
        let x = min(max(share, 0), 1)
        let t = x * x * (3 - 2 * x)
        var camera = there
        camera.eye = mix(eye, there.eye, t)
        camera.target = mix(target, there.target, t)
        camera.up = normalize(mix(up, there.up, t))
        camera.fovY = mix(fovY, there.fovY, t)
        camera.near = min(near, there.near)
        camera.far = max(far, there.far)
        camera.shift = shift + (there.shift - shift) * t
        return camera
    }
}
