#if Service
import ArgumentParser
import Avatarium
import AvatariumService
import Foundation

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serves clips and live avatars over HTTP.",
        discussion: """
            The first start prints an administrator's key, once. The page at / lets you try the API in a browser; \
            /openapi.json describes every route.

            Each option is also an environment variable (--max-body is AVATARIUM_MAX_BODY) and a member of the \
            --config file ({"max-body": 1048576}). Options take precedence over the environment, which takes \
            precedence over the file. Secrets cannot be given as options:
            \(ServiceSetting.allCases.filter(\.isSecret).map { "  \($0.environmentName)  \($0.help)" }.joined(separator: "\n"))
              AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN  Credentials of s3:// storage.
              OPENAI_API_KEY, ANTHROPIC_API_KEY, GROQ_API_KEY, GEMINI_API_KEY  The server's keys for language models.
            AVATARIUM_OPENAI_URL, AVATARIUM_ANTHROPIC_URL, AVATARIUM_GROQ_URL and AVATARIUM_GEMINI_URL send these requests \
            to a gateway or a test server, including those with callers' own keys; AVATARIUM_ELEVENLABS_URL and \
            AVATARIUM_GOOGLE_TTS_URL do the same for voices.

            SIGTERM and Ctrl-C let requests and clips in progress finish.

            EXAMPLES
              avatarium serve
              avatarium serve --host 0.0.0.0 --port 80 --workers 8
              avatarium serve --role worker --storage s3://clips/prod \\
                --database postgres://avatarium@db/avatarium
            """)

    /// `../libexec/avatarium` of this program's folder.
    private static var helperFolder: String {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "libexec/avatarium").path(percentEncoded: false)
    }

    @OptionGroup var settings: ServeOptions

    @Option(help: ArgumentHelp("JSON file of settings.", valueName: "file"))
    var config: String?

    mutating func run() async throws {
        // Keys of customers and of the server are in memory, and must not be left in a file.
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        let configuration = try await ServiceConfiguration.read(
            flags: settings.given, file: config ?? ProcessInfo.processInfo.environment["AVATARIUM_CONFIG"])
        let lock = try FolderLock(configuration.dataFolder)
        defer { withExtendedLifetime(lock) {} }
        let server = try await AvatariumServer(
            configuration,
            renderer: ChildRenderer(
                workFolder: configuration.dataFolder + "/children", clips: max(1, configuration.workers),
                // The helper of a package lies beside the program's own folder.
                programs: AvatarCatalog(extraFolder: configuration.models).folders + [Self.helperFolder]))
        let host = configuration.host
        let key = server.firstKey
        // Before the port is taken, which may fail: the key is stored as a hash, and nobody can show it again.
        if let key { try StandardOutput.write(line: "administrator's key, shown this once: \(key)") }
        try await server.run { port in
            let address =
                "http://\(host.contains(":") ? "[\(host)]" : host == "0.0.0.0" ? "127.0.0.1" : host):\(port)"
            try? StandardOutput.write(
                line: "listening on \(address)" + (key.map { "\ntry it: \(address)/#key=\($0)" } ?? ""))
        }
    }
}

/// Every setting that may be given as an option; their words are `ServiceSetting`'s.
struct ServeOptions: ParsableArguments {
    @Option(name: .customLong("data"), parsing: .unconditional, help: help(.data)) var data: String?
    @Option(name: .customLong("host"), parsing: .unconditional, help: help(.host)) var host: String?
    @Option(name: .customLong("port"), parsing: .unconditional, help: help(.port)) var port: String?
    @Option(name: .customLong("role"), parsing: .unconditional, help: help(.role)) var role: String?
    @Option(name: .customLong("workers"), parsing: .unconditional, help: help(.workers)) var workers: String?
    @Option(name: .customLong("database"), parsing: .unconditional, help: help(.database)) var database:
        String?
    @Option(name: .customLong("storage"), parsing: .unconditional, help: help(.storage)) var storage: String?
    @Option(name: .customLong("public-url"), parsing: .unconditional, help: help(.publicURL))
    var publicURL: String?
    @Option(name: .customLong("max-body"), parsing: .unconditional, help: help(.maxBody)) var maxBody: String?
    @Option(name: .customLong("max-upload"), parsing: .unconditional, help: help(.maxUpload))
    var maxUpload: String?
    @Option(name: .customLong("max-avatar"), parsing: .unconditional, help: help(.maxAvatar))
    var maxAvatar: String?
    @Option(name: .customLong("max-text"), parsing: .unconditional, help: help(.maxText)) var maxText: String?
    @Option(name: .customLong("max-seconds"), parsing: .unconditional, help: help(.maxSeconds))
    var maxSeconds: String?
    @Option(name: .customLong("max-pixels"), parsing: .unconditional, help: help(.maxPixels))
    var maxPixels: String?
    @Option(name: .customLong("max-queued"), parsing: .unconditional, help: help(.maxQueued))
    var maxQueued: String?
    @Option(name: .customLong("deadline"), parsing: .unconditional, help: help(.deadline)) var deadline:
        String?
    @Option(name: .customLong("retention"), parsing: .unconditional, help: help(.retention))
    var retention: String?
    @Option(name: .customLong("rate-limit"), parsing: .unconditional, help: help(.rateLimit))
    var rateLimit: String?
    @Option(
        name: .customLong("anonymous-rate-limit"), parsing: .unconditional,
        help: help(.anonymousRateLimit))
    var anonymousRateLimit: String?
    @Option(name: .customLong("max-connections"), parsing: .unconditional, help: help(.maxConnections))
    var maxConnections: String?
    @Option(name: .customLong("idle-timeout"), parsing: .unconditional, help: help(.idleTimeout))
    var idleTimeout: String?
    @Option(name: .customLong("drain-timeout"), parsing: .unconditional, help: help(.drainTimeout))
    var drainTimeout: String?
    @Option(name: .customLong("trusted-proxy"), parsing: .unconditional, help: help(.trustedProxy))
    var trustedProxy: String?
    @Option(name: .customLong("allowed-origins"), parsing: .unconditional, help: help(.allowedOrigins))
    var allowedOrigins: String?
    @Option(
        name: .customLong("allow-private-urls"), parsing: .unconditional, help: help(.allowPrivateURLs))
    var allowPrivateURLs: String?
    @Option(name: .customLong("s3-endpoint"), parsing: .unconditional, help: help(.s3Endpoint))
    var s3Endpoint: String?
    @Option(name: .customLong("s3-region"), parsing: .unconditional, help: help(.s3Region)) var s3Region:
        String?
    @Option(name: .customLong("s3-path-style"), parsing: .unconditional, help: help(.s3PathStyle))
    var s3PathStyle: String?
    @Option(name: .customLong("models"), parsing: .unconditional, help: help(.models)) var models: String?
    @Option(name: .customLong("log-level"), parsing: .unconditional, help: help(.logLevel)) var logLevel:
        String?
    @Option(name: .customLong("master-key-file"), parsing: .unconditional, help: help(.masterKeyFile))
    var masterKeyFile: String?
    @Option(name: .customLong("registration"), parsing: .unconditional, help: help(.registration))
    var registration: String?
    @Option(name: .customLong("plans"), parsing: .unconditional, help: help(.plans)) var plans: String?
    @Option(name: .customLong("ai-base-url"), parsing: .unconditional, help: help(.aiBaseURL)) var aiBaseURL:
        String?
    @Option(name: .customLong("firebase-project"), parsing: .unconditional, help: help(.firebaseProject))
    var firebaseProject: String?
    @Option(name: .customLong("token-issuer"), parsing: .unconditional, help: help(.tokenIssuer))
    var tokenIssuer: String?
    @Option(name: .customLong("token-audience"), parsing: .unconditional, help: help(.tokenAudience))
    var tokenAudience: String?
    @Option(name: .customLong("token-keys"), parsing: .unconditional, help: help(.tokenKeys)) var tokenKeys:
        String?

    /// What was given, by the settings' names.
    var given: [String: String] {
        let all: [(ServiceSetting, String?)] = [
            (.data, data),
            (.host, host),
            (.port, port),
            (.role, role),
            (.workers, workers),
            (.database, database),
            (.storage, storage),
            (.publicURL, publicURL),
            (.maxBody, maxBody),
            (.maxUpload, maxUpload),
            (.maxAvatar, maxAvatar),
            (.maxText, maxText),
            (.maxSeconds, maxSeconds),
            (.maxPixels, maxPixels),
            (.maxQueued, maxQueued),
            (.deadline, deadline),
            (.retention, retention),
            (.rateLimit, rateLimit),
            (.anonymousRateLimit, anonymousRateLimit),
            (.maxConnections, maxConnections),
            (.idleTimeout, idleTimeout),
            (.drainTimeout, drainTimeout),
            (.trustedProxy, trustedProxy),
            (.allowedOrigins, allowedOrigins),
            (.allowPrivateURLs, allowPrivateURLs),
            (.s3Endpoint, s3Endpoint),
            (.s3Region, s3Region),
            (.s3PathStyle, s3PathStyle),
            (.models, models),
            (.logLevel, logLevel),
            (.masterKeyFile, masterKeyFile),
            (.registration, registration),
            (.plans, plans),
            (.aiBaseURL, aiBaseURL),
            (.firebaseProject, firebaseProject),
            (.tokenIssuer, tokenIssuer),
            (.tokenAudience, tokenAudience),
            (.tokenKeys, tokenKeys),
        ]
        return Dictionary(
            uniqueKeysWithValues: all.compactMap { setting, text in text.map { (setting.rawValue, $0) } })
    }
}

private func help(_ setting: ServiceSetting) -> ArgumentHelp { ArgumentHelp(stringLiteral: setting.help) }
#endif
