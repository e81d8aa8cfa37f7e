/// The state of a body at one instant, independent of the skeleton; the rig scales it to its arms.
public struct BodyFrame: Sendable, Equatable {
    /// The fill of the lungs: 0 exhaled, 1 inhaled.
    public var breath: Float = 0
    /// The leg that carries the weight: -1 right, 1 left, 0 both.
    public var weightShift: Float = 0
    /// The amount by which the shoulders are raised, 0...1.
    public var shoulders: Float = 0
    /// The poses of the arms that make a gesture.
    public var left = ArmPose()
    public var right = ArmPose()

    public init() {}

    /// Linear interpolation of everything.
    package func mixed(with other: BodyFrame, _ t: Float) -> BodyFrame {
        var out = self
        out.breath = mix(breath, other.breath, t)
        out.weightShift = mix(weightShift, other.weightShift, t)
        out.shoulders = mix(shoulders, other.shoulders, t)
        out.left = left.mixed(with: other.left, t)
        out.right = right.mixed(with: other.right, t)
        return out
    }
}

/// The pose of an arm that makes a gesture. Axes are the character's: x outwards from its middle, y up, z
/// forwards, so both arms have the same values.
public struct ArmPose: Sendable, Equatable {
    /// The weight of the pose: 0 hangs at rest, 1 is the pose below.
    public var weight: Float = 0
    /// The position of the wrist relative to the shoulder joint, in arm lengths (shoulder to wrist).
    public var wrist = SIMD3<Float>(0.2, -0.9, 0.1)
    /// The directions of the fingers and of the palm; of any length.
    public var fingers = SIMD3<Float>(0, -1, 0)
    public var palm = SIMD3<Float>(-1, 0, 0)
    /// The direction of the elbow: 0 below the line from shoulder to wrist, 1 sideways.
    public var elbow: Float = 0.3
    /// The bending of thumb, index, middle, ring and little finger, 0 straight to 1 a fist; a thumb below 0 is
    /// spread. The last three elements are unused.
    public var curl = SIMD8<Float>(repeating: 0)

    public init() {}

    /// A pose laid over this one.
    /// - Parameter share: 0 leaves this one, 1 covers it.
    package func covered(by pose: ArmPose, _ share: Float) -> ArmPose {
        guard share > 0 else { return self }
        let whole = weight + (1 - weight) * share
        // Of an arm at rest the pose says nothing.
        var out = mixed(with: pose, share / whole)
        out.weight = whole
        return out
    }

    func mixed(with other: ArmPose, _ t: Float) -> ArmPose {
        guard t < 1, weight > 0 || other.weight > 0 else { return other }
        var out = other.weight > 0 ? other : self
        if weight > 0, other.weight > 0 {
            out.wrist = AvatariumCore.mix(wrist, other.wrist, t)
            out.fingers = AvatariumCore.mix(fingers, other.fingers, t)
            out.palm = AvatariumCore.mix(palm, other.palm, t)
            out.elbow = AvatariumCore.mix(elbow, other.elbow, t)
            out.curl = curl + (other.curl - curl) * t
        }
        out.weight = AvatariumCore.mix(weight, other.weight, t)
        return out
    }
}

extension BodyFrame {
    /// Numbers in ``values``.
    package static let valueCount = 3 + 2 * 16

    /// All of it as numbers, in a fixed order: for another process.
    package var values: [Float] {
        [breath, weightShift, shoulders] + left.values + right.values
    }

    /// - Parameter values: ``valueCount`` of them.
    package init(values: some Collection<Float>) {
        let all = Array(values)
        (breath, weightShift, shoulders) = (all[0], all[1], all[2])
        left = ArmPose(values: all[3..<19])
        right = ArmPose(values: all[19..<35])
    }
}

extension ArmPose {
    fileprivate var values: [Float] {
        [weight, wrist.x, wrist.y, wrist.z, fingers.x, fingers.y, fingers.z, palm.x, palm.y, palm.z, elbow]
            + (0..<5).map { curl[$0] }
    }

    fileprivate init(values: ArraySlice<Float>) {
        let v = Array(values)
        weight = v[0]
        wrist = SIMD3(v[1], v[2], v[3])
        fingers = SIMD3(v[4], v[5], v[6])
        palm = SIMD3(v[7], v[8], v[9])
        elbow = v[10]
        for finger in 0..<5 { curl[finger] = v[11 + finger] }
    }
}
