import Avatarium
import AvatariumCore
import Configuration
import Foundation
import Logging
import ServiceHTTP
import ServiceStore
import SystemPackage

/// How the service runs: flags before environment before file before defaults.
public struct ServiceConfiguration: Sendable, CustomStringConvertible, CustomReflectable {
    public enum Role: String, Sendable, CaseIterable {
        case api, worker, all
        var answers: Bool { self != .worker }
        var draws: Bool { self != .api }
    }

    public var dataFolder = ServiceConfiguration.defaultDataFolder
    public var host = "127.0.0.1"
    public var port = 8080
    public var role = Role.all
    public var workers = max(1, ProcessInfo.processInfo.activeProcessorCount / 2)
    /// `postgres://...`; nil is SQLite in the data folder.
    public var database: String?
    /// `s3://bucket/prefix` or a folder; nil is `objects` in the data folder.
    public var storage: String?
    public var publicURL = ""
    public var maxBody = 2 << 20
    public var maxUpload = 200 << 20
    public var maxAvatar = 200 << 20
    public var maxText = 100_000
    public var maxSeconds = 600.0
    public var maxPixels = 3840 * 2160
    public var maxQueued = 10_000
    public var deadlineSeconds = 86_400
    public var retentionHours = 168
    public var rateLimit = 600
    public var anonymousRateLimit = 120
    public var maxConnections = 2000
    public var idleTimeoutSeconds = 60
    public var drainTimeoutSeconds = 30
    public var trustedProxies: [AddressBlock] = []
    public var allowPrivateURLs = false
    /// Whose pages may call the routes, as browsers write origins; `*` is everybody's.
    public var allowedOrigins: [String] = []
    public var s3Endpoint: String?
    public var s3Region: String?
    public var s3PathStyle = true
    public var models: String?
    public var logLevel = Logger.Level.info
    /// 32 bytes; nil is made and kept in the data folder.
    public var masterKey: [UInt8]?
    public var metricsToken: String?
    public var registration = false
    public var plansFile: String?
    public var aiBaseURL: String?
    /// Whose tokens are taken besides our own; nil is nobody's.
    public var tokenIssuer: TokenIssuer?
    /// The server's own keys to AI providers, from OPENAI_API_KEY and its like.
    public var providerKeys: [String: String] = [:]
    /// Other addresses of AI providers, such as a gateway's, from AVATARIUM_OPENAI_URL and its like.
    public var providerURLs: [String: String] = [:]
    /// The time of the embedded database; for tests.
    package var clock: @Sendable () -> Timestamp = Timestamp.now
    /// How often it is asked whether the key with which a live session was begun still holds; for tests.
    package var liveAccessCheck = Duration.seconds(30)

    public init() {}

    // It holds keys, and libraries log what they are given by printing it.
    public var description: String { "ServiceConfiguration" }
    public var customMirror: Mirror { Mirror(self, children: []) }

    private static var defaultDataFolder: String {
        let environment = ProcessInfo.processInfo.environment
        if let folder = environment["XDG_DATA_HOME"], folder.hasPrefix("/") { return folder + "/avatarium" }
        return (environment["HOME"] ?? "/var/lib")
            + (environment["HOME"] == nil ? "/avatarium" : "/.local/share/avatarium")
    }

    /// Reads everything that is set anywhere.
    /// - Parameters:
    ///   - flags: by the names of `ServiceSetting`.
    ///   - file: the configuration file, a JSON object with the same names; nil for none.
    ///   - needsMasterKey: whether secrets will be sealed or opened.
    /// - Throws: E071 that names the setting.
    public static func read(
        flags: [String: String], environment: [String: String] = ProcessInfo.processInfo.environment,
        file: String? = nil, needsMasterKey: Bool = true
    ) async throws -> ServiceConfiguration {
        let flagValues = Dictionary(
            uniqueKeysWithValues: flags.map {
                (AbsoluteConfigKey([$0.key]), ConfigValue(.string($0.value), isSecret: false))
            })
        var providers: [any ConfigProvider] = [InMemoryProvider(name: "flags", values: flagValues)]
        let named = ServiceSetting.allCases.compactMap { setting in
            environment[setting.environmentName].map {
                (AbsoluteConfigKey([setting.rawValue]), ConfigValue(.string($0), isSecret: setting.isSecret))
            }
        }
        providers.append(
            InMemoryProvider(name: "environment", values: Dictionary(uniqueKeysWithValues: named)))
        if let file { providers.append(try await fileProvider(file)) }
        var settings = SettingsReader(reader: ConfigReader(providers: providers))
        var configuration = try ServiceConfiguration(&settings, needsMasterKey: needsMasterKey)
        for provider in ["openai", "anthropic", "groq", "gemini"] {
            let name = provider.uppercased()
            configuration.providerKeys[provider] = trimmed(environment["\(name)_API_KEY"])
            configuration.providerURLs[provider] = try providerURL("AVATARIUM_\(name)_URL", environment)
        }
        return configuration
    }

    /// Files of secrets often end with a line break; an empty variable is one that is not set.
    private static func trimmed(_ text: String?) -> String? {
        let text = text?.trimmingCharacters(in: .whitespacesAndNewlines)
        return text?.isEmpty == false ? text : nil
    }

    private static func providerURL(_ name: String, _ environment: [String: String]) throws -> String? {
        guard let text = trimmed(environment[name]) else { return nil }
        guard let url = URL(string: text), ["http", "https"].contains(url.scheme), url.host != nil else {
            throw AvatariumError(
                .invalidConfig,
                "\(name) '\(text.quotedForMessage())' is not a URL; write https://host, or omit it",
                context: ["field": name])
        }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    private static func fileProvider(_ path: String) async throws -> FileProvider<JSONSnapshot> {
        do {
            let object = try JSONParser.parse(try RegularFile.read(path, limit: 1 << 20)).object
            let known = ServiceSetting.allCases.map(\.rawValue)
            if let unknown = object?.keys.first(where: { !known.contains($0) }) {
                let near =
                    NearMatches.of(unknown, in: known).first.map { "did you mean '\($0)'?" }
                    ?? "see serve --help"
                throw AvatariumError(
                    .invalidConfig,
                    "the configuration '\(path)' has no setting '\(unknown.quotedForMessage())'; \(near)",
                    context: ["path": path, "field": unknown])
            }
            return try await FileProvider<JSONSnapshot>(filePath: FilePath(path))
        } catch let error as AvatariumError {
            throw error
        } catch let error as RegularFile.Failure {
            throw AvatariumError(
                .invalidConfig,
                "the configuration '\(path.quotedForMessage(limit: 200))' \(error); \(error.remedy)",
                context: ["path": path, "field": "config"], systemError: error.systemError)
        } catch {
            throw AvatariumError(
                .invalidConfig,
                "the configuration '\(path)' is not usable: \(error); give a JSON object of settings",
                context: ["path": path], cause: error)
        }
    }

    private init(_ settings: inout SettingsReader, needsMasterKey: Bool) throws {
        dataFolder = settings.text(.data) ?? dataFolder
        host = settings.text(.host) ?? host
        port = try settings.integer(.port, 0...65535) ?? port
        role = try settings.choice(.role) ?? role
        workers = try settings.integer(.workers, 0...1024) ?? workers
        database = settings.text(.database)
        storage = settings.text(.storage)
        publicURL = try settings.url(.publicURL) ?? publicURL
        maxBody = try settings.integer(.maxBody, 1024...(64 << 20)) ?? maxBody
        maxUpload = try settings.integer(.maxUpload, 1024...(8 << 30)) ?? maxUpload
        maxAvatar = try settings.integer(.maxAvatar, 1024...(4 << 30)) ?? maxAvatar
        maxText = try settings.integer(.maxText, 1...(4 << 20)) ?? maxText
        maxSeconds = Double(try settings.integer(.maxSeconds, 1...14_400) ?? Int(maxSeconds))
        maxPixels = try settings.integer(.maxPixels, 256...67_108_864) ?? maxPixels
        maxQueued = try settings.integer(.maxQueued, 1...10_000_000) ?? maxQueued
        deadlineSeconds = try settings.integer(.deadline, 1...2_592_000) ?? deadlineSeconds
        retentionHours = try settings.integer(.retention, 1...87_600) ?? retentionHours
        rateLimit = try settings.integer(.rateLimit, 1...1_000_000) ?? rateLimit
        anonymousRateLimit = try settings.integer(.anonymousRateLimit, 1...1_000_000) ?? anonymousRateLimit
        maxConnections = try settings.integer(.maxConnections, 1...1_000_000) ?? maxConnections
        idleTimeoutSeconds = try settings.integer(.idleTimeout, 1...3600) ?? idleTimeoutSeconds
        drainTimeoutSeconds = try settings.integer(.drainTimeout, 1...3600) ?? drainTimeoutSeconds
        trustedProxies = try AddressBlock.list(
            (settings.text(.trustedProxy) ?? "").split(separator: ",").map(String.init),
            setting: "trusted-proxy")
        allowedOrigins = try settings.origins()
        allowPrivateURLs = try settings.truth(.allowPrivateURLs) ?? allowPrivateURLs
        s3Endpoint = settings.text(.s3Endpoint)
        s3Region = settings.text(.s3Region)
        s3PathStyle = try settings.truth(.s3PathStyle) ?? s3PathStyle
        models = try settings.folder(.models)
        logLevel = try settings.choice(.logLevel) ?? logLevel
        masterKey = try settings.masterKey()
        metricsToken = settings.text(.metricsToken)
        registration = try settings.truth(.registration) ?? registration
        plansFile = settings.text(.plans)
        aiBaseURL = try settings.url(.aiBaseURL)
        tokenIssuer = try settings.issuer()
        if needsMasterKey, database != nil, masterKey == nil {
            throw AvatariumError(
                .invalidConfig,
                "machines that share a database must share a master key; set AVATARIUM_MASTER_KEY to the output of "
                    + "`head -c 32 /dev/urandom | base64`", context: ["field": "master-key"])
        }
    }
}

/// Settings with their checks.
private struct SettingsReader {
    let reader: ConfigReader

    /// The setting's text, however its source holds it; an empty one counts as absent.
    func text(_ setting: ServiceSetting) -> String? {
        let key = ConfigKey([setting.rawValue])
        let text =
            reader.string(forKey: key) ?? reader.int(forKey: key).map { "\($0)" }
            ?? reader.bool(forKey: key).map { "\($0)" }
            ?? reader.stringArray(forKey: key)?.joined(separator: ",")
        return text?.isEmpty == false ? text : nil
    }

    private func refusal(_ setting: ServiceSetting, _ text: String, _ wanted: String) -> AvatariumError {
        AvatariumError(
            .invalidConfig,
            "\(setting.rawValue) '\(setting.isSecret ? "..." : text.quotedForMessage())' is not \(wanted); "
                + setting.help, context: ["field": setting.rawValue])
    }

    func integer(_ setting: ServiceSetting, _ range: ClosedRange<Int>) throws -> Int? {
        guard let text = text(setting) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw refusal(setting, text, "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    func truth(_ setting: ServiceSetting) throws -> Bool? {
        guard let text = text(setting) else { return nil }
        switch text.lowercased() {
        case "true", "1", "yes": return true
        case "false", "0", "no": return false
        default: throw refusal(setting, text, "true or false")
        }
    }

    func choice<Value: RawRepresentable<String> & CaseIterable>(_ setting: ServiceSetting) throws -> Value? {
        guard let text = text(setting) else { return nil }
        guard let value = Value(rawValue: text) else {
            throw refusal(setting, text, "one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return value
    }

    func url(_ setting: ServiceSetting) throws -> String? {
        guard let text = text(setting) else { return nil }
        guard let url = URL(string: text), ["http", "https"].contains(url.scheme), url.host != nil else {
            throw refusal(setting, text, "an http or https URL")
        }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    func folder(_ setting: ServiceSetting) throws -> String? {
        guard let path = text(setting) else { return nil }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue
        else { throw refusal(setting, path, "a folder") }
        return path
    }

    /// Origins of pages: `*`, or a scheme and a host without a path.
    func origins() throws -> [String] {
        let parts = (text(.allowedOrigins) ?? "").split(separator: ",")
        return try parts.map { part in
            let origin = part.trimmingCharacters(in: .whitespaces).lowercased()
            guard origin != "*" else { return origin }
            guard let url = URL(string: origin), let scheme = url.scheme, let host = url.host, !host.isEmpty,
                origin == "\(scheme)://\(host)" + (url.port.map { ":\($0)" } ?? "")
            else { throw refusal(.allowedOrigins, origin, "an origin, such as https://app.example.org") }
            return origin
        }
    }

    func issuer() throws -> TokenIssuer? {
        let parts = [ServiceSetting.tokenIssuer, .tokenAudience, .tokenKeys].map { ($0, text($0)) }
        if let project = text(.firebaseProject) {
            guard parts.allSatisfy({ $0.1 == nil }) else {
                throw refusal(.firebaseProject, project, "to be given with token-issuer")
            }
            return .firebase(project: project)
        }
        guard let issuer = parts[0].1, let audience = parts[1].1, let keys = try url(.tokenKeys) else {
            guard parts.contains(where: { $0.1 != nil }) else { return nil }
            let missing = parts.first { $0.1 == nil }?.0 ?? .tokenKeys
            throw refusal(missing, "", "given, and the three of an issuer belong together")
        }
        return TokenIssuer(issuer: issuer, audience: audience, keys: keys)
    }

    func masterKey() throws -> [UInt8]? {
        if let written = text(.masterKey) {
            guard let key = ServiceConfiguration.masterKey(base64: written) else {
                throw refusal(.masterKey, "...", "the base64 of 32 bytes")
            }
            return key
        }
        return try text(.masterKeyFile).map {
            try ServiceConfiguration.masterKey(file: $0, field: ServiceSetting.masterKeyFile.rawValue)
        }
    }
}

extension ServiceConfiguration {
    /// Reads a master key from a file.
    /// - Throws: E071 with the field where it cannot be read, or is none.
    public static func masterKey(file path: String, field: String) throws -> [UInt8] {
        let data = try InputFile.read(
            path, "master key's file", field: field, code: .invalidConfig, limit: 4096)
        guard let key = masterKey(base64: String(decoding: data, as: UTF8.self)) else {
            throw AvatariumError(
                .invalidConfig,
                "'\(path.quotedForMessage(limit: 200))' is not the base64 of 32 bytes; make a key with "
                    + "`head -c 32 /dev/urandom | base64`", context: ["field": field, "path": path])
        }
        return key
    }

    /// The 32 bytes of a master key as it is written; nil where it is none.
    static func masterKey(base64 text: String) -> [UInt8]? {
        guard let data = Data(base64Encoded: text.trimmingCharacters(in: .whitespacesAndNewlines)),
            data.count == 32
        else { return nil }
        return [UInt8](data)
    }
}
