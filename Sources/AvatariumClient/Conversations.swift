import AvatariumCore
import Foundation
import ProviderHTTP

/// The settings of a conversation: the avatar, its voice, and the model that answers.
public struct ConversationStart: Sendable, Encodable, Equatable {
    public struct AI: Sendable, Encodable, Equatable {
        /// `openai`, `anthropic`, `groq` or `gemini`.
        public var provider: String
        public var model: String?
        /// The system prompt.
        public var system: String?

        public init(provider: String, model: String? = nil, system: String? = nil) {
            self.provider = provider
            self.model = model
            self.system = system
        }
    }

    public var avatar: String
    public var voice: String?
    public var ai: AI?
    /// Your own keys for the providers of the model and of the voice. The service stores them encrypted and never
    /// shows them again.
    public var byokAI: String?
    public var byokTTS: String?

    public init(avatar: String, voice: String? = nil, ai: AI? = nil) {
        self.avatar = avatar
        self.voice = voice
        self.ai = ai
    }

    private enum CodingKeys: String, CodingKey {
        case avatar = "avatar_id"
        case voice, ai, byokAI, byokTTS
    }
}

/// A visitor's session with an avatar. It expires after 30 minutes without use.
public struct Session: Sendable, Decodable, Equatable {
    public var id: String
    public var avatarId: String
    public var expiresAt: Date
}

public struct Conversation: Sendable, Decodable, Equatable {
    public var id: String
    public var sessionId: String?
    public var avatarId: String
    public var createdAt: Date
    public var endedAt: Date?
}

public struct Message: Sendable, Decodable, Equatable {
    public enum Role: String, Sendable, Decodable { case user, assistant }
    public enum State: String, Sendable, Decodable { case pending, done, failed }

    public var id: String
    public var role: Role
    public var state: State
    /// The text as written, including marks.
    public var content: String
    /// The text without marks.
    public var text: String?
    public var renderId: String?
    /// The reason why there is no answer.
    public var error: JobFailure?
    public var createdAt: Date
}

/// The avatar's reply to a message.
public struct Reply: Sendable, Decodable, Equatable {
    public var id: String
    /// The text as the model wrote it, including marks.
    public var content: String
    /// The text without marks.
    public var text: String?
    /// The id of the message that it answers.
    public var messageId: String?
    /// The clip of the reply, which is being rendered.
    public var render: Render
}

/// An event that occurs while a message is answered.
public enum ReplyEvent: Sendable, Equatable {
    /// More of the text, marks included.
    case delta(String)
    /// The clip as it is now.
    case render(Render)
    /// The text is whole.
    case reply(Reply)
}

extension AvatariumClient {
    public func beginSession(_ start: ConversationStart) async throws -> Session {
        try await send(Call(.POST, "/v1/sessions", json: start))
    }

    public func session(_ id: String) async throws -> Session {
        try await send(Call(.GET, "/v1/sessions/\(Self.escaped(id))"))
    }

    public func end(session id: String) async throws {
        try await send(Call(.DELETE, "/v1/sessions/\(Self.escaped(id))"))
    }

    /// Starts a conversation that exists until it is deleted.
    public func beginConversation(_ start: ConversationStart) async throws -> Conversation {
        try await send(Call(.POST, "/v1/conversations", json: start))
    }

    /// Starts a conversation in a session, which expires with it.
    public func beginConversation(session id: String) async throws -> Conversation {
        try await send(Call(.POST, "/v1/conversations", json: ["session_id": id]))
    }

    public func conversation(_ id: String) async throws -> Conversation {
        try await send(Call(.GET, "/v1/conversations/\(Self.escaped(id))"))
    }

    public func conversations(limit: Int? = nil, after cursor: String? = nil) async throws -> Page<
        Conversation
    > {
        try await page("/v1/conversations", limit, cursor)
    }

    /// Ends a conversation: it can still be read, but accepts no more messages (E062).
    @discardableResult
    public func end(conversation id: String) async throws -> Conversation {
        try await send(Call(repeatable: "/v1/conversations/\(Self.escaped(id))/end"))
    }

    /// Deletes a conversation with its messages and clips.
    public func delete(conversation id: String) async throws {
        try await send(Call(.DELETE, "/v1/conversations/\(Self.escaped(id))"))
    }

    public func messages(
        in conversation: String, limit: Int? = nil, after cursor: String? = nil
    ) async throws -> Page<Message> {
        try await page("/v1/conversations/\(Self.escaped(conversation))/messages", limit, cursor)
    }

    private struct NewMessage: Encodable {
        var content: String
        var render: ClipOptions?
        var byokAI: String?
        var byokTTS: String?
    }

    /// Sends a message, and waits for the complete reply.
    /// - Parameters:
    ///   - key: Your own key for the provider of the model, for this message only.
    ///   - speechKey: Your own key for the provider of the voice.
    ///   - clip: The look and the sound of the reply's clip.
    public func say(
        _ text: String, in conversation: String, key: String? = nil, speechKey: String? = nil,
        clip: ClipOptions? = nil
    ) async throws -> Reply {
        var call = try Call(
            .POST, "/v1/conversations/\(Self.escaped(conversation))/messages",
            json: NewMessage(content: text, render: clip, byokAI: key, byokTTS: speechKey))
        // A model may take its time.
        call.patience = .seconds(120)
        return try await send(call)
    }

    /// Sends a message, and yields the reply while it is written and spoken; finishes when its clip is complete.
    public func stream(
        _ text: String, in conversation: String, key: String? = nil, speechKey: String? = nil,
        clip: ClipOptions? = nil
    ) throws -> AsyncThrowingStream<ReplyEvent, any Error> {
        let call = try Call(
            .POST, "/v1/conversations/\(Self.escaped(conversation))/messages",
            json: NewMessage(content: text, render: clip, byokAI: key, byokTTS: speechKey))
        return AsyncThrowingStream { continuation in
            let task = Task {
                do {
                    var isOver = false
                    for try await event in stream(call) {
                        guard let known = try Self.replyEvent(event) else { continue }
                        if case .render(let render) = known { isOver = render.state.isFinal }
                        continuation.yield(known)
                    }
                    try Task.checkCancellation()
                    guard isOver else {
                        throw AvatariumError(
                            .networkError,
                            "the service ended its events before the clip was complete; list the messages")
                    }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    /// - Returns: nil for an event of a newer service.
    /// - Throws: What an `error` event says.
    private static func replyEvent(_ event: ServerSentEvent) throws -> ReplyEvent? {
        let body = Array(event.data.utf8)
        switch event.name {
        case "delta": return .delta((try? JSONParser.parse(body))?["content"]?.string ?? "")
        case "render": return .render(try render(event))
        case "reply":
            let wrapped = Array("{\"data\":".utf8) + body + Array(",\"meta\":{\"requestId\":\"\"}}".utf8)
            return .reply(try Envelope<Reply>.read(wrapped).data)
        case "error":
            throw ServiceFailure(
                status: 200, body: try? JSONParser.parse(body), requestID: nil, hasKey: true, retryAfter: nil
            ).error
        default: return nil
        }
    }
}
