import AvatariumCore

/// An axis-aligned box; empty until a point is added.
public struct Bounds: Sendable, Equatable {
    public var low: SIMD3<Float>
    public var high: SIMD3<Float>

    public init() {
        low = SIMD3(repeating: .infinity)
        high = SIMD3(repeating: -.infinity)
    }

    public init(low: SIMD3<Float>, high: SIMD3<Float>) {
        self.low = low
        self.high = high
    }

    /// The box around points; nil where there are none, or one of them is not a number.
    public init?(_ points: some Sequence<SIMD3<Float>>) {
        self.init()
        for p in points {
            low = pointwiseMin(low, p)
            high = pointwiseMax(high, p)
        }
        if isEmpty { return nil }
    }

    public var isEmpty: Bool { !(low.x <= high.x && low.y <= high.y && low.z <= high.z) }
    public var center: SIMD3<Float> { (low + high) / 2 }
    public var size: SIMD3<Float> { high - low }

    public mutating func add(_ p: SIMD3<Float>) {
        low.replace(with: p, where: p .< low)
        high.replace(with: p, where: p .> high)
    }

    public mutating func add(_ other: Bounds) {
        low.replace(with: other.low, where: other.low .< low)
        high.replace(with: other.high, where: other.high .> high)
    }

    /// The eight corners.
    public var corners: [SIMD3<Float>] {
        (0..<8).map {
            SIMD3(
                $0 & 1 == 0 ? low.x : high.x, $0 & 2 == 0 ? low.y : high.y, $0 & 4 == 0 ? low.z : high.z)
        }
    }

    /// The box around this box transformed.
    public func transformed(by m: Matrix4) -> Bounds {
        guard !isEmpty else { return self }
        var out = Bounds()
        for corner in corners { out.add(m.transformPoint(corner)) }
        return out
    }
}
