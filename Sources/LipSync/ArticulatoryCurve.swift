import AvatariumCore

/// The curve through the keys, read forwards in time.
struct ArticulatoryCurve: Sendable {
    private let keys: [ArticulatoryKey]
    private var next = 0

    init(keys: [ArticulatoryKey]) { self.keys = keys }

    /// The pose at a time that must not be before the last one asked for.
    mutating func pose(at time: Double) -> MouthPose {
        while next < keys.count, keys[next].holdStart <= time { next += 1 }
        guard next > 0 else { return keys.first?.pose ?? .rest }
        let from = keys[next - 1]
        guard next < keys.count else { return from.pose }
        let to = keys[next]
        let start = max(from.holdEnd, to.holdStart - to.lead)
        guard time > start, to.holdStart > start else { return from.pose }
        return .blend(from.pose, to.pose, minimumJerk(Float((time - start) / (to.holdStart - start))))
    }
}

/// The minimum-jerk path from 0 to 1 (Flash and Hogan 1985): 10x^3 - 15x^4 + 6x^5, still at both ends.
func minimumJerk(_ x: Float) -> Float {
    let x = min(max(x, 0), 1)
    return x * x * x * (10 + x * (6 * x - 15))
}
