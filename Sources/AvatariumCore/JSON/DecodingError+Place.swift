/// Where and why decoding failed, in the words of JSON rather than of Swift.
extension DecodingError {
    /// The RFC 6901 pointer of the value that is wrong or missing: `/emotions/0/name`; empty for the whole text.
    package var fieldPointer: String {
        let path: [any CodingKey]
        switch self {
        case .dataCorrupted(let context), .valueNotFound(_, let context), .typeMismatch(_, let context):
            path = context.codingPath
        case .keyNotFound(let key, let context): path = context.codingPath + [key]
        @unknown default: path = []
        }
        return path.map { "/" + ($0.intValue.map(String.init) ?? JSON.pointerToken($0.stringValue)) }.joined()
    }

    /// What is wrong with that value: "must be a number", "is missing", or what its type threw.
    package var reason: String {
        switch self {
        case .typeMismatch(let type, _): "must be \(Self.name(of: type))"
        case .keyNotFound: "is missing"
        case .valueNotFound(let type, _): "must be \(Self.name(of: type)), not null"
        case .dataCorrupted(let context):
            // The standard library's words for a vector of another length.
            context.debugDescription.firstMatch(of: #/^Expected vector with exactly (\d+) elements/#).map {
                "must be an array of \($0.1) numbers"
            } ?? context.debugDescription
        @unknown default: "\(self)"
        }
    }

    private static func name(of type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Bool.Type: "true or false"
        case is any BinaryFloatingPoint.Type, is any BinaryInteger.Type: "a number"
        case is [Any].Type: "an array"
        default: "an object"
        }
    }

    /// Converts to the E093 of a file or request.
    /// - Parameter what: The text that was decoded, such as `the mapping 'me.json'`.
    package func validationError(_ what: String, context: [String: String] = [:]) -> AvatariumError {
        let place = fieldPointer.isEmpty ? "" : "\(fieldPointer) "
        return AvatariumError(
            .validationError, "\(what): \(place)\(reason)",
            context: context.merging(["field": fieldPointer]) { mine, _ in mine }, cause: self)
    }
}
