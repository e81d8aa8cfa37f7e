import Avatarium
import AvatariumCore

/// A golden case: a picture, some frames of a clip, or the report on a model, and the tolerance of its
/// comparison.
public struct GoldenCase: Sendable, Codable, Equatable {
    /// Marks a case that is rendered and compared but does not count, with the reason.
    public struct Ignore: Sendable, Codable, Equatable {
        /// The reason, as a sentence.
        public var reason: String
        /// The renderers for which the case is ignored (`llvmpipe`); nil for all.
        public var renderers: [String]?

        public init(reason: String, renderers: [String]? = nil) {
            self.reason = reason
            self.renderers = renderers
        }

        private enum CodingKeys: String, CodingKey, CaseIterable { case reason, renderers }

        /// - Throws: `DecodingError` if the reason is not a sentence.
        public init(from decoder: any Decoder) throws {
            let container = try decoder.knownKeys(CodingKeys.self)
            reason = try container.decode(String.self, forKey: .reason)
            renderers = try container.decodeIfPresent([String].self, forKey: .renderers)
            guard reason.split(separator: " ").count >= 3 else {
                throw DecodingError.dataCorruptedError(
                    forKey: .reason, in: container,
                    debugDescription: "an ignored case needs a reason")
            }
        }
    }

    /// The name of the case and of the picture's file: letters, digits, `.`, `_` and `-`.
    public var name: String
    public var request: StillDescription?
    /// A clip whose frames are compared, instead of a still; the fields of a `ClipRequest`.
    public var clip: ClipRequest?
    /// The times in the clip, in seconds; each yields a picture `NAME-1.25`.
    public var times: [Double]?
    /// The name or path of a model whose `inspect --json` report is compared, instead of a picture. The expected
    /// report is `NAME.json` and must be identical.
    public var inspect: String?
    /// The name of a preset or of one of the suite's tolerances. Default `standard`.
    public var tolerance: String?
    public var ignore: Ignore?

    public init(
        name: String, request: StillDescription? = nil, tolerance: String? = nil, ignore: Ignore? = nil
    ) {
        self.name = name
        self.request = request
        clip = nil
        self.tolerance = tolerance
        self.ignore = ignore
    }

    /// Returns whether the name is a valid file name: 1 to 100 letters, digits, `.`, `_`, `-`, not starting with
    /// a dot.
    public static func isValidName(_ name: String) -> Bool {
        // The report's page stands among the cases' folders.
        (1...100).contains(name.utf8.count) && !name.hasPrefix(".") && name != "index.html"
            && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
    }

    /// The names of its pictures: its own, or one for each moment of the clip.
    var pictureNames: [String] {
        guard inspect == nil else { return [] }
        guard clip != nil, let times else { return [name] }
        return times.map { "\(name)-\(Measurement.short($0))" }
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, request, clip, times, inspect, tolerance, ignore
    }

    /// Moments of one case.
    static let maximumTimes = 100

    /// - Throws: `DecodingError` for an unknown field or a name that is not a valid file name.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.knownKeys(CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        request = try container.decodeIfPresent(StillDescription.self, forKey: .request)
        clip = try container.decodeIfPresent(ClipRequest.self, forKey: .clip)
        times = try container.decodeIfPresent([Double].self, forKey: .times)
        inspect = try container.decodeIfPresent(String.self, forKey: .inspect)
        tolerance = try container.decodeIfPresent(String.self, forKey: .tolerance)
        func refuse(_ key: CodingKeys, _ reason: String) -> DecodingError {
            .dataCorruptedError(forKey: key, in: container, debugDescription: reason)
        }
        if [request != nil, clip != nil, inspect != nil].count(where: { $0 }) > 1 {
            throw refuse(.request, "a case needs exactly one of request, clip and inspect")
        }
        if clip != nil {
            guard let times, (1...GoldenCase.maximumTimes).contains(times.count),
                times.allSatisfy({ $0 >= 0 && $0 <= 3600 })
            else {
                throw refuse(
                    .times, "a clip needs `times`: 1 to \(GoldenCase.maximumTimes) times from 0 to 3600 s"
                )
            }
        } else if times != nil {
            throw refuse(.times, "`times` applies only to a clip; a still has `time` in its request")
        }
        ignore = try container.decodeIfPresent(Ignore.self, forKey: .ignore)
        guard GoldenCase.isValidName(name) else {
            throw DecodingError.dataCorruptedError(
                forKey: .name, in: container,
                debugDescription:
                    "'\(name)' cannot name a file: use 1 to 100 letters, digits, '.', '_' and '-'")
        }
    }
}
