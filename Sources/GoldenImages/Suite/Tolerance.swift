import AvatariumCore

/// The permitted difference between a picture and the expected one: every limit that is set must hold.
public struct Tolerance: Sendable, Codable, Equatable {
    /// A fraction of pixels, 0...1, that may differ by more than a threshold.
    public struct Share: Sendable, Codable, Equatable {
        /// The threshold, in sRGB steps (0...255) or FLIP (0...1), depending on the limit.
        public var above: Double
        public var share: Double

        public init(above: Double, share: Double) {
            self.above = above
            self.share = share
        }
    }

    /// The maximum number of pixels whose bytes differ.
    public var unequalPixels: Int?
    /// The maximum difference of any channel, in sRGB steps of 0...255.
    public var maximumDifference: Int?
    /// The maximum fraction of pixels with a channel that differs by more than `above` sRGB steps.
    public var differingPixels: Share?
    /// The maximum root mean square difference over R, G and B, in sRGB steps.
    public var rms: Double?
    /// The minimum structural similarity of luma.
    public var similarity: Double?
    /// The maximum mean FLIP.
    public var flipMean: Double?
    /// The maximum fraction of pixels whose FLIP exceeds `above`; it reveals a small wrong region.
    public var flipPixels: Share?

    public init(
        unequalPixels: Int? = nil, maximumDifference: Int? = nil, differingPixels: Share? = nil,
        rms: Double? = nil, similarity: Double? = nil, flipMean: Double? = nil, flipPixels: Share? = nil
    ) {
        self.unequalPixels = unequalPixels
        self.maximumDifference = maximumDifference
        self.differingPixels = differingPixels
        self.rms = rms
        self.similarity = similarity
        self.flipMean = flipMean
        self.flipPixels = flipPixels
    }

    /// Identical bytes: for the same machine and driver.
    public static let exact = Tolerance(unequalPixels: 0)
    /// For one renderer on different processors: rounding only.
    public static let tight = Tolerance(
        maximumDifference: 16, differingPixels: Share(above: 2, share: 0.001), flipMean: 0.001)
    /// For different versions of one renderer: edges may move slightly, but nothing may look different.
    public static let standard = Tolerance(
        differingPixels: Share(above: 8, share: 0.005), similarity: 0.995, flipMean: 0.005,
        flipPixels: Share(above: 0.25, share: 0.0005))
    /// For different rasterisers or graphics cards: the picture is recognisably the same.
    public static let loose = Tolerance(
        similarity: 0.97, flipMean: 0.03, flipPixels: Share(above: 0.4, share: 0.005))

    /// The presets by name.
    public static let presets: [String: Tolerance] = [
        "exact": .exact, "tight": .tight, "standard": .standard, "loose": .loose,
    ]

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case unequalPixels, maximumDifference, differingPixels, rms, similarity, flipMean, flipPixels
    }

    /// - Throws: `DecodingError` for an unknown metric, a limit out of range, or no limit at all.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.knownKeys(CodingKeys.self)
        func number(_ key: CodingKeys, in range: ClosedRange<Double>) throws -> Double? {
            guard let value = try container.decodeIfPresent(Double.self, forKey: key) else { return nil }
            guard range.contains(value) else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: container,
                    debugDescription: "must be \(range.lowerBound) to \(range.upperBound)")
            }
            return value
        }
        func share(_ key: CodingKeys, above range: ClosedRange<Double>) throws -> Share? {
            guard let value = try container.decodeIfPresent(Share.self, forKey: key) else { return nil }
            guard range.contains(value.above), (0...1).contains(value.share) else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: container,
                    debugDescription:
                        "`above` must be \(range.lowerBound) to \(range.upperBound), `share` 0 to 1")
            }
            return value
        }
        unequalPixels = try number(.unequalPixels, in: 0...1e9).map { Int($0) }
        maximumDifference = try number(.maximumDifference, in: 0...255).map { Int($0) }
        differingPixels = try share(.differingPixels, above: 0...255)
        rms = try number(.rms, in: 0...255)
        similarity = try number(.similarity, in: -1...1)
        flipMean = try number(.flipMean, in: 0...1)
        flipPixels = try share(.flipPixels, above: 0...1)
        guard self != Tolerance() else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: decoder.codingPath,
                    debugDescription: "a tolerance needs at least one limit, or every picture would pass"))
        }
    }
}
