import Avatarium
import AvatariumCore
import Foundation

/// A case file: the cases, their defaults, and tolerances in addition to the presets.
public struct GoldenSuite: Sendable, Codable, Equatable {
    /// The defaults of every request.
    public var defaults: StillDescription?
    /// The file's own tolerances by name; they take precedence over presets of the same name.
    public var tolerances: [String: Tolerance]?
    public var cases: [GoldenCase]

    public init(
        defaults: StillDescription? = nil, tolerances: [String: Tolerance]? = nil, cases: [GoldenCase]
    ) {
        self.defaults = defaults
        self.tolerances = tolerances
        self.cases = cases
    }

    /// The largest size of a case file, in bytes.
    public static let maximumFileBytes = 16 << 20

    /// Reads a case file.
    /// - Throws: E093 with a JSON pointer in `context.field` (and line and column if the text is not JSON).
    public init(json bytes: [UInt8]) throws {
        guard bytes.count <= GoldenSuite.maximumFileBytes else {
            throw AvatariumError(
                .validationError,
                "the case file is larger than \(GoldenSuite.maximumFileBytes) bytes; split it",
                context: ["field": ""])
        }
        do {
            _ = try JSONParser.parse(bytes)
        } catch {
            throw AvatariumError(
                .validationError, "the case file is not JSON: \(error)",
                context: ["field": "", "line": "\(error.line)", "column": "\(error.column)"])
        }
        do {
            self = try JSONDecoder().decode(GoldenSuite.self, from: Data(bytes))
        } catch let error as DecodingError {
            throw error.validationError("the case file does not match its schema")
        }
        try check()
    }

    /// Reads a case file by its path.
    /// - Throws: E072 if the file cannot be read; E093 if it does not match its schema.
    public init(path: String) throws {
        let data = try InputFile.read(
            path, "case file", field: "", code: .missingRequiredField, limit: GoldenSuite.maximumFileBytes)
        do {
            try self.init(json: [UInt8](data))
        } catch let error as AvatariumError {
            throw error.adding(context: ["path": path])
        }
    }

    /// Returns the tolerance of a case.
    public func tolerance(of goldenCase: GoldenCase) -> Tolerance {
        let name = goldenCase.tolerance ?? "standard"
        return tolerances?[name] ?? Tolerance.presets[name] ?? .standard
    }

    /// - Throws: E093 for a suite without cases, a name used twice, or an undefined tolerance.
    public func check() throws {
        func refuse(_ pointer: String, _ message: String) throws {
            throw AvatariumError(.validationError, message, context: ["field": pointer])
        }
        if cases.isEmpty { try refuse("/cases", "the suite has no cases; nothing would be checked") }
        // File systems that ignore case must not let one picture overwrite another.
        var seen: [String: Int] = [:]
        for (i, goldenCase) in cases.enumerated() {
            guard GoldenCase.isValidName(goldenCase.name) else {
                try refuse("/cases/\(i)/name", "'\(goldenCase.name)' cannot name a file")
                continue
            }
            if let first = seen.updateValue(i, forKey: goldenCase.name.lowercased()) {
                try refuse(
                    "/cases/\(i)/name", "'\(goldenCase.name)' is also the name of case \(first); rename one")
            }
            for name in goldenCase.pictureNames where name != goldenCase.name {
                if let first = seen.updateValue(i, forKey: name.lowercased()) {
                    try refuse(
                        "/cases/\(i)/times", "'\(name)' is also a picture of case \(first); give other times")
                }
            }
            if let name = goldenCase.tolerance, tolerances?[name] == nil, Tolerance.presets[name] == nil {
                let known = Set(Tolerance.presets.keys).union((tolerances ?? [:]).keys).sorted()
                try refuse(
                    "/cases/\(i)/tolerance",
                    "there is no tolerance '\(name)'; the tolerances are \(known.joined(separator: ", "))")
            }
        }
    }

    private enum CodingKeys: String, CodingKey, CaseIterable { case defaults, tolerances, cases }

    /// - Throws: `DecodingError`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.knownKeys(CodingKeys.self)
        defaults = try container.decodeIfPresent(StillDescription.self, forKey: .defaults)
        tolerances = try container.decodeIfPresent([String: Tolerance].self, forKey: .tolerances)
        cases = try container.decode([GoldenCase].self, forKey: .cases)
    }
}
