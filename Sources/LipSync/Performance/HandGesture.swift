import AvatariumCore

/// What the eight gestures of the hands are: where the hand goes, and how long each phase takes.
enum HandGesture {
    /// Seconds.
    struct Pace {
        /// From rest to the height of the stroke.
        var lead: Double
        /// From there to the end of the stroke.
        var stroke: Double
        /// What the hand stays after it.
        var hold: Double
        /// Back to rest.
        var rest: Double
    }

    static func pace(of gesture: GestureCue.Gesture) -> Pace {
        switch gesture {
        case .wave: Pace(lead: 0.75, stroke: 1.25, hold: 0.05, rest: 0.8)
        case .beat: Pace(lead: 0.38, stroke: 0.14, hold: 0.4, rest: 0.7)
        case .shrug: Pace(lead: 0.65, stroke: 0.35, hold: 0.15, rest: 0.7)
        case .count: Pace(lead: 0.75, stroke: 0.7, hold: 0.3, rest: 0.8)
        case .openPalm: Pace(lead: 0.7, stroke: 0.45, hold: 0.3, rest: 0.8)
        default: Pace(lead: 0.75, stroke: 0.7, hold: 0.3, rest: 0.8)
        }
    }

    /// The longest gesture, seconds, but for a cue whose stroke is late.
    static let longest = 12.0

    static func usualHand(_ gesture: GestureCue.Gesture) -> GestureCue.Hand {
        gesture == .shrug ? .both : .right
    }

    /// Where the arm is in a phase.
    /// - Parameters:
    ///   - progress: 0 is ready for the stroke, 1 is its height.
    ///   - since: Seconds since the height of the stroke; less than 0 before it.
    ///   - amount: 0...1, how wide the movement is.
    ///   - number: Fingers to show.
    static func pose(
        _ gesture: GestureCue.Gesture, progress: Float, since: Double, amount: Float, number: Int
    ) -> ArmPose {
        var pose = ArmPose()
        pose.weight = 1
        switch gesture {
        case .openPalm:
            pose.wrist = mix(SIMD3(0.06, -0.5, 0.5), SIMD3(0.34, -0.4, 0.66), progress)
            pose.fingers = mix(SIMD3(0.1, 0.15, 1), SIMD3(0.55, 0.12, 0.85), progress)
            pose.palm = mix(SIMD3(-0.5, 1, 0.1), SIMD3(-0.1, 1, 0.35), progress)
            pose.elbow = 0.25
            pose.curl = curls(thumb: -0.2, 0.06, 0.08, 0.1, 0.12)
        case .point:
            pose.wrist = mix(SIMD3(0.2, -0.3, 0.5), SIMD3(0.56, -0.08, 0.56), progress)
            pose.fingers = mix(SIMD3(0.3, 0.6, 0.7), SIMD3(0.95, 0.2, 0.3), progress)
            pose.palm = SIMD3(0.1, -0.75, 0.35)
            pose.elbow = 0.35
            pose.curl = curls(thumb: 0.7, 0, 0.92, 0.95, 0.97)
        case .count:
            pose.wrist = mix(SIMD3(0.34, -0.3, 0.5), SIMD3(0.36, -0.06, 0.5), progress)
            pose.fingers = SIMD3(0.06, 1, 0.08)
            pose.palm = SIMD3(-0.1, 0, 1)
            pose.elbow = 0.3
            pose.curl = counted(number)
        case .shrug:
            pose.wrist = mix(SIMD3(0.3, -0.62, 0.42), SIMD3(0.5, -0.5, 0.5), progress * amount)
            pose.fingers = SIMD3(0.8, 0.12, 0.6)
            pose.palm = SIMD3(-0.1, 1, 0.4)
            pose.elbow = 0.15
            pose.curl = curls(thumb: -0.15, 0.1, 0.13, 0.16, 0.2)
        case .thumbsUp:
            pose.wrist = mix(SIMD3(0.14, -0.5, 0.5), SIMD3(0.2, -0.24, 0.6), progress)
            pose.fingers = SIMD3(-0.8, 0.05, 0.6)
            pose.palm = SIMD3(-0.6, 0, -0.8)
            pose.elbow = 0.25
            pose.curl = curls(thumb: -1, 1, 1, 1, 1)
        case .wave:
            // To and fro from the height of the stroke on, ever smaller.
            let swing =
                since > 0
                ? cosine(Float(min(since, 1.3)) * 2 * .pi / 0.5)
                    * (1 - 0.45 * minimumJerk(Float(since) / 1.3))
                : progress
            pose.wrist = SIMD3(0.36 + 0.07 * swing * amount, 0.1, 0.44)
            pose.fingers = SIMD3(0.05 + 0.4 * swing * amount, 1, 0.1)
            pose.palm = SIMD3(0, 0, 1)
            pose.elbow = 0.15
            pose.curl = curls(thumb: -0.25, 0.03, 0.02, 0.04, 0.06)
        case .handToChest:
            pose.wrist = mix(SIMD3(0.05, -0.36, 0.52), SIMD3(-0.06, -0.3, 0.3), progress)
            pose.fingers = SIMD3(-1, 0.35, mix(0.35, 0.05, progress))
            pose.palm = SIMD3(-0.15, 0, -1)
            pose.elbow = 0.55
            pose.curl = curls(thumb: 0, 0.12, 0.12, 0.14, 0.16)
        case .beat:
            // Down at the stroke, and half of the way up again.
            let up: Float = since > 0 ? 0.45 * minimumJerk(Float(since) / 0.3) : 1 - progress
            pose.wrist = SIMD3(0.1, -0.6 + 0.2 * up * amount, 0.52 + 0.05 * up * amount)
            pose.fingers = SIMD3(-0.25, -0.05 + 0.4 * up * amount, 1)
            pose.palm = SIMD3(-0.8, 0.25, 0.1)
            pose.elbow = 0.2
            pose.curl = curls(thumb: 0.05, 0.18, 0.25, 0.3, 0.36)
        default: pose.weight = 0
        }
        return pose
    }

    private static func curls(
        thumb: Float, _ index: Float, _ middle: Float, _ ring: Float, _ little: Float
    ) -> SIMD8<Float> {
        SIMD8(thumb, index, middle, ring, little, 0, 0, 0)
    }

    /// The index finger first, the thumb last.
    private static func counted(_ number: Int) -> SIMD8<Float> {
        func bent(_ from: Int) -> Float { number >= from ? 0.02 : 0.97 }
        return curls(thumb: number >= 5 ? -0.3 : 0.85, bent(1), bent(2), bent(3), bent(4))
    }
}
