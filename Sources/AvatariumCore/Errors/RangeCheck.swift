import Foundation

extension ClosedRange where Bound == Double {
    /// Refuses a value outside of this range; NaN is outside of every range.
    /// - Parameter field: The field's name, for the message and `context["field"]`.
    /// - Throws: E071.
    package func check(_ value: Double, field: String) throws {
        guard contains(value) else {
            throw AvatariumError(
                .invalidConfig,
                "\(field) \(plain(value)) is out of range; choose \(plain(lowerBound)) to \(plain(upperBound))",
                context: ["field": field])
        }
    }

    /// `30`, not `30.0` and not `1,000`.
    private func plain(_ value: Double) -> String {
        value.formatted(.number.grouping(.never).locale(Locale(identifier: "en_US_POSIX")))
    }
}
