import AvatariumCore

/// The value of a metric and its limit.
public struct Measurement: Sendable, Encodable, Equatable, CustomStringConvertible {
    /// The name of the limit in the case file: `flipMean`, `similarity` ...
    public var metric: String
    /// For fractions of pixels, the threshold of a pixel's difference.
    public var above: Double?
    public var value: Double
    public var limit: Double
    public var passed: Bool

    package init(metric: String, above: Double? = nil, value: Double, limit: Double, passed: Bool) {
        self.metric = metric
        self.above = above
        self.value = value
        self.limit = limit
        self.passed = passed
    }

    /// `flipMean 0.0123 (at most 0.005)`, `differingPixels: 1.52 % are off by more than 8 (at most 0.5 %)`.
    public var description: String {
        let short = Measurement.short
        if let above {
            let unit =
                metric == "flipPixels" ? "are above \(short(above))" : "are off by more than \(short(above))"
            return "\(metric): \(short(100 * value)) % \(unit) (at most \(short(100 * limit)) %)"
        }
        let bound = metric == "similarity" ? "at least" : "at most"
        return "\(metric) \(short(value)) (\(bound) \(short(limit)))"
    }

    /// Up to four digits that matter.
    static func short(_ value: Double) -> String {
        if value == value.rounded(), abs(value) < 1e9 { return String(Int(value)) }
        var scale = 1.0
        while abs(value) * scale < 1000, scale < 1e7 { scale *= 10 }
        return String((value * scale).rounded() / scale)
    }
}

extension Tolerance {
    /// Measures a comparison against every limit that is set.
    /// - Parameters:
    ///   - comparison: The comparison of the two images.
    ///   - map: The comparison's FLIP map.
    public func measurements(of comparison: ImageComparison, map: FLIPMap) -> [Measurement] {
        var all: [Measurement] = []
        func atMost(_ metric: String, _ value: Double, _ limit: Double, above: Double? = nil) {
            all.append(
                Measurement(metric: metric, above: above, value: value, limit: limit, passed: value <= limit))
        }
        if let unequalPixels {
            atMost("unequalPixels", Double(comparison.unequalPixels), Double(unequalPixels))
        }
        let channels = comparison.channelDifference(tolerance: Int(differingPixels?.above ?? 0))
        if let maximumDifference {
            atMost("maximumDifference", Double(channels.maximum.max()), Double(maximumDifference))
        }
        if let limit = differingPixels {
            atMost("differingPixels", channels.shareBeyondTolerance, limit.share, above: limit.above)
        }
        if let rms { atMost("rms", channels.rms, rms) }
        if let similarity {
            let value = comparison.structuralSimilarity()
            all.append(
                Measurement(
                    metric: "similarity", value: value, limit: similarity, passed: value >= similarity))
        }
        if let flipMean { atMost("flipMean", map.mean, flipMean) }
        if let limit = flipPixels {
            atMost("flipPixels", map.share(above: Float(limit.above)), limit.share, above: limit.above)
        }
        return all
    }
}
