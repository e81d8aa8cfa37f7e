import AvatariumCore
import Foundation
import ServiceStore
import Testing

extension ServiceStore {
    /// An account with its user.
    fileprivate func person(
        _ slug: String = "acme", email: String = "ann@example.org"
    ) async throws -> (account: Account, user: User) {
        guard
            case .created(let account, let user) = try await signUp(
                slug: slug, email: email, passwordHash: "hash", plan: "free")
        else { throw AvatariumError(.internalError, "not made") }
        return (account, user)
    }
}

@Suite struct AccountTests {
    @Test(arguments: Engine.available)
    func `an account and its user are made together or not at all`(_ engine: Engine) async throws {
        try await withStore(engine) { store, _ in
            let (account, user) = try await store.person(email: "Ann@Example.org")
            #expect(user.email == "ann@example.org")
            let found = try await store.user(email: "ANN@example.org")
            #expect(found?.user == user)
            #expect(found?.account == account)
            #expect(try await store.account(slug: "acme") == account)
            guard
                case .slugTaken = try await store.signUp(
                    slug: "acme", email: "bob@example.org", passwordHash: nil, plan: "free"),
                case .emailTaken = try await store.signUp(
                    slug: "other", email: "ann@EXAMPLE.org", passwordHash: nil, plan: "free")
            else {
                Issue.record("something was given twice")
                return
            }
            // Nothing of the refused ones is left.
            #expect(try await store.account(slug: "other") == nil)
            #expect(try await store.user(email: "bob@example.org") == nil)
            #expect(try await store.updateAccount(account.id, plan: "paid")?.plan == "paid")
            #expect(try await store.account(account.id)?.name == nil)
        }
    }

    @Test(arguments: Engine.available)
    func `a refresh token is used once, and its second use ends the login`(_ engine: Engine) async throws {
        try await withStore(engine) { store, clock in
            let (account, user) = try await store.person()
            let other = try await store.logIn(user.id, account: account.id)
            let first = try await store.logIn(user.id, account: account.id)
            guard case .granted(let second) = try await store.refresh(first.refreshToken),
                case .granted(let third) = try await store.refresh(second.refreshToken)
            else {
                Issue.record("not granted")
                return
            }
            #expect(third.login.id == first.login.id)
            #expect(try await store.isActive(first.login.id, account: account.id))
            guard case .reused(let login) = try await store.refresh(second.refreshToken) else {
                Issue.record("a token was granted twice")
                return
            }
            #expect(login.id == first.login.id)
            #expect(try await store.isActive(first.login.id, account: account.id) == false)
            for token in [first, second, third].map(\.refreshToken) + ["avr_none", ""] {
                guard case .unknown = try await store.refresh(token) else {
                    Issue.record("a token of an ended login was granted")
                    return
                }
            }
            // Another login of the same user goes on; its token ends after thirty days.
            guard case .granted(let again) = try await store.refresh(other.refreshToken) else {
                Issue.record("another login was ended too")
                return
            }
            clock.advance(by: .seconds(30 * 86_400))
            guard case .expired = try await store.refresh(again.refreshToken) else {
                Issue.record("a token was kept too long")
                return
            }
            let rows = try await store.database.read { try $0.rows("SELECT * FROM refresh_tokens") }
            #expect(!"\(rows)".contains(first.refreshToken))
        }
    }

    @Test(arguments: Engine.available)
    func `two who use the same refresh token at the same moment do not both go on`(_ engine: Engine)
        async throws
    {
        try await withStore(engine, connections: 8) { store, _ in
            let (account, user) = try await store.person()
            let grant = try await store.logIn(user.id, account: account.id)
            let granted = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        if case .granted = try await store.refresh(grant.refreshToken) { true } else { false }
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(granted <= 1)
            #expect(try await store.isActive(grant.login.id, account: account.id) == false)
        }
    }

    @Test(arguments: Engine.available)
    func `a new password ends the other logins, logging out ends one`(_ engine: Engine) async throws {
        try await withStore(engine) { store, _ in
            let (account, user) = try await store.person()
            let here = try await store.logIn(user.id, account: account.id)
            let there = try await store.logIn(user.id, account: account.id)
            #expect(
                try await store.setPassword(
                    hash: "new", of: user.id, account: account.id, endingLogins: KeptLogin(here.login.id)))
            #expect(try await store.user(user.id, account: account.id)?.passwordHash == "new")
            #expect(try await store.isActive(here.login.id, account: account.id))
            #expect(try await store.isActive(there.login.id, account: account.id) == false)
            #expect(try await store.logOut(here.login.id, account: account.id))
            #expect(try await store.isActive(here.login.id, account: account.id) == false)
            let third = try await store.logIn(user.id, account: account.id)
            #expect(try await store.logOut(refreshToken: third.refreshToken))
            #expect(try await store.logOut(refreshToken: "avr_none") == false)
            #expect(try await store.isActive(third.login.id, account: account.id) == false)
        }
    }

    @Test(arguments: Engine.available)
    func `another issuer's subject belongs to one user`(_ engine: Engine) async throws {
        try await withStore(engine) { store, _ in
            let (ann, bob) = (
                try await store.person(), try await store.person("bobs", email: "bob@example.org")
            )
            #expect(try await store.link(issuer: "i", subject: "s", to: ann.user.id, account: ann.account.id))
            #expect(try await store.link(issuer: "i", subject: "s", to: ann.user.id, account: ann.account.id))
            #expect(
                try await store.link(issuer: "i", subject: "s", to: bob.user.id, account: bob.account.id)
                    == false)
            #expect(
                try await store.link(issuer: "i", subject: "t", to: bob.user.id, account: ann.account.id)
                    == false)
            #expect(try await store.user(issuer: "i", subject: "s")?.user.id == ann.user.id)
            #expect(try await store.user(issuer: "j", subject: "s") == nil)
        }
    }

    @Test(arguments: Engine.available)
    func `a closed account lets nobody in, and the sweeper deletes all of it`(_ engine: Engine) async throws {
        try await withStore(engine) { store, clock in
            let (account, user) = try await store.person()
            let key = try await store.createKey(NewAPIKey(name: "k", scopes: [.admin]), account: account.id)
            let login = try await store.logIn(user.id, account: account.id)
            let conversation = try await store.createConversation(
                avatar: "ada", settings: "{}", account: account.id)
            guard case .begun = try await store.beginMessage("hi", in: conversation.id, account: account.id)
            else {
                Issue.record("not begun")
                return
            }
            try await store.queueOne(account: account.id)
            let stays = try await store.queueOne(account: "acc_b")
            #expect(try await store.closeAccount(account.id))
            #expect(try await store.closeAccount(account.id) == false)
            guard case .unknown = try await store.check(key: key.text.text),
                case .unknown = try await store.refresh(login.refreshToken)
            else {
                Issue.record("a closed account lets someone in")
                return
            }
            #expect(try await store.user(email: "ann@example.org") == nil)
            let claimed = try #require(try await store.claimRender())
            #expect(claimed.job.id == stays.id)
            #expect(try await store.claimRender() == nil)
            while try await store.sweep().cleared > 0 {}
            #expect(try await store.account(account.id) == nil)
            let left = try await store.database.read { connection in
                let tables = [
                    "jobs", "messages", "conversations", "users", "logins", "api_keys", "ready_accounts",
                ]
                return try tables.reduce(0) { sum, table in
                    try sum
                        + connection.count(
                            "SELECT count(*) AS n FROM \(raw: table) WHERE account_id = \(account.id)")
                }
            }
            #expect(left == 0)
            clock.advance(by: .seconds(90))
            #expect(try await store.garbage() == [ObjectPrefix.account(account.id)])
            #expect(try await store.job(stays.id, account: "acc_b") != nil)
            _ = try await store.person()
        }
    }
}

@Suite struct PasswordTests {
    /// Cheap, so that tests are quick.
    private let cheap = Passwords.Cost(memory: 64, passes: 1, lanes: 1)

    @Test func `a password is told from any other, and a weaker hash asks to be made anew`() async throws {
        let passwords = Passwords(cost: cheap)
        let hash = try await passwords.hash("correct horse")
        #expect(hash.hasPrefix("$argon2id$v=19$m=64,t=1,p=1$"))
        #expect(try await passwords.hash("correct horse") != hash)
        #expect(try await passwords.verify("correct horse", against: hash) == .right(needsNewHash: false))
        #expect(try await passwords.verify("Correct horse", against: hash) == .wrong)
        #expect(try await passwords.verify("", against: hash) == .wrong)
        #expect(try await passwords.verify("correct horse", against: nil) == .wrong)
        let stronger = Passwords(cost: Passwords.Cost(memory: 128, passes: 1, lanes: 1))
        #expect(try await stronger.verify("correct horse", against: hash) == .right(needsNewHash: true))
    }

    @Test func `the hash is that of the reference implementation's own tests`() async throws {
        // https://github.com/P-H-C/phc-winner-argon2, src/test.c: Argon2id, version 0x13, t = 2, m = 2^16, p = 1.
        let hash =
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
        let verdict = try await Passwords().verify("password", against: hash)
        #expect(verdict == .right(needsNewHash: true))
    }

    @Test func `composed and decomposed letters are the same password, and a long one is refused`()
        async throws
    {
        let passwords = Passwords(cost: cheap)
        let hash = try await passwords.hash("Gru\u{308}ße")
        #expect(try await passwords.verify("Grüße", against: hash) == .right(needsNewHash: false))
        let long = String(repeating: "x", count: 1025)
        #expect(await code { _ = try await passwords.hash(long) } == "E093")
        #expect(try await passwords.verify(long, against: hash) == .wrong)
        #expect(await code { _ = try await passwords.verify("x", against: "no hash") } == "E092")
    }

    @Test func `many at the same time all get an answer`() async throws {
        let passwords = Passwords(cost: cheap)
        let hash = try await passwords.hash("p")
        try await withThrowingTaskGroup(of: Passwords.Verdict.self) { group in
            for i in 0..<40 {
                group.addTask { try await passwords.verify(i.isMultiple(of: 2) ? "p" : "q", against: hash) }
            }
            let right = try await group.reduce(0) { $0 + ($1 == .wrong ? 0 : 1) }
            #expect(right == 20)
        }
    }
}

@Suite struct ProviderKeyTests {
    private static let keyA = [UInt8](repeating: 1, count: 32)
    private static let keyB = [UInt8](repeating: 2, count: 32)

    @Test(arguments: Engine.available)
    func `a customer's key is sealed for its account and provider`(_ engine: Engine) async throws {
        try await withStore(engine) { store, _ in
            let master = try MasterKey(Self.keyA)
            let secret = "sk-proj-0123456789abcdef"
            let shown = try await store.setProviderKey(
                secret, provider: "openai", account: "acc_a", masterKey: master)
            #expect(shown.last4 == "cdef")
            #expect(
                try await store.openProviderKey("openai", account: "acc_a", masterKey: master) == secret)
            #expect(try await store.openProviderKey("openai", account: "acc_b", masterKey: master) == nil)
            #expect(try await store.openProviderKey("groq", account: "acc_a", masterKey: master) == nil)
            let rows = try await store.database.read { try $0.rows("SELECT * FROM byok") }
            #expect(!"\(rows)".contains(secret))
            #expect(!"\(rows)".contains("sk-proj"))
            // Nothing is shown of a short one.
            #expect(
                try await store.setProviderKey("short", provider: "groq", account: "acc_a", masterKey: master)
                    .last4 == "")
            #expect(try await store.providerKeys(account: "acc_a").map(\.provider) == ["groq", "openai"])
            // Moved to another account or provider, the sealed text does not open.
            for change in [SQL("account_id = 'acc_b'"), "provider = 'anthropic'"] {
                try await store.database.write { connection in
                    try connection.run("UPDATE byok SET \(change) WHERE provider = 'openai'")
                }
                let (provider, account): (String, AccountID) =
                    change.fragments[0].contains("acc_b") ? ("openai", "acc_b") : ("anthropic", "acc_b")
                #expect(
                    await code {
                        _ = try await store.openProviderKey(provider, account: account, masterKey: master)
                    } == "E071")
            }
            #expect(try await store.deleteProviderKey("groq", account: "acc_a"))
            #expect(try await store.deleteProviderKey("groq", account: "acc_a") == false)
        }
    }

    @Test(arguments: Engine.available)
    func `a new master key opens what the old one sealed, until everything is sealed anew`(
        _ engine: Engine
    ) async throws {
        try await withStore(engine) { store, _ in
            let old = try MasterKey(Self.keyA)
            let both = try MasterKey(Self.keyB, replacing: Self.keyA)
            let new = try MasterKey(Self.keyB)
            for i in 0..<5 {
                _ = try await store.setProviderKey(
                    "key number \(i)", provider: "openai", account: AccountID("acc_\(i)"), masterKey: old)
            }
            func open(_ key: MasterKey) async throws -> String? {
                try await store.openProviderKey("openai", account: "acc_3", masterKey: key)
            }
            #expect(try await open(both) == "key number 3")
            #expect(await code { _ = try await open(new) } == "E071")
            _ = try await store.sealingSecrets(with: both)
            #expect(try await open(new) == "key number 3")
        }
    }

    @Test(arguments: Engine.available)
    func `sealed texts in JSON are sealed anew, in batches, and a change that stopped goes on`(
        _ engine: Engine
    ) async throws {
        try await withStore(engine) { store, _ in
            var ids: [ConversationID] = []
            for i in 0..<7 {
                let settings = JSONText(
                    text: i == 3 ? #"{"plain":1}"# : #"{"keys":{"sealed":"old","version":1}}"#)
                ids.append(
                    try await store.createConversation(avatar: "ada", settings: settings, account: "acc_a").id
                )
            }
            @Sendable func seal(_ settings: JSONText) -> JSONText {
                JSONText(text: settings.text.replacing("old", with: "new"))
            }
            func stored() async throws -> [String] {
                var texts: [String] = []
                for id in ids {
                    texts.append(try await store.conversation(id, account: "acc_a")?.settings.text ?? "")
                }
                return texts
            }
            // The fifth of those that hold one does not open: the two batches of two before it stay.
            let fifth = ids[5].rawValue
            try await store.database.write { connection in
                try connection.run(
                    "UPDATE conversations SET settings = replace(settings, 'old', 'bad') WHERE id = \(fifth)")
            }
            let failure = await code {
                try await store.resealValues(of: .conversations, limit: 2) { settings, account in
                    #expect(account == "acc_a")
                    guard !settings.text.contains("bad") else { throw AvatariumError(.invalidConfig, "bad") }
                    return seal(settings)
                }
            }
            #expect(failure == "E071")
            #expect(
                try await stored().map { $0.contains("new") } == [
                    true, true, true, false, true, false, false,
                ])
            try await store.resealValues(of: .conversations, limit: 2) { settings, _ in
                JSONText(text: seal(settings).text.replacing("bad", with: "new"))
            }
            #expect(
                try await stored().map { $0.contains("new") } == [true, true, true, false, true, true, true])
        }
    }

    @Test func `a master key that is none is refused`() async {
        for count in [0, 16, 33] {
            #expect(await code { _ = try MasterKey([UInt8](repeating: 1, count: count)) } == "E071")
        }
    }
}
