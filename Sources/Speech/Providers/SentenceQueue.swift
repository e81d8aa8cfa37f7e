import AvatariumCore

/// Speaks the sentences of a text in order, some ahead of the one that is heard.
enum SentenceQueue {
    /// - Parameters:
    ///   - ahead: How many are being made at once.
    ///   - speak: Makes the sentence of an index; nil where nothing in it is spoken.
    ///   - give: Gets each in order.
    static func run(
        _ count: Int, ahead: Int, speak: @escaping @Sendable (Int) async throws -> Utterance?,
        give: (Utterance) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: (Int, Utterance?).self) { group in
            var started = 0
            var given = 0
            var done: [Int: Utterance?] = [:]
            while given < count {
                try Task.checkCancellation()
                while started < count, started < given + ahead {
                    let index = started
                    group.addTask { (index, try await speak(index)) }
                    started += 1
                }
                guard let (index, utterance) = try await group.next() else { return }
                done[index] = .some(utterance)
                while let next = done.removeValue(forKey: given) {
                    if let next { try await give(next) }
                    given += 1
                }
            }
        }
    }
}
