import AvatariumCore
import Foundation
import ServiceHTTP

/// A URL that a user gave, taken apart strictly and written anew, so that whoever reads `description` later
/// finds the host that was judged and no other.
///
/// Accepted: `http` and `https`, a host name or address, a port, a path and a query. Refused: user names,
/// backslashes, blanks and control characters, percent signs in the host (IPv6 zones among them), names that
/// are not valid in DNS. IPv4 addresses are read in every form that browsers and inet_aton read: `0x7f.1`,
/// `017700000001`, `2130706433`.
public struct FetchURL: Sendable, Hashable, CustomStringConvertible {
    public enum Host: Sendable, Hashable {
        /// Lower case, ASCII, without a dot at the end.
        case name(String)
        case address(IPAddress)
    }

    /// Longer URLs are refused.
    static let maximumLength = 4096

    public let isSecure: Bool
    public let host: Host
    public let port: UInt16
    /// Path and query, encoded; begins with a slash.
    let target: String

    /// - Parameter field: The field of the request that the URL came in, for the error.
    /// - Throws: E093 that says what is wrong.
    public init(_ text: String, field: String) throws(AvatariumError) {
        func refuse(_ words: String) -> AvatariumError {
            AvatariumError(.validationError, "\(field) \(words)", context: ["field": field, "rule": "url"])
        }
        guard text.utf8.count <= Self.maximumLength else {
            throw refuse("is longer than \(Self.maximumLength) bytes")
        }
        guard text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F && $0 != "\\" }) else {
            throw refuse("contains a space, a control character or a backslash; encode it")
        }
        guard let colon = text.firstRange(of: "://") else {
            throw refuse("is not a URL; write https://host/path")
        }
        switch text[..<colon.lowerBound].lowercased() {
        case "https": isSecure = true
        case "http": isSecure = false
        default: throw refuse("must begin with https:// or http://")
        }
        let rest = text[colon.upperBound...]
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        let authority = rest[..<end]
        guard !authority.contains("@") else { throw refuse("must not hold a user name or password") }
        guard let (hostText, portText) = Self.split(authority) else {
            throw refuse("has a malformed host or port")
        }
        guard let host = Host(hostText) else {
            throw refuse("has a host that is neither a valid name nor a valid address")
        }
        self.host = host
        if portText.isEmpty {
            port = isSecure ? 443 : 80
        } else {
            guard portText.utf8.count <= 5, portText.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = UInt16(portText), number > 0
            else { throw refuse("has a port that is not a number of 1 to 65535") }
            port = number
        }
        target = Self.encodedTarget(rest[end...].prefix { $0 != "#" })
    }

    /// The URL as it is requested.
    public var description: String {
        let isDefault = port == (isSecure ? 443 : 80)
        return "\(isSecure ? "https" : "http")://\(hostText)\(isDefault ? "" : ":\(port)")\(target)"
    }

    /// The host as URLs have it: IPv6 addresses in brackets.
    public var hostText: String {
        switch host {
        case .name(let name): name
        case .address(let address): address.isV6 ? "[\(address)]" : "\(address)"
        }
    }

    /// The place that a `Location` field names, seen from here.
    func redirected(to location: String, field: String) throws(AvatariumError) -> FetchURL {
        guard location.utf8.count <= Self.maximumLength,
            let place = URL(string: location, relativeTo: URL(string: description))?.absoluteString
        else {
            throw AvatariumError(
                .networkError, "\(field): the server redirects to something that is not a URL",
                context: ["field": field, "host": hostText])
        }
        return try FetchURL(place, field: field)
    }

    private static func split(_ authority: Substring) -> (host: Substring, port: Substring)? {
        let hostEnd: Substring.Index
        if authority.hasPrefix("[") {
            guard let bracket = authority.firstIndex(of: "]") else { return nil }
            hostEnd = authority.index(after: bracket)
        } else {
            hostEnd = authority.firstIndex(of: ":") ?? authority.endIndex
        }
        let rest = authority[hostEnd...]
        guard rest.isEmpty || rest.hasPrefix(":"), !rest.dropFirst().contains(":") else { return nil }
        return (authority[..<hostEnd], rest.dropFirst())
    }

    /// Path and query with everything encoded that URLs must not hold; escapes stay as they are.
    private static func encodedTarget(_ text: Substring) -> String {
        let forbidden = Set("\"<>^`{|}[]".utf8)
        var result = text.hasPrefix("/") ? "" : "/"
        for byte in text.utf8 {
            if byte < 0x80, !forbidden.contains(byte) {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return result
    }
}
