import Foundation

/// Signs URLs of stored files that work without an API key until they expire, as a `<video src>` needs them.
public struct FileURLSigner: Sendable {
    /// What a signature turned out to be.
    public enum Verdict: Sendable, Equatable {
        case valid
        /// The signature is right, but its time is over.
        case expired
        /// The signature was not made by this service for this key, name and time.
        case forged
    }

    private let key: SigningKey

    /// - Parameter master: The service's master key.
    public init(master: [UInt8]) { key = SigningKey(master: master, purpose: "file-url/1") }

    /// The query of a signed URL, without `?`: `exp=1700000000&sig=...`, and `name=` where there is a file
    /// name.
    /// - Parameters:
    ///   - objectKey: The object that the URL is of.
    ///   - filename: The name under which a browser saves the file.
    ///   - expires: Seconds since 1970, after which the URL is refused.
    public func query(objectKey: String, filename: String? = nil, expires: Int) -> String {
        let signature = Base64URL.encode(key.signature(Self.fields(objectKey, filename, expires)))
        let name = filename.map { "&name=" + PercentEncoding.encode($0) } ?? ""
        return "exp=\(expires)&sig=\(signature)\(name)"
    }

    /// Judges the parameters of a request, already percent-decoded.
    public func judge(
        objectKey: String, filename: String? = nil, expires: String?, signature: String?, now: Date = Date()
    ) -> Verdict {
        guard let expires, expires.utf8.count <= 19, let seconds = Int(expires), "\(seconds)" == expires,
            let signature, signature.utf8.count <= 64, let bytes = Base64URL.decode(signature),
            key.isValid(bytes, Self.fields(objectKey, filename, seconds))
        else { return .forged }
        return now.timeIntervalSince1970 < Double(seconds) ? .valid : .expired
    }

    private static func fields(_ objectKey: String, _ filename: String?, _ expires: Int) -> [[UInt8]] {
        [Array(objectKey.utf8), Array("\(expires)".utf8)] + (filename.map { [Array($0.utf8)] } ?? [])
    }
}
