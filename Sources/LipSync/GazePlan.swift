import AvatariumCore

/// Where the eyes rest: mostly on the viewer, with short looks aside, joined by saccades.
struct GazePlan: Sendable {
    private struct Fixation {
        var start: Double
        var direction: SIMD2<Float>
    }

    private let fixations: [Fixation]

    init(seed: UInt64, amount: Float, durationSeconds: Double) {
        var generator = SeededGenerator(seed: seed ^ 0x6A_2E)
        var fixations: [Fixation] = []
        var time = 0.0
        let scale = min(max(amount, 0), 2) * Float.pi / 180
        while time < durationSeconds, scale > 0 {
            let isAside = generator.unit() < 0.2
            let reach: SIMD2<Float> = isAside ? SIMD2(3, 7) : SIMD2(0.8, 1.5)
            let direction = SIMD2(generator.uniform(-reach.x, reach.x), generator.uniform(-reach.y, reach.y))
            fixations.append(Fixation(start: time, direction: direction * scale))
            time += Double(isAside ? generator.uniform(0.4, 1) : generator.uniform(0.5, 2.8))
        }
        self.fixations = fixations
    }

    /// Radians: pitch (positive down), yaw (positive to the character's left).
    func direction(at time: Double) -> SIMD2<Float> {
        var (low, high) = (0, fixations.count)
        while low < high {
            let middle = (low + high) / 2
            if fixations[middle].start <= time { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return .zero }
        let to = fixations[low - 1]
        let from = low > 1 ? fixations[low - 2].direction : .zero
        let step = to.direction - from
        // Main sequence of saccades (Carpenter 1988): 21 ms + 2.2 ms for each degree.
        let degrees = (step * step).sum().squareRoot() * 180 / .pi
        let length = 0.021 + 0.0022 * Double(degrees)
        return from + step * minimumJerk(Float((time - to.start) / length))
    }
}
