import Foundation

/// The caller's own key. It goes into one header and nowhere else: it has no description.
package struct ProviderKey: Sendable, CustomStringConvertible, CustomReflectable {
    let secret: String

    package init(secret: String) { self.secret = secret }

    package var description: String { "(key)" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// Returns the first of some environment variables that is set.
    package static func environment(_ names: [String]) -> ProviderKey? {
        for name in names {
            if let value = getenv(name).map({ String(cString: $0) })?.trimmingCharacters(in: .whitespaces),
                !value.isEmpty
            {
                return ProviderKey(secret: value)
            }
        }
        return nil
    }

    /// Returns a vendor's text without the key, should it repeat it.
    package func redacted(_ text: String) -> String {
        secret.isEmpty ? text : text.replacing(secret, with: "(key)")
    }
}
