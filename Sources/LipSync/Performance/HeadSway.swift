import AvatariumCore

/// The slow sway of a living head: three sines an axis, so that it never leaves its bounds.
struct HeadSway: Sendable {
    private let phases: [Double]
    private let amount: Float

    /// Cycles a second, incommensurate so that the sway does not repeat.
    private static let frequencies = [0.11, 0.173, 0.29]
    /// Degrees at the peak of one sine: pitch, yaw, roll.
    private static let reach = SIMD3<Float>(0.45, 0.75, 0.4)

    init(seed: UInt64, amount: Float) {
        self.amount = clamp(amount, 0, 2)
        var generator = SeededGenerator(seed: seed ^ 0x4EAD)
        phases = (0..<9).map { _ in Double(generator.unit()) * 2 * .pi }
    }

    /// Radians, as `FaceFrame.headRotation`.
    func rotation(at time: Double) -> SIMD3<Float> {
        var sway = SIMD3<Float>()
        for (index, frequency) in Self.frequencies.enumerated() {
            for axis in 0..<3 {
                let angle = 2 * Double.pi * frequency * (1 + 0.13 * Double(axis)) * time
                sway[axis] += sine(Float((angle + phases[index * 3 + axis]).remainder(dividingBy: 2 * .pi)))
            }
        }
        return sway * Self.reach * (.pi / 180) * amount * minimumJerk(Float(time / 0.6))
    }
}
