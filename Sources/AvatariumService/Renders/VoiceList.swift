import Avatarium
import AvatariumCore
import Synchronization

/// The voices that clips may ask for, listed once and again after a while.
actor VoiceList {
    private static let lifetime = Duration.seconds(300)
    private var known: [Voice] = []
    private var listedAt: ContinuousClock.Instant?
    private var listing: Task<[Voice], any Error>?

    /// - Throws: E084 when not even the embedded engine has voices.
    func voices() async throws -> [Voice] {
        if let listedAt, ContinuousClock.now - listedAt < Self.lifetime { return known }
        let task = listing ?? Task { try await VoiceCatalog.voices() }
        listing = task
        defer { listing = nil }
        known = try await task.value
        listedAt = .now
        return known
    }

    /// Whether a clip may name the voice: `espeak:en-us`, or `en-us` alone.
    func check(_ name: String, field: String) async throws {
        let voices = try await voices()
        if voices.contains(where: {
            $0.id == name || $0.id == "espeak:" + name || $0.language == name.lowercased()
        }) {
            return
        }
        // Engines whose voices are not listed one by one say so with such an entry.
        let engine = name.split(separator: ":").first.map(String.init) ?? ""
        if voices.contains(where: { $0.id == "\(engine):VOICE" }) { return }
        let near = NearMatches.of(name.lowercased(), in: voices.map(\.id) + voices.map(\.language)).prefix(3)
        throw APIError.invalid(
            field,
            "there is no voice '\(name.quotedForMessage())'; "
                + (near.isEmpty
                    ? "GET /v1/voices lists them" : "did you mean \(near.joined(separator: ", "))?"))
    }
}
