/// Pictures of avatars, drawn once each: a page asks for all of them at once.
actor AvatarPictures {
    /// More than a page shows; a picture is some 75 KB.
    private static let largestCount = 64
    private var drawings: [String: Task<[UInt8], any Error>] = [:]
    private var keys: [String] = []

    /// The picture under a key, being drawn or made. Whoever stops waiting for it does not stop the drawing, which on a slow
    /// machine is finished when they come back; one that fails is begun again by the next.
    func drawing(
        _ key: String, _ draw: @escaping @Sendable () async throws -> [UInt8]
    ) -> Task<[UInt8], any Error> {
        if let drawing = drawings[key] { return drawing }
        if keys.count >= Self.largestCount { drawings[keys.removeFirst()] = nil }
        let drawing = Task {
            do {
                return try await draw()
            } catch {
                forget(key)
                throw error
            }
        }
        drawings[key] = drawing
        keys.append(key)
        return drawing
    }

    private func forget(_ key: String) {
        drawings[key] = nil
        keys.removeAll { $0 == key }
    }
}
