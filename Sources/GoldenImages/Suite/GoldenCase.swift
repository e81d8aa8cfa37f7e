import AvatariumCore

/// One named picture: what to draw and how close it must come.
public struct GoldenCase: Sendable, Codable, Equatable {
    /// A case that is drawn and compared but does not count, and why.
    public struct Ignore: Sendable, Codable, Equatable {
        /// A sentence for whoever finds it later.
        public var reason: String
        /// The renderers that it holds for (`llvmpipe`); absent: all.
        public var renderers: [String]?

        public init(reason: String, renderers: [String]? = nil) {
            self.reason = reason
            self.renderers = renderers
        }

        private enum CodingKeys: String, CodingKey, CaseIterable { case reason, renderers }

        /// - Throws: `DecodingError` for a reason that is no sentence.
        public init(from decoder: any Decoder) throws {
            let container = try decoder.knownKeys(CodingKeys.self)
            reason = try container.decode(String.self, forKey: .reason)
            renderers = try container.decodeIfPresent([String].self, forKey: .renderers)
            guard reason.split(separator: " ").count >= 3 else {
                throw DecodingError.dataCorruptedError(
                    forKey: .reason, in: container,
                    debugDescription: "an ignored case needs a sentence that says why")
            }
        }
    }

    /// Letters, digits, `.`, `_` and `-`: it names the picture's file.
    public var name: String
    public var request: StillDescription?
    /// Name of a preset or of one of the suite's own tolerances. Default `standard`.
    public var tolerance: String?
    public var ignore: Ignore?

    public init(
        name: String, request: StillDescription? = nil, tolerance: String? = nil, ignore: Ignore? = nil
    ) {
        self.name = name
        self.request = request
        self.tolerance = tolerance
        self.ignore = ignore
    }

    /// Whether the name can be a file's: 1 to 100 letters, digits, `.`, `_`, `-`, not starting with a dot.
    public static func isValidName(_ name: String) -> Bool {
        // The report's page stands among the cases' folders.
        (1...100).contains(name.utf8.count) && !name.hasPrefix(".") && name != "index.html"
            && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
    }

    private enum CodingKeys: String, CodingKey, CaseIterable { case name, request, tolerance, ignore }

    /// - Throws: `DecodingError` for an unknown field or a name that no file can have.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.knownKeys(CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        request = try container.decodeIfPresent(StillDescription.self, forKey: .request)
        tolerance = try container.decodeIfPresent(String.self, forKey: .tolerance)
        ignore = try container.decodeIfPresent(Ignore.self, forKey: .ignore)
        guard GoldenCase.isValidName(name) else {
            throw DecodingError.dataCorruptedError(
                forKey: .name, in: container,
                debugDescription:
                    "'\(name)' cannot name a file: use 1 to 100 letters, digits, '.', '_' and '-'")
        }
    }
}
