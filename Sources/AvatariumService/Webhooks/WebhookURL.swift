import Avatarium
import AvatariumCore
import SafeFetch

/// URLs that requests name.
enum WebhookURL {
    /// Judges what can be judged without DNS; the rest is judged when the URL is used.
    /// - Throws: INVALID_PARAMETER.
    static func check(_ text: String, field: String, _ configuration: ServiceConfiguration) throws {
        let name = String(field.drop { $0 == "/" })
        do {
            try configuration.fetchPolicy.check(FetchURL(text, field: name), field: name)
        } catch {
            throw APIError(error.at(field: field))
        }
    }
}

extension ServiceConfiguration {
    /// What URLs of requests may reach.
    var fetchPolicy: FetchPolicy {
        FetchPolicy(ports: allowPrivateURLs ? nil : [80, 443], allowsPrivate: allowPrivateURLs)
    }
}
