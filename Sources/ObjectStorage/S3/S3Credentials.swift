import AvatariumCore
import Foundation

/// An access key of an S3 account. Its description shows no secret.
public struct S3Credentials: Sendable, CustomStringConvertible, CustomReflectable {
    public let accessKey: String
    let secretKey: String
    let sessionToken: String?

    public init(accessKey: String, secretKey: String, sessionToken: String? = nil) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.sessionToken = sessionToken
    }

    /// Reads AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, for temporary keys, AWS_SESSION_TOKEN.
    /// - Throws: E071 that names the variable which is missing.
    public init(environment: [String: String]) throws(AvatariumError) {
        func value(_ name: String) throws(AvatariumError) -> String {
            guard let value = environment[name], !value.isEmpty else {
                throw AvatariumError(
                    .invalidConfig, "\(name) is not set; S3 storage needs an access key in the environment",
                    context: ["field": name])
            }
            return value
        }
        let token = environment["AWS_SESSION_TOKEN"]
        self.init(
            accessKey: try value("AWS_ACCESS_KEY_ID"), secretKey: try value("AWS_SECRET_ACCESS_KEY"),
            sessionToken: token?.isEmpty == true ? nil : token)
    }

    public var description: String { "(S3 credentials)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
