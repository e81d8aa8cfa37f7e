import Foundation

/// The caller's own key. It goes into one header and nowhere else: it has no description.
package struct ProviderKey: Sendable, CustomStringConvertible, CustomReflectable {
    let secret: String

    package init(secret: String) { self.secret = secret }

    package var description: String { "(key)" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// The first of some environment variables that is set.
    static func environment(_ names: [String]) -> ProviderKey? {
        for name in names {
            if let value = getenv(name).map({ String(cString: $0) })?.trimmingCharacters(in: .whitespaces),
                !value.isEmpty
            {
                return ProviderKey(secret: value)
            }
        }
        return nil
    }

    /// A text of the provider's without the key, should it repeat it, and not too long.
    func redacted(_ text: String) -> String {
        let clean = secret.isEmpty ? text : text.replacing(secret, with: "(key)")
        return clean.count > 300 ? clean.prefix(300) + "..." : clean
    }
}
