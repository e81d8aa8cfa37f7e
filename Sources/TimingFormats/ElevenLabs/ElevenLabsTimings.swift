import AvatariumCore

/// ElevenLabs' character times: REST `with-timestamps`, its stream, and the websocket.
///
/// The normalised alignment is what was spoken, so it wins; either may be null in a chunk. Websocket chunks
/// count from 0 each: where time steps back, the chunk follows the one before.
package enum ElevenLabsTimings {
    private struct Letters {
        var characters: [String] = []
        var starts: [Double] = []
        var ends: [Double] = []
        var places: [String] = []
    }

    package static func read(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let chunks = JSONChunk.all(value)
        guard chunks.contains(where: isChunk) else { return nil }
        let normalized = try letters(chunks, ["normalized_alignment", "normalizedAlignment"], source)
        let plain = try letters(chunks, ["alignment"], source)
        // A chunk without the one has the other; the one with more text is the complete one.
        let letters = normalized.characters.count * 2 >= plain.characters.count ? normalized : plain
        guard !letters.characters.isEmpty else {
            throw source.error(
                "both alignments are null; ask ElevenLabs for timestamps (with-timestamps)",
                at: .pointer(chunks[0].pointer))
        }
        return .phones(try CharacterTimings.timeline(spelled(letters), source: source, form: "elevenlabs"))
    }

    private static func isChunk(_ chunk: JSONChunk) -> Bool {
        guard let object = chunk.value.object else { return false }
        let keys = ["alignment", "normalized_alignment", "normalizedAlignment"]
        guard keys.contains(where: { object.keys.contains($0) }) else { return false }
        return keys.allSatisfy { key in
            guard let member = object[key] else { return true }
            return member == .null || member["characters"] != nil || member["chars"] != nil
        }
    }

    private static func letters(
        _ chunks: [JSONChunk], _ keys: [String], _ source: TimingSource
    ) throws -> Letters {
        var all = Letters()
        var offset = 0.0
        for chunk in chunks {
            guard let key = keys.first(where: { (chunk.value[$0] ?? .null) != .null }),
                let alignment = chunk.first(key)
            else { continue }
            var next = try one(alignment, source)
            guard let first = next.starts.first else { continue }
            if first + offset < (all.ends.last ?? 0) - TimelineBuilder.jitter { offset = all.ends.last ?? 0 }
            for index in next.starts.indices {
                next.starts[index] += offset
                next.ends[index] += offset
            }
            all.characters += next.characters
            all.starts += next.starts
            all.ends += next.ends
            all.places += next.places
        }
        return all
    }

    private static func one(_ alignment: JSONChunk, _ source: TimingSource) throws -> Letters {
        guard let characters = try alignment.first("characters", "chars")?.strings(source) else {
            throw source.error("it has no characters", at: .pointer(alignment.pointer))
        }
        var letters = Letters(characters: characters)
        letters.places = characters.indices.map { "\(alignment.pointer)/\($0)" }
        if let starts = try alignment.first("character_start_times_seconds")?.numbers(source),
            let ends = try alignment.first("character_end_times_seconds")?.numbers(source)
        {
            letters.starts = starts
            letters.ends = ends
        } else if let starts = try alignment.first("charStartTimesMs")?.numbers(source),
            let durations = try alignment.first("charDurationsMs", "charsDurationsMs")?.numbers(source)
        {
            try source.matching(starts.count, durations.count, at: alignment.pointer)
            letters.starts = starts.map { $0 / 1000 }
            letters.ends = zip(starts, durations).map { ($0 + $1) / 1000 }
        } else {
            throw source.error("it has no character times", at: .pointer(alignment.pointer))
        }
        try source.matching(
            characters.count, letters.starts.count, letters.ends.count, at: alignment.pointer)
        return letters
    }

    private static func spelled(_ letters: Letters) -> [CharacterTimings.Letter] {
        letters.characters.indices.map {
            CharacterTimings.Letter(
                text: letters.characters[$0], start: letters.starts[$0], end: letters.ends[$0],
                place: .pointer(letters.places[$0]))
        }
    }
}
