import AvatariumCore
import Foundation
import ServiceStore
import Testing

private let mine: AccountID = "acc_a"

extension ServiceStore {
    fileprivate func begin(
        _ text: String, in conversation: ConversationID, quota: Quota? = nil
    ) async throws -> Message {
        let outcome = try await beginMessage(text, in: conversation, account: mine, quota: quota)
        guard case .begun(let message, _) = outcome else {
            throw AvatariumError(.internalError, "not begun: \(outcome)")
        }
        return message
    }
}

@Suite struct ConversationTests {
    @Test(arguments: Engine.available)
    func `a session lapses half an hour after its last use, with its conversations`(_ engine: Engine)
        async throws
    {
        try await withStore(engine) { store, clock in
            let session = try await store.createSession(
                avatar: "ada", settings: #"{"voice":"en"}"#, account: mine)
            let conversation = try #require(
                try await store.createConversation(session: session.id, account: mine))
            #expect(conversation.settings == session.settings)
            let kept = try await store.createConversation(avatar: "ada", settings: "{}", account: mine)
            // Each use counts: of the session, and of its conversations.
            clock.advance(by: .seconds(29 * 60))
            #expect(try await store.createConversation(session: session.id, account: mine) != nil)
            clock.advance(by: .seconds(29 * 60))
            let message = try await store.begin("hi", in: conversation.id)
            _ = try await store.finishMessage(message.id, account: mine, reply: "Hello.")
            clock.advance(by: .seconds(29 * 60))
            // Looking does not.
            #expect(try await store.session(session.id, account: mine) != nil)
            #expect(try await store.conversations(account: mine).items.count == 3)
            clock.advance(by: .seconds(60))
            #expect(try await store.session(session.id, account: mine) == nil)
            #expect(try await store.createConversation(session: session.id, account: mine) == nil)
            #expect(try await store.conversation(conversation.id, account: mine) == nil)
            #expect(try await store.messages(in: conversation.id, account: mine) == nil)
            #expect(try await store.conversations(account: mine).items.map(\.id) == [kept.id])
            guard case .notFound = try await store.beginMessage("hi", in: conversation.id, account: mine)
            else {
                Issue.record("a lapsed conversation took a message")
                return
            }
            // The sweeper deletes what cannot be found any more.
            _ = try await store.sweep()
            let left = try await store.database.read { connection in
                try connection.count("SELECT count(*) AS n FROM messages")
                    + connection.count("SELECT count(*) AS n FROM conversations")
            }
            #expect(left == 1)
        }
    }

    @Test(arguments: Engine.available)
    func `a conversation takes one message at a time, and none after its end`(_ engine: Engine) async throws {
        try await withStore(engine) { store, clock in
            let conversation = try await store.createConversation(
                avatar: "ada", settings: "{}", account: mine)
            let begun = try await withThrowingTaskGroup(of: MessageBegun.self) { group in
                for i in 0..<6 {
                    group.addTask {
                        try await store.beginMessage("\(i)", in: conversation.id, account: mine)
                    }
                }
                return try await group.reduce(into: [Message]()) { messages, outcome in
                    switch outcome {
                    case .begun(let message, _): messages.append(message)
                    case .busy(let wait): #expect(wait > .zero)
                    default: Issue.record("unexpected: \(outcome)")
                    }
                }
            }
            #expect(begun.count == 1)
            let answer = try await store.finishMessage(
                begun[0].id, account: mine, reply: "Hello.", details: #"{"tokens":3}"#, job: "job_1",
                meter: .messages)
            #expect(answer?.role == .assistant)
            #expect(answer?.job == "job_1")
            // Counted once.
            #expect(
                try await store.finishMessage(begun[0].id, account: mine, reply: "again", meter: .messages)
                    == nil)
            #expect(try await store.usage(of: mine) == [.messages: 1])

            clock.advance(by: .milliseconds(1))
            let failing = try await store.begin("next", in: conversation.id)
            let failed = try await store.failMessage(
                failing.id, account: mine, AvatariumError(.aiContentFiltered, "no"))
            #expect(failed?.failure?.code == "E044")
            let page = try #require(try await store.messages(in: conversation.id, account: mine))
            #expect(page.items.map(\.state) == [.failed, .done, .done])
            #expect(page.items.map(\.role) == [.user, .assistant, .user])

            #expect(try await store.endConversation(conversation.id, account: mine)?.endedAt == clock.now())
            guard case .ended = try await store.beginMessage("late", in: conversation.id, account: mine)
            else {
                Issue.record("an ended conversation took a message")
                return
            }
        }
    }

    @Test(arguments: Engine.available)
    func `a message whose server died does not block the conversation for ever`(_ engine: Engine) async throws
    {
        try await withStore(engine) { store, clock in
            let conversation = try await store.createConversation(
                avatar: "ada", settings: "{}", account: mine)
            let lost = try await store.begin("one", in: conversation.id)
            clock.advance(by: .seconds(299))
            guard
                case .busy(let wait) = try await store.beginMessage(
                    "two", in: conversation.id, account: mine)
            else {
                Issue.record("not busy")
                return
            }
            #expect(wait == .seconds(1))
            clock.advance(by: .seconds(1))
            let second = try await store.begin("two", in: conversation.id)
            // The one that was given up can change nothing any more.
            #expect(
                try await store.finishMessage(lost.id, account: mine, reply: "late", meter: .messages) == nil)
            #expect(try await store.usage(of: mine) == [:])
            #expect(
                try await store.finishMessage(second.id, account: mine, reply: "in time")?.content
                    == "in time")
            let page = try #require(try await store.messages(in: conversation.id, account: mine))
            #expect(page.items.first { $0.id == lost.id }?.failure?.code == "E063")
        }
    }

    @Test(arguments: Engine.available)
    func `the quota counts messages that are being answered`(_ engine: Engine) async throws {
        try await withStore(engine, connections: 8) { store, _ in
            let quota = Quota(.messages, limit: 3)
            var conversations: [ConversationID] = []
            for _ in 0..<8 {
                conversations.append(
                    try await store.createConversation(avatar: "ada", settings: "{}", account: mine).id)
            }
            let begun = try await withThrowingTaskGroup(of: Message?.self) { group in
                for id in conversations {
                    group.addTask {
                        switch try await store.beginMessage("hi", in: id, account: mine, quota: quota) {
                        case .begun(let message, _): return message
                        case .overQuota(3, 3): return nil
                        default: throw AvatariumError(.internalError, "unexpected")
                        }
                    }
                }
                return try await group.reduce(into: [Message]()) {
                    if let message = $1 { $0.append(message) }
                }
            }
            #expect(begun.count == 3)
            _ = try await store.failMessage(begun[0].id, account: mine, AvatariumError(.timeout, "late"))
            let last = try await store.begin("once more", in: begun[0].conversation, quota: quota)
            for message in begun[1...] + [last] {
                _ = try await store.finishMessage(message.id, account: mine, reply: "", meter: .messages)
            }
            #expect(try await store.usage(of: mine) == [.messages: 3])
            guard
                case .overQuota(3, 3) = try await store.beginMessage(
                    "a fourth", in: conversations[0], account: mine, quota: quota)
            else {
                Issue.record("a fourth was accepted")
                return
            }
            // With the caller's own keys.
            _ = try await store.begin("free", in: begun[0].conversation)
        }
    }

    @Test(arguments: Engine.available)
    func `clips and messages share a month, also those under way`(_ engine: Engine) async throws {
        try await withStore(engine, connections: 8) { store, _ in
            let quota = Quota(.messages, limit: 2)
            let limits = QueueLimits(maxRunning: 9, quota: quota)
            @Sendable func clip() -> NewJob { NewJob(.render, request: "{}", meter: .messages) }
            let conversation = try await store.createConversation(
                avatar: "ada", settings: "{}", account: mine)
            let message = try await store.begin("hi", in: conversation.id, quota: quota)
            let first = try await store.queueOne(clip(), limits: limits)
            // One is being answered, one waits: no room for either kind.
            guard
                case .overQuota(2, 2) = try await store.enqueue([clip()], account: mine, limits: limits)
            else {
                Issue.record("a clip was accepted beside a message that is being answered")
                return
            }
            _ = try await store.cancel(first.id, account: mine)
            let second = try await store.queueOne(clip(), limits: limits)
            guard case .overQuota(2, 2) = try await store.retry(first.id, account: mine, limits: limits)
            else {
                Issue.record("a clip was queued again beside a message that is being answered")
                return
            }
            _ = try await store.finishMessage(message.id, account: mine, reply: "", meter: .messages)
            let claimed = try #require(try await store.claimRender())
            #expect(claimed.job.id == second.id)
            try await store.end(claimed, .succeeded(result: "{}"))
            #expect(try await store.usage(of: mine) == [.messages: 2])
        }
    }

    /// What ends while another request counts is neither under way nor used for two statements that see two moments.
    @Test(arguments: Engine.available)
    func
        `a month holds while clips are ordered, begun, given back and made, and messages answered, all at once`(
            _ engine: Engine
        ) async throws
    {
        try await withStore(engine, connections: 12) { store, _ in
            let quota = Quota(.messages, limit: 40)
            let limits = QueueLimits(maxRunning: 9, quota: quota)
            @Sendable func clip() -> NewJob { NewJob(.render, request: "{}", meter: .messages) }
            var conversations: [ConversationID] = []
            for _ in 0..<4 {
                conversations.append(
                    try await store.createConversation(avatar: "ada", settings: "{}", account: mine).id)
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        for _ in 0..<25 {
                            _ = try await store.enqueue([clip()], account: mine, limits: limits)
                        }
                    }
                    group.addTask {
                        for turn in 0..<40 {
                            guard let claimed = try await store.claimRender() else { continue }
                            _ = try await store.finish(
                                claimed.lease, turn % 3 == 0 ? .returned : .succeeded(result: "{}"))
                        }
                    }
                }
                for id in conversations {
                    group.addTask {
                        for _ in 0..<25 {
                            guard
                                case .begun(let message, _) = try await store.beginMessage(
                                    "hi", in: id, account: mine, quota: quota)
                            else { continue }
                            _ = try await store.finishMessage(
                                message.id, account: mine, reply: "", meter: .messages)
                        }
                    }
                }
                try await group.waitForAll()
            }
            while let claimed = try await store.claimRender() {
                try await store.end(claimed, .succeeded(result: "{}"))
            }
            #expect(try await store.usage(of: mine) == [.messages: 40])
        }
    }

    @Test(arguments: Engine.available)
    func `deletion takes messages, jobs and objects along`(_ engine: Engine) async throws {
        try await withStore(engine) { store, clock in
            let session = try await store.createSession(avatar: "ada", settings: "{}", account: mine)
            var jobs: [JobID] = []
            for round in 0..<2 {
                let conversation = try #require(
                    try await store.createConversation(session: session.id, account: mine))
                let message = try await store.begin("hi", in: conversation.id)
                let job = try await store.queueOne(NewJob(.reply, request: "{}"))
                _ = try await store.finishMessage(message.id, account: mine, reply: "Hello.", job: job.id)
                jobs.append(job.id)
                if round == 0 {
                    #expect(try await store.deleteConversation(conversation.id, account: mine))
                    #expect(try await store.deleteConversation(conversation.id, account: mine) == false)
                } else {
                    #expect(try await store.deleteSession(session.id, account: mine))
                    #expect(try await store.conversation(conversation.id, account: mine) == nil)
                }
                #expect(try await store.job(job.id, account: mine) == nil)
                let left = try await store.database.read {
                    try $0.count("SELECT count(*) AS n FROM messages")
                }
                #expect(left == 0)
            }
            clock.advance(by: .seconds(90))
            #expect(Set(try await store.garbage()) == Set(jobs.map { ObjectPrefix.job($0, account: mine) }))
        }
    }

    @Test(arguments: Engine.available)
    func `a text that is written while it is spoken reaches its worker, each attempt from the start`(
        _ engine: Engine
    ) async throws {
        try await withStore(engine) { store, clock in
            var job = NewJob(.reply, request: #"{"text":"One."}"#)
            job.isDictated = true
            _ = try await store.enqueue([job], account: mine, limits: QueueLimits(maxRunning: 1))
            let id = job.id
            let first = Task {
                var heard: [String] = []
                for try await sentence in store.dictation(of: id, account: mine) { heard.append(sentence) }
                return heard
            }
            #expect(try await store.dictate(["Two.", "Thr\nee."], ends: false, to: id, account: mine))
            #expect(try await !store.dictate(["Mine."], ends: false, to: id, account: "acc_other"))
            #expect(try await store.dictate(["Four."], ends: true, to: id, account: mine))
            #expect(try await !store.dictate(["Five."], ends: false, to: id, account: mine))
            #expect(try await first.value == ["Two.", "Thr ee.", "Four."])
            var again: [String] = []
            for try await sentence in store.dictation(of: id, account: mine) { again.append(sentence) }
            #expect(again == ["Two.", "Thr ee.", "Four."])
        }
    }

    @Test(arguments: Engine.available)
    func `a writer that has gone is E063, a job that is to end ends the text`(_ engine: Engine) async throws {
        try await withStore(engine) { store, _ in
            var job = NewJob(.reply, request: #"{"text":"One."}"#)
            job.isDictated = true
            _ = try await store.enqueue([job], account: mine, limits: QueueLimits(maxRunning: 1))
            let id = job.id
            let gone = await code {
                for try await _ in store.dictation(of: id, account: mine, patience: .milliseconds(50)) {}
            }
            #expect(gone == "E063")
            let reading = Task { for try await _ in store.dictation(of: id, account: mine) {} }
            _ = try await store.cancel(id, account: mine)
            await #expect(throws: CancellationError.self) { try await reading.value }
        }
    }
}
