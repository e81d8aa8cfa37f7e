import AvatariumCore

/// The outcome of a case.
public enum GoldenOutcome: String, Sendable, Codable, CaseIterable {
    /// Within its tolerance of the expected picture.
    case passed
    /// Too far from it, or of another size.
    case failed
    /// There is no expected picture.
    case missing
    /// The picture drawn now is the expected one from now on; nobody has judged it, so it does not count as a pass.
    case recorded
    /// Does not count, for the reason given.
    case ignored
    /// Could not be drawn or compared.
    case error

    /// Whether a run with this outcome may succeed.
    public var isAcceptable: Bool { self == .passed || self == .ignored }
}

/// The result of one case, with everything needed to understand it.
public struct GoldenResult: Sendable, Encodable {
    public var name: String
    public var outcome: GoldenOutcome
    /// What happened and what to do, in one or two sentences.
    public var message: String
    /// The case's metrics against its tolerance; empty if nothing was compared.
    public var measurements: [Measurement] = []
    /// All metrics by name, for information: flipMean, flipMaximum, similarity, rms, maximumDifference,
    /// unequalPixels.
    public var figures: [String: Double] = [:]
    /// The path of the expected picture that was compared or recorded.
    public var expectedPath: String?
    /// Files in the report's folder, relative to it, by kind: `actual`, `expected` and `difference`.
    public var images: [String: String] = [:]
    public var error: AvatariumError?

    public init(name: String, outcome: GoldenOutcome, message: String) {
        self.name = name
        self.outcome = outcome
        self.message = message
    }
}

/// The results of a run.
public struct GoldenReport: Sendable, Encodable {
    public var renderer: String
    public var mode: RecordMode
    public var results: [GoldenResult]
    /// The path of the HTML page, if one was written.
    public var page: String?
    /// Expected pictures that belong to no case.
    public var strays: [String] = []

    public init(renderer: String, mode: RecordMode, results: [GoldenResult] = []) {
        self.renderer = renderer
        self.mode = mode
        self.results = results
    }

    /// Whether there were cases and all except ignored ones passed.
    public var allPassed: Bool {
        results.contains { $0.outcome == .passed } && results.allSatisfy(\.outcome.isAcceptable)
    }

    public func count(of outcome: GoldenOutcome) -> Int { results.count { $0.outcome == outcome } }

    /// `3 passed, 1 failed`.
    public var summary: String {
        let parts = GoldenOutcome.allCases.compactMap { outcome in
            count(of: outcome) > 0 ? "\(count(of: outcome)) \(outcome.rawValue)" : nil
        }
        return parts.isEmpty ? "no cases" : parts.joined(separator: ", ")
    }

    private enum CodingKeys: String, CodingKey { case renderer, mode, allPassed, results, page, strays }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(renderer, forKey: .renderer)
        try container.encode(mode, forKey: .mode)
        try container.encode(allPassed, forKey: .allPassed)
        try container.encode(results, forKey: .results)
        try container.encodeIfPresent(page, forKey: .page)
        if !strays.isEmpty { try container.encode(strays, forKey: .strays) }
    }
}
