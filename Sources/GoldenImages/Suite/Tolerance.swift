import AvatariumCore

/// How far a picture may be from the expected one: every limit that is given must hold.
public struct Tolerance: Sendable, Codable, Equatable {
    /// A share of pixels, 0...1, that may differ by more than a threshold.
    public struct Share: Sendable, Codable, Equatable {
        /// sRGB steps (0...255) or FLIP (0...1), as the limit says.
        public var above: Double
        public var share: Double

        public init(above: Double, share: Double) {
            self.above = above
            self.share = share
        }
    }

    /// Pixels whose bytes differ at all: at most.
    public var unequalPixels: Int?
    /// Largest difference of any channel, sRGB steps of 0...255: at most.
    public var maximumDifference: Int?
    /// Pixels with a channel that differs by more than `above` sRGB steps.
    public var differingPixels: Share?
    /// Root of the mean square over R, G and B, sRGB steps: at most.
    public var rms: Double?
    /// Structural similarity of luma: at least.
    public var similarity: Double?
    /// Mean FLIP: at most.
    public var flipMean: Double?
    /// Pixels whose FLIP passes `above`: what finds a small part that is quite wrong.
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

    /// Byte for byte: the same machine and the same driver.
    public static let exact = Tolerance(unequalPixels: 0)
    /// For one renderer on different processors: rounding only.
    public static let tight = Tolerance(
        maximumDifference: 16, differingPixels: Share(above: 2, share: 0.001), flipMean: 0.001)
    /// For another version of one renderer: edges may move slightly, nothing may look different.
    public static let standard = Tolerance(
        differingPixels: Share(above: 8, share: 0.005), similarity: 0.995, flipMean: 0.005,
        flipPixels: Share(above: 0.25, share: 0.0005))
    /// Another rasteriser or graphics card: the picture is recognisably the same.
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
