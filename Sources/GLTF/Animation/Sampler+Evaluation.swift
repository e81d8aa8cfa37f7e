import AvatariumCore

/// glTF 2.0, section 3.11 and appendix C.
extension Animation.Sampler {
    /// The value of three components at a time, seconds; see `evaluate`.
    package func vector(at time: Float) -> SIMD3<Float>? {
        evaluate(at: time, width: 3).map { SIMD3($0[0], $0[1], $0[2]) }
    }

    /// The rotation at a time, seconds, between keys along the shorter arc; see `evaluate`.
    package func quaternion(at time: Float) -> Quaternion? {
        if interpolation == .linear, let (a, b, t) = keys(around: time), a != b,
            values.count >= (b + 1) * 4
        {
            func key(_ k: Int) -> Quaternion {
                Quaternion(
                    x: values[k * 4], y: values[k * 4 + 1], z: values[k * 4 + 2], w: values[k * 4 + 3])
            }
            return Quaternion.slerp(key(a), key(b), t)
        }
        return evaluate(at: time, width: 4).map {
            Quaternion(x: $0[0], y: $0[1], z: $0[2], w: $0[3]).normalized
        }
    }

    /// The value of `width` components at a time, held before the first and after the last key; nil when the
    /// sampler has too few values.
    package func evaluate(at time: Float, width: Int) -> [Float]? {
        guard let (a, b, t) = keys(around: time) else { return nil }
        let isCubic = interpolation == .cubicSpline
        let stride = isCubic ? width * 3 : width
        guard width > 0, values.count >= (b + 1) * stride else { return nil }
        let middle = isCubic ? width : 0
        let p = a * stride + middle
        let q = b * stride + middle
        if a == b || interpolation == .step { return Array(values[p..<(p + width)]) }
        if !isCubic { return (0..<width).map { mix(values[p + $0], values[q + $0], t) } }
        // Appendix C.5: tangents are scaled by the length of the segment.
        let span = times[b] - times[a]
        let t2 = t * t
        let t3 = t2 * t
        return (0..<width).map { i in
            let outTangent = values[p + width + i] * span
            let inTangent = values[q - width + i] * span
            let start = (2 * t3 - 3 * t2 + 1) * values[p + i] + (t3 - 2 * t2 + t) * outTangent
            return start + (-2 * t3 + 3 * t2) * values[q + i] + (t3 - t2) * inTangent
        }
    }

    /// The keys before and after a time and how far between them it is, 0...1.
    private func keys(around time: Float) -> (Int, Int, Float)? {
        guard let first = times.first, let last = times.last else { return nil }
        if time <= first { return (0, 0, 0) }
        if time >= last { return (times.count - 1, times.count - 1, 0) }
        var low = 0
        var high = times.count - 1
        while high - low > 1 {
            let middle = (low + high) / 2
            if times[middle] <= time { low = middle } else { high = middle }
        }
        let span = times[high] - times[low]
        return (low, high, span > 0 ? (time - times[low]) / span : 0)
    }
}
