/// Why bytes cannot be read as an image.
///
/// The reason knows neither the file nor what is to be done about it, so it never leaves the product by itself: a caller
/// makes a `Diagnostic` of it (a texture), or an `AvatariumError` with this as its cause (a background, an environment).
public struct ImageError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Reason: Sendable {
        /// None of the formats that are read.
        case unrecognized
        /// Damaged or cut short.
        case invalid
        /// More pixels than the caller allows.
        case tooLarge
        /// A valid file of a kind that is not read.
        case unsupported
    }
    public var reason: Reason
    public var message: String

    public init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    /// What to do about it, for the end of a message.
    /// - Parameter formats: What can be read: `a PNG, JPEG or WebP image`.
    package func remedy(formats: String) -> String {
        switch reason {
        case .tooLarge: "scale it down"
        case .invalid: "export it again, as \(formats)"
        case .unrecognized, .unsupported: "use \(formats)"
        }
    }

    public var description: String { message }
}
