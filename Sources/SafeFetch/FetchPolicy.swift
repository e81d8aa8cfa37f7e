import AvatariumCore
import ServiceHTTP

/// What user-given URLs may reach.
public struct FetchPolicy: Sendable {
    /// Nil for every port.
    public var ports: Set<UInt16>?
    /// Whether addresses that are not public are allowed: for labs only.
    public var allowsPrivate: Bool
    /// Networks that are allowed although they are not public, such as an operator's own file server.
    public var exceptions: [AddressBlock]
    /// Redirects followed at most.
    public var maximumRedirects: Int
    /// For one download with its redirects.
    public var deadline: Duration

    public init(
        ports: Set<UInt16>? = [80, 443], allowsPrivate: Bool = false, exceptions: [AddressBlock] = [],
        maximumRedirects: Int = 3, deadline: Duration = .seconds(30)
    ) {
        self.ports = ports
        self.allowsPrivate = allowsPrivate
        self.exceptions = exceptions
        self.maximumRedirects = maximumRedirects
        self.deadline = deadline
    }

    /// Judges what can be judged without DNS: the port, an address, and names that mean this machine (RFC
    /// 6761 section 6.3).
    /// - Throws: E093 with `rule` "forbidden-url".
    public func check(_ url: FetchURL, field: String) throws(AvatariumError) {
        if let ports, !ports.contains(url.port) {
            let allowed = ports.sorted().map { "\($0)" }.joined(separator: ", ")
            throw Self.forbidden(url, field, "port \(url.port) is not allowed; use one of \(allowed)")
        }
        switch url.host {
        case .address(let address): try check([address], url, field: field)
        case .name(let name):
            guard allowsPrivate || (name != "localhost" && !name.hasSuffix(".localhost")) else {
                throw Self.forbidden(url, field, "it refers to this machine; use a public host")
            }
        }
    }

    /// Judges the addresses of a host. One that is not allowed is enough to refuse the host, since DNS may
    /// give another one of them next time.
    /// - Throws: E093 with `rule` "forbidden-url".
    func check(_ addresses: [IPAddress], _ url: FetchURL, field: String) throws(AvatariumError) {
        for address in addresses where !permits(address) {
            // The address stays out of the message: names inside the operator's network are not
            // shown to the caller.
            throw Self.forbidden(url, field, "the host is not a public one; use a public host")
        }
    }

    func permits(_ address: IPAddress) -> Bool {
        allowsPrivate || address.isGlobalUnicast || exceptions.contains { $0.contains(address) }
    }

    private static func forbidden(_ url: FetchURL, _ field: String, _ words: String) -> AvatariumError {
        AvatariumError(
            .validationError, "\(field) is not allowed: \(words)",
            context: ["field": field, "rule": "forbidden-url", "host": url.hostText])
    }
}
