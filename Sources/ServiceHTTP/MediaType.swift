/// A media type (RFC 9110 section 8.3.1), such as `model/gltf-binary` or `text/plain; charset=utf-8`.
public struct MediaType: Sendable, Equatable, CustomStringConvertible {
    /// Lower case.
    public let type: String
    /// Lower case.
    public let subtype: String
    /// Values by lower-case name. Of a repeated name the first counts.
    public let parameters: [String: String]

    /// Reads a `Content-Type`. Fails if it is malformed or longer than 8 KiB.
    public init?(_ text: String) {
        guard var scanner = FieldScanner(text) else { return nil }
        scanner.skipSpace()
        guard let media = Self.read(&scanner) else { return nil }
        guard scanner.isAtEnd else { return nil }
        self = media
    }

    private init(type: String, subtype: String, parameters: [String: String]) {
        self.type = type
        self.subtype = subtype
        self.parameters = parameters
    }

    /// `type/subtype` in lower case, without parameters.
    public var essence: String { "\(type)/\(subtype)" }

    public var description: String { essence }

    /// Whether this type is JSON: `application/json` or a subtype with the suffix `+json` (RFC 6839).
    public var isJSON: Bool { essence == "application/json" || subtype.hasSuffix("+json") }

    static func read(_ scanner: inout FieldScanner) -> MediaType? {
        guard let type = scanner.token()?.lowercased(), scanner.take("/"),
            let subtype = scanner.token()?.lowercased()
        else { return nil }
        var parameters: [String: String] = [:]
        scanner.skipSpace()
        while scanner.take(";") {
            scanner.skipSpace()
            // An empty parameter is allowed (section 5.6.6).
            guard let name = scanner.token()?.lowercased() else { continue }
            guard scanner.take("="), let value = scanner.value() else { return nil }
            if parameters[name] == nil { parameters[name] = value }
            scanner.skipSpace()
        }
        return MediaType(type: type, subtype: subtype, parameters: parameters)
    }
}

/// The media types that a client accepts: the lines of its `Accept` fields (RFC 9110 section 12.5.1).
public struct Accept: Sendable {
    private struct Entry {
        var type: String
        var subtype: String
        /// 0 to 1000: thousandths.
        var quality: Int
        /// Whether a type is named, and whether a subtype is.
        var specificity: Int
    }

    private var ranges: [Entry] = []

    /// Reads every line up to its first malformed element. Without lines, or with nothing readable,
    /// everything is accepted.
    public init(_ lines: [String]) {
        for line in lines {
            guard var scanner = FieldScanner(line) else { continue }
            repeat {
                scanner.skipSpace()
                guard let media = MediaType.read(&scanner) else { continue }
                let specificity = media.type == "*" ? 0 : media.subtype == "*" ? 1 : 2
                ranges.append(
                    Entry(
                        type: media.type, subtype: media.subtype,
                        quality: Self.quality(media.parameters["q"]), specificity: specificity))
            } while scanner.take(",")
        }
    }

    /// The offer that the client likes best, or nil if it accepts none. Of equals the first offer wins.
    /// - Parameter offers: Essences, such as `text/event-stream`, in the server's own order.
    public func preferred(of offers: [String]) -> String? {
        guard !ranges.isEmpty else { return offers.first }
        var best: (offer: String, quality: Int)?
        for offer in offers {
            let quality = quality(of: offer)
            if quality > 0, quality > best?.quality ?? 0 { best = (offer, quality) }
        }
        return best?.offer
    }

    /// The quality that the most specific matching range gives to an offer, in thousandths.
    private func quality(of offer: String) -> Int {
        let parts = offer.split(separator: "/")
        guard parts.count == 2 else { return 0 }
        var found: Entry?
        for range in ranges where range.specificity > found?.specificity ?? -1 {
            let matches =
                (range.type == "*" && range.subtype == "*")
                || (range.type == parts[0] && (range.subtype == "*" || range.subtype == parts[1]))
            if matches { found = range }
        }
        return found?.quality ?? 0
    }

    /// A `q` parameter in thousandths (RFC 9110 section 12.4.2); one that is malformed counts as 1.
    private static func quality(_ text: String?) -> Int {
        guard let text, text.utf8.count <= 5, let value = Double(text), (0...1).contains(value) else {
            return 1000
        }
        return Int((value * 1000).rounded())
    }
}
