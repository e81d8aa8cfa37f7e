import AvatariumCore
import ServiceStore
import Testing

/// Changes that depend on what a record is, and the cost of deletions.
@Suite struct ExpectationTests {
    private struct Unexpected: Error {}

    @Test(arguments: Engine.available)
    func `a change is made only while the record is as expected`(_ engine: Engine) async throws {
        try await withStore(engine) { store, _ in
            let account = try #require(try await store.createAccount(slug: "mine", plan: "free"))
            func named(_ name: String?) -> ServiceStore {
                store.expecting(account.id, account: account.id) { found in
                    if found.name != name { throw Unexpected() }
                }
            }
            _ = try await named(nil).updateAccount(account.id, name: "first")
            await #expect(throws: Unexpected.self) {
                _ = try await named(nil).updateAccount(account.id, name: "second")
            }
            #expect(try await store.account(account.id)?.name == "first")
            // Another account's record is none: nothing is looked at.
            let other = try #require(try await store.createAccount(slug: "other", plan: "free"))
            let stranger = store.expecting(account.id, account: other.id) { _ in throw Unexpected() }
            _ = try await stranger.updateAccount(other.id, name: "theirs")
            #expect(try await store.account(other.id)?.name == "theirs")
        }
    }

    @Test(arguments: Engine.available)
    func `of those who change one version at the same time one succeeds`(_ engine: Engine) async throws {
        try await withStore(engine) { store, _ in
            let account = try #require(try await store.createAccount(slug: "mine", plan: "free"))
            let done = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<16 {
                    group.addTask {
                        let guarded = store.expecting(account.id, account: account.id) { found in
                            if found.name != nil { throw Unexpected() }
                        }
                        do {
                            return try await guarded.updateAccount(account.id, name: "n\(number)") != nil
                        } catch is Unexpected {
                            return false
                        }
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(done == 1)
        }
    }

    /// Without statistics, as every new database is: an account with a million messages deletes one conversation as fast as
    /// an account with ten.
    @Test func `what a conversation has is found by the conversation, and not by its account`() async throws {
        try await withStore(.sqlite) { store, _ in
            for sql in [
                ServiceStore.deletionOfMessages(of: "cnv_x", account: "acc_x", .sqlite),
                ServiceStore.deletionOfJobs(of: "cnv_x", account: "acc_x", .sqlite),
            ] {
                let plan = try await store.database.read { connection in
                    try connection.rows("EXPLAIN QUERY PLAN \(sql)").map { try $0.text("detail") }
                }.joined(separator: "\n")
                #expect(plan.contains("messages USING INDEX messages_list (conversation_id=?)"), "\(plan)")
                #expect(!plan.contains("account_id=?"), "\(plan)")
                #expect(!plan.contains("SCAN"), "\(plan)")
            }
        }
    }
}
