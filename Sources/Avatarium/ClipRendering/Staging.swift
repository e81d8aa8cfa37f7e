import AvatariumCore
import LipSync
import Rig

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

    private mutating func add(animations cues: [AnimationCue], rig: AvatarRig) throws {
        for cue in cues {
            var overrides = PoseOverrides()
            overrides.clip = cue.name
            try StillRequest.check(overrides, against: rig.model)
        }
        animations = (animations + cues).sorted { $0.start < $1.start }
    }

    /// Returns the camera of a moment.
    mutating func camera(at seconds: Double, rig: AvatarRig) throws -> ViewCamera {
        let framing = cuts.last { $0.start <= seconds + 1e-6 }?.camera ?? clip.camera
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
