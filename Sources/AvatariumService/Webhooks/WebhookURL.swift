import Avatarium
import AvatariumCore
import SafeFetch

/// URLs that requests name.
enum WebhookURL {
    /// Judges what can be judged without DNS; the rest is judged when the URL is used.
    /// - Throws: INVALID_PARAMETER.
    static func check(_ text: String, field: String, _ configuration: ServiceConfiguration) throws {
        let url = try FetchURL(text, field: String(field.drop { $0 == "/" }))
        if case .address(let address) = url.host, !configuration.allowPrivateURLs, !address.isGlobalUnicast {
            throw APIError.invalid(
                field, "\(field.drop { $0 == "/" }) leads to an address that is not public; use a public host"
            )
        }
    }
}
