import Avatarium
import AvatariumCore
import Foundation
import ServiceHTTP
import ServiceStore

/// What an operator does to accounts, keys and plans: on the database itself, without a server.
public struct Administration: Sendable {
    let store: ServiceStore
    let configuration: ServiceConfiguration
    private let plans: Plans

    /// Opens the database that the configuration names.
    /// - Throws: E071 while a server owns the embedded database; E001 where PostgreSQL cannot be reached.
    public init(_ configuration: ServiceConfiguration) async throws {
        self.configuration = configuration
        plans = try configuration.plansFile.map { try Plans(file: $0) } ?? Plans()
        try AvatariumServer.makeFolder(configuration.dataFolder)
        store = try await AvatariumServer.openStore(configuration)
    }

    public func close() async { await store.close() }

    // MARK: Accounts

    /// An account, as an operator sees it.
    public struct AccountRecord: Sendable, Encodable {
        public var id: String
        public var slug: String
        public var name: String?
        public var plan: String
        /// `active` or `closed`.
        public var state: String
        public var createdAt: String

        init(_ account: Account) {
            id = account.id.rawValue
            slug = account.slug
            name = account.name
            plan = account.plan
            state = account.state.rawValue
            createdAt = account.createdAt.rfc3339
        }
    }

    /// What an account has used this month, and may use.
    public struct UsageRecord: Sendable, Encodable {
        public var account: AccountRecord
        /// `2026-11`, in UTC.
        public var month: String
        public var messages: Int
        /// nil without a limit.
        public var messageLimit: Int?
        public var avatars: Int
        public var avatarLimit: Int
        public var renders: Int
        public var seconds: Int
    }

    /// Makes an account, with a user who can log in where an address is given.
    /// - Throws: E093 for a slug, an address or a password that cannot be, or that is taken; E071 for an unknown plan.
    public func createAccount(
        slug: String, name: String?, plan: String, email: String? = nil, password: String? = nil
    ) async throws -> AccountRecord {
        try check(plan: plan)
        guard (name?.utf8.count ?? 0) <= 200 else {
            throw Self.refusal("name", "the name is longer than 200 bytes; shorten it")
        }
        guard let email else {
            guard let account = try await store.createAccount(slug: slug, name: name, plan: plan) else {
                throw Self.taken("slug", slug)
            }
            return AccountRecord(account)
        }
        guard User.isAddress(email) else {
            throw Self.refusal(
                "email", "'\(email.quotedForMessage())' is not an address; write it as ada@example.org")
        }
        let hash = try await Self.hash(password)
        switch try await store.signUp(
            slug: slug, name: name, email: email, passwordHash: hash, plan: plan)
        {
        case .created(let account, _): return AccountRecord(account)
        case .slugTaken: throw Self.taken("slug", slug)
        case .emailTaken, .identityTaken: throw Self.taken("email", email)
        }
    }

    /// Every account, newest first.
    public func accounts(limit: Int) async throws -> [AccountRecord] {
        var records: [AccountRecord] = []
        var position: PagePosition?
        repeat {
            let page = try await store.accounts(after: position, limit: min(100, limit - records.count))
            records += page.items.map { AccountRecord($0) }
            position = page.next
        } while position != nil && records.count < limit
        return records
    }

    public func usage(of slug: String) async throws -> UsageRecord {
        let account = try await account(slug)
        let used = try await store.usage(of: account.id)
        let plan = plans[account.plan]
        return UsageRecord(
            account: AccountRecord(account), month: store.now().month, messages: used[.messages] ?? 0,
            messageLimit: plan.messages, avatars: try await store.avatarCount(account: account.id),
            avatarLimit: plan.avatars, renders: used[.renders] ?? 0, seconds: used[.seconds] ?? 0)
    }

    /// Closes an account: its keys and logins end at once, its data is deleted by the servers' sweepers.
    public func closeAccount(_ slug: String) async throws {
        _ = try await store.closeAccount(account(slug).id)
    }

    /// Gives a user a new password, and ends all its logins.
    public func setPassword(_ password: String?, of email: String) async throws {
        guard let found = try await store.user(email: email) else {
            throw AvatariumError(
                .validationError, "there is no user '\(email.quotedForMessage())'; check the address",
                context: ["field": "email"])
        }
        _ = try await store.setPassword(
            hash: Self.hash(password), of: found.user.id, account: found.account.id,
            endingLogins: KeptLogin(nil))
    }

    private static func hash(_ password: String?) async throws -> String {
        guard let password, password.count >= 10 else {
            throw AvatariumError(
                .validationError, "a password must have at least 10 characters; a sentence works well",
                context: ["field": "password"])
        }
        return try await Passwords().hash(password)
    }

    private func account(_ slug: String) async throws -> Account {
        guard let account = try await store.account(slug: slug) else {
            throw AvatariumError(
                .validationError,
                "there is no account '\(slug.quotedForMessage())'; 'avatarium account list' shows them",
                context: ["field": "account"])
        }
        return account
    }

    /// An account that is not closed.
    private func active(_ slug: String) async throws -> Account {
        let account = try await account(slug)
        guard account.state == .active else {
            throw Self.refusal(
                "account",
                "the account '\(slug.quotedForMessage())' is closed; create another")
        }
        return account
    }

    private static func taken(_ field: String, _ value: String) -> AvatariumError {
        refusal(field, "the \(field) '\(value.quotedForMessage())' is taken; choose another")
    }

    private static func refusal(_ field: String, _ words: String) -> AvatariumError {
        AvatariumError(.validationError, words, context: ["field": field])
    }

    // MARK: Keys

    /// A key as it may be shown; its text is there when it is made, and never again.
    public struct KeyRecord: Sendable, Encodable {
        public var id: String
        public var name: String
        /// `live` or `test`.
        public var mode: String
        public var prefix: String
        public var last4: String
        public var scopes: [String]
        public var createdAt: String
        public var lastUsedAt: String?
        public var expiresAt: String?
        public var revokedAt: String?
        public var key: String?

        init(_ key: APIKey, text: String? = nil) {
            id = key.id.rawValue
            name = key.name
            mode = key.mode.rawValue
            prefix = key.prefix
            last4 = key.last4
            scopes = key.scopes.map(\.rawValue).sorted()
            createdAt = key.createdAt.rfc3339
            lastUsedAt = key.lastUsedAt?.rfc3339
            expiresAt = key.expiresAt?.rfc3339
            revokedAt = key.revokedAt?.rfc3339
            self.key = text
        }
    }

    /// The scopes that a key can have.
    public static var scopes: [String] { Scope.all.map(\.rawValue) }

    /// - Parameters:
    ///   - isTest: For marked drafts that cost nothing.
    ///   - expiresAt: nil for never.
    /// - Throws: E093 for an unknown account or scope.
    public func createKey(
        of slug: String, name: String, scopes: [String], isTest: Bool, expiresAt: Date?
    ) async throws -> KeyRecord {
        guard !scopes.isEmpty else {
            throw Self.refusal(
                "scopes",
                "a key without scopes permits nothing; choose from \(Self.scopes.joined(separator: ", "))")
        }
        guard name.utf8.count <= 200 else {
            throw Self.refusal("name", "the name is longer than 200 bytes; shorten it")
        }
        if let unknown = scopes.first(where: { !Self.scopes.contains($0) }) {
            throw Self.refusal(
                "scopes",
                "there is no scope '\(unknown.quotedForMessage())'; choose \(Self.scopes.joined(separator: ", "))"
            )
        }
        let new = NewAPIKey(
            name: name, mode: isTest ? .test : .live, scopes: Set(scopes.map { Scope(rawValue: $0) }),
            expiresAt: expiresAt.map { Timestamp(milliseconds: Int64($0.timeIntervalSince1970 * 1000)) })
        let made = try await store.createKey(new, account: active(slug).id)
        return KeyRecord(made.key, text: made.text.text)
    }

    public func keys(of slug: String) async throws -> [KeyRecord] {
        let account = try await account(slug).id
        var records: [KeyRecord] = []
        var position: PagePosition?
        repeat {
            let page = try await store.keys(account: account, after: position, limit: 100)
            records += page.items.map { KeyRecord($0) }
            position = page.next
        } while position != nil
        return records
    }

    public func revokeKey(_ id: String, of slug: String) async throws {
        guard try await store.revokeKey(APIKeyID(id), account: account(slug).id) else {
            throw AvatariumError(
                .validationError,
                "the account has no key '\(id.quotedForMessage())'; 'avatarium key list' shows them",
                context: ["field": "key"])
        }
    }

    // MARK: Plans

    /// What a plan allows.
    public struct PlanRecord: Sendable, Encodable {
        public var name: String
        /// A month; nil without a limit.
        public var messages: Int?
        public var avatars: Int
        /// The longest clip, seconds; nil without a limit besides the server's.
        public var seconds: Double?
        /// The most pixels of one picture; nil without a limit besides the server's.
        public var pixels: Int?
        public var concurrency: Int
        public var isFree: Bool
    }

    public func planRecords() -> [PlanRecord] {
        plans.plans.values.sorted { $0.name < $1.name }.map {
            PlanRecord(
                name: $0.name, messages: $0.messages, avatars: $0.avatars,
                seconds: $0.seconds.isFinite ? $0.seconds : nil, pixels: $0.pixels == .max ? nil : $0.pixels,
                concurrency: $0.concurrency, isFree: $0.isFree)
        }
    }

    /// Puts an account on a plan, from its next request on.
    public func setPlan(_ plan: String, of slug: String) async throws -> AccountRecord {
        try check(plan: plan)
        guard let changed = try await store.updateAccount(active(slug).id, plan: plan) else {
            throw AvatariumError(
                .validationError,
                "the account no longer exists", context: ["field": "account"])
        }
        return AccountRecord(changed)
    }

    private func check(plan: String) throws {
        guard plans.plans[plan] != nil else {
            throw AvatariumError(
                .invalidConfig,
                "there is no plan '\(plan.quotedForMessage())'; choose "
                    + plans.plans.keys.sorted().joined(separator: ", ") + ", or add it with --plans",
                context: ["field": "plan"])
        }
    }
}
