import Avatarium
import AvatariumCore

/// Every setting of the service: its name as a flag, which is also its name in the environment (`AVATARIUM_MAX_BODY`) and in the
/// configuration file (`"max-body"`), its default and what it does.
public enum ServiceSetting: String, CaseIterable, Sendable {
    case data, host, port, role, workers, database, storage
    case publicURL = "public-url"
    case maxBody = "max-body"
    case maxUpload = "max-upload"
    case maxAvatar = "max-avatar"
    case maxText = "max-text"
    case maxSeconds = "max-seconds"
    case maxPixels = "max-pixels"
    case maxQueued = "max-queued"
    case deadline
    case retention
    case rateLimit = "rate-limit"
    case anonymousRateLimit = "anonymous-rate-limit"
    case maxConnections = "max-connections"
    case idleTimeout = "idle-timeout"
    case drainTimeout = "drain-timeout"
    case trustedProxy = "trusted-proxy"
    case allowedOrigins = "allowed-origins"
    case allowPrivateURLs = "allow-private-urls"
    case s3Endpoint = "s3-endpoint"
    case s3Region = "s3-region"
    case s3PathStyle = "s3-path-style"
    case models
    case logLevel = "log-level"
    case masterKey = "master-key"
    case masterKeyFile = "master-key-file"
    case metricsToken = "metrics-token"
    case registration
    case plans
    case aiBaseURL = "ai-base-url"
    case firebaseProject = "firebase-project"
    case tokenIssuer = "token-issuer"
    case tokenAudience = "token-audience"
    case tokenKeys = "token-keys"

    /// Secrets have no flag, since a command line is seen by every user of a host.
    public var isSecret: Bool { self == .masterKey || self == .metricsToken }

    public var environmentName: String {
        "AVATARIUM_" + rawValue.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    }

    /// What it does, and its default where it is left out.
    public var help: String {
        switch self {
        case .data:
            "Folder of the embedded database, objects and work files (default: ~/.local/share/avatarium)."
        case .host: "Address to listen on (default: 127.0.0.1; 0.0.0.0 for every interface)."
        case .port: "Port to listen on (default: 8080; 0 takes a free one)."
        case .role: "api answers requests, worker renders, all does both (default: all)."
        case .workers: "Clips rendered at the same time (default: half of the cores, at least 1)."
        case .database:
            "postgres://user@host/database for many machines (default: SQLite in the data folder)."
        case .storage: "s3://bucket/prefix, or a folder (default: objects in the data folder)."
        case .publicURL:
            "Public base URL of the service, used in the URLs of responses (default: none, URLs are paths)."
        case .maxBody: "Largest JSON body in bytes (default: 2097152)."
        case .maxUpload: "Largest upload in bytes (default: 209715200)."
        case .maxAvatar: "Largest avatar file in bytes (default: 209715200)."
        case .maxText: "Longest text of a clip in bytes (default: 100000)."
        case .maxSeconds: "Longest clip in seconds (default: 600)."
        case .maxPixels: "Largest picture in pixels (default: 3840x2160 = 8294400)."
        case .maxQueued: "Maximum number of queued clips per account (default: 10000)."
        case .deadline: "Seconds after which an unfinished clip fails with E005 (default: 86400)."
        case .retention: "Hours for which a finished clip is kept (default: 168)."
        case .rateLimit: "Requests per minute and account (default: 600)."
        case .anonymousRateLimit: "Requests per minute and address without a key (default: 120)."
        case .maxConnections: "Maximum number of open connections (default: 2000)."
        case .idleTimeout: "Seconds after which an idle connection is closed (default: 60)."
        case .drainTimeout: "Seconds that running work gets to finish after SIGTERM (default: 30)."
        case .trustedProxy:
            "Address blocks of proxies whose X-Forwarded-For is trusted: 10.0.0.0/8,... (default: none)."
        case .allowedOrigins:
            "Origins whose pages may call the routes (CORS): https://app.example.org,... or * (default: none)."
        case .allowPrivateURLs:
            "Whether URLs in requests may point into private networks: true or false (default: false)."
        case .s3Endpoint: "URL of an S3-compatible service (default: Amazon S3 in the region)."
        case .s3Region: "Region of the bucket (default: AWS_REGION, else us-east-1)."
        case .s3PathStyle:
            "Whether the bucket is in the URL's path rather than its host: true or false (default: true)."
        case .models: "Folder of additional avatars for all accounts, searched first."
        case .logLevel: "trace, debug, info, notice, warning, error or critical (default: info)."
        case .masterKey:
            "Base64 of 32 random bytes, used to seal secrets and sign URLs (default: generated once, in the data folder)."
        case .masterKeyFile: "File that holds the master key."
        case .metricsToken:
            "Bearer token required by /metrics (default: none, readable only from this host)."
        case .registration:
            "Whether anyone may sign up with POST /v1/accounts: true or false (default: false)."
        case .plans: "JSON file of plans (default: free and paid, see docs/SERVICE.md)."
        case .firebaseProject:
            "Firebase project whose ID tokens are accepted in addition to our own (default: none)."
        case .tokenIssuer: "Another issuer of RS256 tokens instead: its exact iss value."
        case .tokenAudience: "The aud value of that issuer's tokens for this service."
        case .tokenKeys: "URL of that issuer's keys (JSON Web Key Set)."
        case .aiBaseURL: "Base URL of an OpenAI-compatible server, such as http://127.0.0.1:11434/v1."
        }
    }
}
