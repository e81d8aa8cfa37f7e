import Avatarium
import AvatariumCore
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ObjectStorage
import SafeFetch
import ServiceHTTP
import ServiceLifecycle
import ServiceStore

/// The HTTP service: opens what the configuration names, answers, and draws.
public struct AvatariumServer: Sendable {
    package let backend: Backend
    package let routes: RouteTable
    /// The first key of a new database: shown once, and known to nobody afterwards.
    public let firstKey: String?
    private let configuration: ServiceConfiguration

    /// Opens database, object store and work folder.
    /// - Throws: E071 for a configuration that cannot be; E001 where the database cannot be reached.
    package init(
        _ configuration: ServiceConfiguration, renderer: any ClipRenderer,
        logger: Logger = AvatariumServer.logger(.info)
    ) async throws {
        var logger = logger
        logger.logLevel = configuration.logLevel
        self.configuration = configuration
        try Self.makeFolder(configuration.dataFolder)
        let key = try configuration.masterKey ?? MasterKeyFile(folder: configuration.dataFolder).load()
        let masterKey = try MasterKey(key)
        var store = try await Self.openStore(configuration)
        do {
            store = try await store.sealingSecrets(with: masterKey)
            backend = Backend(
                configuration: configuration, store: store, objects: try Self.openObjects(configuration),
                renderer: renderer, catalog: AvatarCatalog(extraFolder: configuration.models),
                plans: try configuration.plansFile.map { try Plans(file: $0) } ?? Plans(),
                work: try WorkFolders(root: configuration.dataFolder + "/work"),
                tokens: await AccessTokens(
                    key: masterKey.subkey(for: "tokens").withUnsafeBytes(Array.init)),
                issuer: configuration.tokenIssuer.map { IssuerTokens($0) },
                masterKey: masterKey,
                cursors: CursorSealer(master: key), files: FileURLSigner(master: key),
                fetcher: SafeFetcher(policy: configuration.fetchPolicy),
                metrics: ServiceMetrics(), logger: logger)
            firstKey = try await store.bootstrap(plan: Plan.owner.name)?.text.text
        } catch {
            await store.close()
            throw error
        }
        routes = Self.routes(backend)
    }

    /// A logger that writes JSON lines to standard error.
    public static func logger(_ level: Logger.Level) -> Logger {
        var logger = Logger(label: "avatarium") { _ in JSONLogHandler() }
        logger.logLevel = level
        return logger
    }

    static func routes(_ backend: Backend) -> RouteTable {
        let operation = OperationRoutes(backend: backend).routes
        guard backend.configuration.role.answers else {
            return RouteTable(operation.filter(\.isProbe))
        }
        return RouteTable(
            PageRoutes().routes + operation + RenderRoutes(backend: backend).routes
                + AvatarRoutes(backend: backend).routes + UploadRoutes(backend: backend).routes
                + WebhookRoutes(backend: backend).routes + KeyRoutes(backend: backend).routes
                + AccountRoutes(backend: backend).routes + ProviderKeyRoutes(backend: backend).routes
                + SessionRoutes(backend: backend).routes + MessageRoutes(backend: backend).routes
                + LiveRoutes(backend: backend).routes)
    }

    static func makeFolder(_ path: String) throws {
        try WorkFolders.make(path) {
            AvatariumError(
                .invalidConfig, "the data folder '\(path)' cannot be created; choose another with --data",
                context: ["field": "data", "path": path], cause: $0)
        }
    }

    static func openStore(_ configuration: ServiceConfiguration) async throws -> ServiceStore {
        if let database = configuration.database { return try await ServiceStore.open(postgres: database) }
        return try await ServiceStore.open(
            sqlite: configuration.dataFolder, clock: configuration.clock)
    }

    private static func openObjects(_ configuration: ServiceConfiguration) throws -> any ObjectStore {
        guard let storage = configuration.storage, storage.hasPrefix("s3://") else {
            return try FolderStore(path: configuration.storage ?? configuration.dataFolder + "/objects")
        }
        var environment = ProcessInfo.processInfo.environment
        if let region = configuration.s3Region { environment["AWS_REGION"] = region }
        if let endpoint = configuration.s3Endpoint { environment["AWS_ENDPOINT_URL"] = endpoint }
        return S3Store(
            try S3Configuration(url: storage, environment: environment, pathStyle: configuration.s3PathStyle))
    }

    // MARK: Running

    /// The application, without its workers.
    package func application(
        onRunning: @escaping @Sendable (Int) async -> Void = { _ in }
    ) -> some ApplicationProtocol {
        let router = Router(context: ServiceContext.self, options: [.autoGenerateHeadEndpoints])
        router.add(
            middleware: FrameMiddleware(
                routes: routes, crossOrigin: CrossOrigin(configuration.allowedOrigins),
                metrics: backend.metrics, logger: backend.logger))
        let gate = GateMiddleware(backend: backend, routes: routes)
        router.add(middleware: gate)
        routes.add(to: router)
        let live: @Sendable (LiveSocket, HTTPRequest) async -> Void = { [backend] socket, request in
            await LiveConnection(backend: backend, gate: gate, socket: socket, request: request).run()
        }
        let answers = configuration.role.answers
        let idleTimeout = TimeAmount.seconds(Int64(configuration.idleTimeoutSeconds))
        var quiet = backend.logger
        quiet.logLevel = max(quiet.logLevel, .warning)
        return Application(
            router: router,
            server: .http1(
                configuration: HTTP1Channel.Configuration(
                    additionalChannelHandlers: [ConnectionRules.Installer(), ParseErrorHandler()]
                        + (answers ? [LiveUpgradeHandler(serve: live)] : [])
                        + [ConnectionCloser(), StalledReaderCloser(period: idleTimeout)],
                    idleTimeout: idleTimeout,
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), serverName: "avatarium",
                availableConnectionsDelegate: MaximumAvailableConnections(
                    configuration.maxConnections, logger: quiet)),
            onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? 0) },
            logger: quiet)
    }

    /// A token for the same login that ended an hour ago; for tests.
    package func expiredToken(for token: String) async throws -> String {
        let bearer = try await backend.tokens.verify(token)
        return try await backend.tokens.issue(
            user: bearer.user, account: bearer.account, login: bearer.login,
            now: backend.store.now() - .seconds(3600) - AccessTokens.lifetime)
    }

    /// The work behind the routes, alone; for tests.
    package func runWorkers() async throws {
        try await ServiceGroup(
            configuration: ServiceGroupConfiguration(services: workers(), logger: backend.logger)
        ).run()
    }

    private func workers() -> [any Service] {
        let name = "\(ProcessInfo.processInfo.hostName)/\(ProcessInfo.processInfo.processIdentifier)"
        var services: [any Service] = [Sweeper(backend: backend)]
        guard configuration.role.draws else { return services }
        services.append(WebhookWorkers(backend: backend, count: 4, name: name))
        if configuration.workers > 0 {
            services.append(RenderWorkers(backend: backend, count: configuration.workers, name: name))
        }
        return services
    }

    /// Runs until SIGTERM or SIGINT, then lets what is under way end.
    /// - Parameter onRunning: called with the port when requests are answered.
    public func run(onRunning: @escaping @Sendable (Int) async -> Void = { _ in }) async throws {
        var services = workers()
        // Told after the server has ended, and before the workers: answers that are written while nobody listens.
        services.append(AnswersUnderWay(drain: backend.drain))
        services.append(application(onRunning: onRunning))
        // The last one is told first: what stays open ends before the server waits for it.
        services.append(DrainTrigger(drain: backend.drain))
        var quiet = backend.logger
        quiet.logLevel = max(quiet.logLevel, .notice)
        var group = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint],
            logger: quiet)
        group.maximumGracefulShutdownDuration = .seconds(configuration.drainTimeoutSeconds)
        do {
            try await ServiceGroup(configuration: group).run()
        } catch {
            await backend.store.close()
            throw listening(error) ?? error
        }
        await backend.store.close()
    }
}

extension AvatariumServer {
    /// E071 where the address to listen on cannot be had.
    private func listening(_ error: any Error) -> AvatariumError? {
        let (host, port) = (configuration.host, configuration.port)
        let refuse = { (field: String, words: String) in
            AvatariumError(.invalidConfig, words, context: ["field": field], cause: error)
        }
        switch (error, (error as? IOError)?.errnoCode) {
        case (_, EADDRINUSE):
            return refuse(
                "port",
                "port \(port) of \(host) is in use; stop the program that listens there, or choose another "
                    + "with --port")
        case (_, EACCES):
            return refuse(
                "port",
                "port \(port) needs privileges that this user lacks; choose one above 1023 with --port")
        case (_, EADDRNOTAVAIL), (is SocketAddressError, _):
            return refuse("host", "\(host) is not an address of this machine; choose another with --host")
        default: return nil
        }
    }
}

/// Begins the drain when the shutdown begins.
private struct DrainTrigger: Service {
    let drain: Drain

    func run() async throws {
        try? await gracefulShutdown()
        drain.begin()
    }
}

/// Lets the answers to messages whose clients have left be written to their end.
private struct AnswersUnderWay: Service {
    let drain: Drain

    func run() async throws {
        try? await gracefulShutdown()
        await drain.workDone()
    }
}
