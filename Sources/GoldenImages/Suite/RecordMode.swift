import Foundation

/// When a rendered picture becomes the expected one. A recorded picture never counts as passed.
public enum RecordMode: String, Sendable, Codable, CaseIterable {
    /// Only compare; a missing picture fails.
    case never
    /// Record pictures that are expected nowhere.
    case missing
    /// Record every picture that is not exactly as expected.
    case all

    /// Returns whether this is a continuous-integration run: `CI` is set to anything but `false` or `0`.
    public static func isContinuousIntegration(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> Bool {
        guard let value = environment["CI"]?.lowercased() else { return false }
        return !["", "0", "false", "no"].contains(value)
    }

    /// Returns the effective mode: in continuous integration always `never`.
    public func effective(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> RecordMode {
        RecordMode.isContinuousIntegration(environment: environment) ? .never : self
    }
}
