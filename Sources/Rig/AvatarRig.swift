import AvatariumCore
import GLTF
import Geometry
import VRM

/// Poses an avatar: converts a `FaceFrame` to node matrices and morph weights.
///
/// The avatar is turned to face +Z whatever its dialect. Frames depend on the model and the track alone; springs
/// run on a clock of their own that starts, at rest, with the first frame posed, so frames must be posed in
/// order. A copy starts from the same state.
public struct AvatarRig: Sendable {
    /// The model; for a plain glTF file, `facing` is detected from its face.
    public let model: AvatarModel
    /// The mechanism that drives the avatar's mouth.
    public var mouth: MouthDriver { face.mouth }
    /// Whether the jaw's joint opens the mouth, alone or in addition to shapes that open it only slightly.
    public var turnsJaw: Bool { face.turnsJaw }
    /// The measurements of the avatar's lips; nil if no lips were found.
    public let calibration: MouthCalibration?
    /// Whether arms of T- and A-poses are lowered, unless an animation moves them.
    public var relaxesArms = true
    /// Whether frames start from the file's own pose, including default morph weights and arms, instead of the
    /// neutral pose of performances.
    public var keepsFilePose = false

    let graph: NodeGraph
    let face: FaceDriver
    let fileWeights: [[Float]]
    let neutralWeights: [[Float]]
    let neutral: [LocalTransform]
    let restWorld: [Matrix4]
    let head: HeadJoints
    let body: BodyDriver
    /// `neutral` with arms that hang.
    let relaxed: [LocalTransform]
    var clips: [String: RigClip]
    var springs: SpringSimulation

    public init(model given: AvatarModel) {
        var model = given
        model.facing = Facing.rotation(given)
        self.model = model
        graph = NodeGraph(model.document, facing: model.facing)
        restWorld = graph.world(graph.rest)
        neutral = NeutralPose.locals(model, graph)
        let neutralWorld = graph.world(neutral)
        let geometry = PosedGeometry(model.document, world: neutralWorld)
        let jaw = HeadJoints.withOpenJaw(model, graph, neutralWorld)
        let lipGap = HeadRegion(model, graph, geometry).flatMap {
            LipGapModel(model, geometry, skullHeight: $0.skullHeight, jaw: jaw)
        }
        face = FaceDriver(model, lipGap: lipGap)
        calibration = lipGap.map { MouthCalibration(model, $0) }
        let fileWeights: [[Float]] = model.document.nodes.map { node in
            guard let mesh = node.mesh, model.document.meshes.indices.contains(mesh) else { return [] }
            let count = model.document.meshes[mesh].primitives.map(\.targets.count).max() ?? 0
            var weights = node.weights.isEmpty ? model.document.meshes[mesh].weights : node.weights
            weights = Array(weights.prefix(count))
            return weights + [Float](repeating: 0, count: count - weights.count)
        }
        self.fileWeights = fileWeights
        neutralWeights = NeutralPose.weights(model, fileWeights)
        head = HeadJoints(model, graph, neutralWorld)
        // A model that is not a talking avatar keeps the pose of its file.
        let isAvatar = face.mouth != .none || model.dialect != .gltf
        body = isAvatar ? BodyDriver(model, graph, neutral: neutral, neutralWorld) : BodyDriver()
        var relaxed = neutral
        body.relax(&relaxed)
        self.relaxed = relaxed
        var clips: [String: RigClip] = [:]
        for (i, animation) in model.document.animations.enumerated() {
            let name = animation.name ?? "\(i)"
            let player = RigClip.own(ClipPlayer(animation: animation))
            if clips[name] == nil { clips[name] = player }
            if clips["\(i)"] == nil { clips["\(i)"] = player }
        }
        self.clips = clips
        springs = SpringSimulation(model, graph)
    }

    /// Adds a motion (VRMA) under a name; it replaces one of the same name.
    public mutating func add(_ clip: BodyClip, named name: String) {
        clips[name] = .body(BodyClipPlayer(clip, model, graph, restWorld))
    }

    /// Returns the duration of an animation in seconds; 0 if there is none with the name.
    public func seconds(ofClip name: String) -> Double {
        switch clips[name] {
        case .own(let player): Double(player.animation.durationSeconds)
        case .body(let player): player.clip.durationSeconds
        case nil: 0
        }
    }

    /// Returns the file's own pose, turned to face +Z, without face movement and springs.
    public func restPose() -> FramePose {
        FramePose(nodeMatrices: restWorld, morphWeights: fileWeights)
    }

    /// What frames start from.
    var start: [LocalTransform] { keepsFilePose ? graph.rest : relaxesArms ? relaxed : neutral }

    /// The morph weights that frames start from.
    var startWeights: [[Float]] { keepsFilePose ? fileWeights : neutralWeights }

    /// Whether the avatar has visible hands for gestures.
    public var hasHands: Bool { body.hasHands.contains(true) }

    /// Returns the pose of one frame. Springs have state, so call it for frames in order.
    /// - Parameter timeSeconds: The time of the frame in the clip.
    public mutating func pose(
        _ frame: FaceFrame, timeSeconds: Double, overrides: PoseOverrides = PoseOverrides()
    ) -> FramePose {
        var locals = start
        var weights = startWeights
        var clipTurns: Set<Int> = []
        var clipExpressions: [String: Float] = [:]
        var gaze = frame.gaze
        if let name = overrides.clip, let clip = clips[name] {
            clipTurns = clip.turnedNodes
            switch clip {
            case .own(let player): player.apply(at: overrides.clipSeconds, to: &locals, &weights)
            case .body(let player):
                player.apply(at: overrides.clipSeconds, to: &locals)
                clipExpressions = player.expressions(at: overrides.clipSeconds)
                gaze += player.gaze(at: overrides.clipSeconds) ?? .zero
            }
        }
        var shapes = frame.shapes
        if gaze == .zero {
            gaze = GazeAngles.gaze(fromShapes: shapes)
        } else {
            GazeAngles.setShapes(&shapes, gaze: gaze)
        }
        let (materials, lookFactor) = face.apply(
            frame, shapes: shapes, gaze: gaze, overrides, clipExpressions: clipExpressions, to: &weights)

        let jaw = face.turnsJaw ? SpokenMouth(frame, shapes: shapes, overrides).jawOpening : 0
        body.apply(frame.body, except: clipTurns, to: &locals)
        head.apply(rotation: frame.headRotation, gaze: gaze * lookFactor, jawOpen: jaw, to: &locals)
        var world = graph.world(locals)
        if !model.constraints.isEmpty {
            NodeConstraintSolver.apply(model.constraints, graph, &locals, &world)
        }
        springs.advance(to: timeSeconds, &locals, &world)
        return FramePose(nodeMatrices: world, morphWeights: weights, materialOverrides: materials)
    }
}
