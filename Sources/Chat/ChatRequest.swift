/// One turn of a chat.
package enum ChatTurn: Sendable, Equatable {
    case user(String)
    case assistant(String)

    package var isUser: Bool { if case .user = self { true } else { false } }

    package var text: String {
        switch self {
        case .user(let text), .assistant(let text): text
        }
    }
}

/// What is asked of a language model.
package struct ChatRequest: Sendable, Equatable {
    package var model: String
    package var system: String?
    /// In turn, the user's first and last.
    package var turns: [ChatTurn]
    /// Tokens of the answer at most.
    package var maxTokens: Int

    package init(model: String, system: String? = nil, turns: [ChatTurn], maxTokens: Int = 600) {
        self.model = model
        self.system = system
        self.turns = turns
        self.maxTokens = maxTokens
    }

    /// The request with the newest quarter of the turns, for a model that cannot read all of them; nil where only
    /// the question is left.
    var cut: ChatRequest? {
        guard turns.count > 1 else { return nil }
        var request = self
        // A model's turn cannot be the first.
        request.turns = Array(turns.suffix(max(1, turns.count / 4)).drop { !$0.isUser })
        if request.turns.isEmpty { request.turns = turns.suffix(1) }
        return request
    }
}
