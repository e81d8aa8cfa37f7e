import AvatariumCore

/// Where the eyes rest: mostly on the viewer, with short looks aside, joined by saccades; or where a cue says.
struct GazePlan: Sendable {
    /// How fast a movement is made.
    enum Pace: Sendable {
        /// Main sequence of saccades (Carpenter 1988): 21 ms + 2.2 ms for each degree.
        case saccade
        /// A turn of the head, whatever its size.
        case head
    }

    private struct Fixation {
        var start: Double
        /// Radians.
        var direction: SIMD2<Float>
        /// Where the movement to it begins, radians, and how long it takes, seconds.
        var from = SIMD2<Float>.zero
        var length = 0.0

        func direction(at time: Double) -> SIMD2<Float> {
            from + (direction - from) * minimumJerk(Float((time - start) / length))
        }
    }

    private let fixations: [Fixation]

    init(options: PerformanceOptions, durationSeconds: Double, pace: Pace = .saccade) {
        var fixations = Self.laid(options.gaze, over: Self.wandering(options, durationSeconds))
        for index in fixations.indices {
            if index > 0 {
                fixations[index].from = fixations[index - 1].direction(at: fixations[index].start)
            }
            let step = (fixations[index].direction - fixations[index].from) * (180 / .pi)
            let degrees = Double((step * step).sum().squareRoot())
            fixations[index].length = pace == .head ? 0.35 : 0.021 + 0.0022 * degrees
        }
        self.fixations = fixations
    }

    /// Puts cues in the place of the fixations in their time; a later cue is laid over an earlier one. Each fixation
    /// is taken up and put down once.
    private static func laid(_ cues: [GazeCue], over fixations: [Fixation]) -> [Fixation] {
        var past: [Fixation] = []
        // What is still to come, the next one last.
        var future = Array(fixations.reversed())
        for cue in cues.sorted(by: { $0.start < $1.start }) where cue.start.isFinite {
            let direction = SIMD2(clamp(cue.pitch, -30, 30), clamp(cue.yaw, -40, 40)) * (.pi / 180)
            let end = max(cue.end ?? .infinity, cue.start)
            while let next = future.last, next.start < cue.start { past.append(future.removeLast()) }
            while let next = future.last, next.start < end { future.removeLast() }
            if end.isFinite { future.append(Fixation(start: end, direction: .zero)) }
            future.append(Fixation(start: cue.start, direction: direction))
        }
        return past + future.reversed()
    }

    private static func wandering(_ options: PerformanceOptions, _ durationSeconds: Double) -> [Fixation] {
        var generator = SeededGenerator(seed: options.seed ^ 0x6A_2E)
        var fixations: [Fixation] = []
        var time = 0.0
        let scale = clamp(options.gazeMotion, 0, 2) * Float.pi / 180
        while time < durationSeconds, scale > 0 {
            let isAside = generator.unit() < 0.2
            let reach: SIMD2<Float> = isAside ? SIMD2(3, 7) : SIMD2(0.8, 1.5)
            let direction = SIMD2(generator.uniform(-reach.x, reach.x), generator.uniform(-reach.y, reach.y))
            fixations.append(Fixation(start: time, direction: direction * scale))
            time += Double(isAside ? generator.uniform(0.4, 1) : generator.uniform(0.5, 2.8))
        }
        return fixations
    }

    /// Radians: pitch (positive down), yaw (positive to the character's left).
    func direction(at time: Double) -> SIMD2<Float> {
        let after = fixations.partitionPoint { $0.start > time }
        guard after > 0 else { return .zero }
        return fixations[after - 1].direction(at: time)
    }
}

extension Array {
    /// The index of the first element for which `isAfter` holds, in an array where it holds for a tail.
    func partitionPoint(_ isAfter: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isAfter(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
