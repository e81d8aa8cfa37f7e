import AvatariumCore
import Phonetics

/// ElevenLabs' character times: REST `with-timestamps`, its stream, and the websocket.
///
/// The normalised alignment is what was spoken, so it wins, unless it only writes another script in Latin letters;
/// either may be null in a chunk. Times of websocket chunks count from 0 each: a chunk that repeats the one before
/// and goes on replaces it (the models of the Flash family send a second, fuller alignment); any other follows it,
/// by the length of the audio where the chunks hold audio. Resemble and Inworld give characters in the same way.
package enum ElevenLabsTimings {
    static let format = TimingFormat("elevenlabs", "ElevenLabs alignments", ["json", "jsonl"], json: read)

    private struct Letters {
        var characters: [String] = []
        var starts: [Double] = []
        var ends: [Double] = []
        var places: [String] = []

        var isEmpty: Bool { characters.isEmpty }

        mutating func append(_ next: Letters, at offset: Double) {
            characters += next.characters
            starts += next.starts.map { $0 + offset }
            ends += next.ends.map { $0 + offset }
            places += next.places
        }

        mutating func removeLast(_ count: Int) {
            characters.removeLast(count)
            starts.removeLast(count)
            ends.removeLast(count)
            places.removeLast(count)
        }

        /// Returns the letters after a space of no length.
        var afterSpace: Letters {
            guard let start = starts.first else { return self }
            return Letters(
                characters: [" "] + characters, starts: [start] + starts, ends: [start] + ends,
                places: [places[0]] + places)
        }

        /// Whether this begins with all of an earlier pass, at the same times.
        func continues(_ earlier: Letters) -> Bool {
            guard earlier.characters.count > 1, characters.count >= earlier.characters.count,
                characters.starts(with: earlier.characters)
            else { return false }
            if zip(starts, earlier.starts).allSatisfy({ abs($0 - $1) <= TimelineBuilder.jitter }) {
                return true
            }
            // Cut within a word, and whole the second time.
            let next = characters.count > earlier.characters.count ? characters[earlier.characters.count] : ""
            return abs(starts[0] - earlier.starts[0]) <= TimelineBuilder.jitter
                && earlier.characters.last?.first?.isLetter == true && next.first?.isLetter == true
                && earlier.characters.contains(" ")
        }
    }

    package static func read(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let chunks = JSONCursor.all(value).map { inworld($0) ?? $0 }
        guard chunks.contains(where: isChunk) else { return nil }
        let normalized = try letters(chunks, ["normalized_alignment", "normalizedAlignment"], source)
        let plain = try letters(chunks, ["alignment", "audio_timestamps", "characterAlignment"], source)
        // A chunk without the one has the other; the one with more text is the complete one.
        let isRomanised =
            ScriptCensus.language(of: plain.characters.joined()) != nil
            && ScriptCensus.language(of: normalized.characters.joined()) == nil
        let isWhole = normalized.characters.count * 2 >= plain.characters.count
        let letters = isWhole && !(isRomanised && !plain.isEmpty) ? normalized : plain
        guard !letters.isEmpty else {
            throw source.error(
                "both alignments are null; request timestamps from ElevenLabs (with-timestamps)",
                at: .pointer(chunks[0].pointer))
        }
        return .phones(try CharacterTimings.timeline(spelled(letters), source: source, form: "elevenlabs"))
    }

    /// The object with Inworld's characters, where no words stand beside them.
    private static func inworld(_ chunk: JSONCursor) -> JSONCursor? {
        guard let holder = chunk.holder(of: "characterAlignment", depth: 2),
            holder["characterAlignment"]?["characters"]?.elements.isEmpty == false,
            holder["wordAlignment"]?["words"]?.elements.isEmpty ?? true
        else { return nil }
        return holder
    }

    private static func isChunk(_ chunk: JSONCursor) -> Bool {
        guard let object = chunk.value.object else { return false }
        if chunk["characterAlignment"]?["characters"] != nil { return inworld(chunk) != nil }
        if chunk["audio_timestamps"]?["graph_chars"] != nil { return true }
        let keys = ["alignment", "normalized_alignment", "normalizedAlignment"]
        guard keys.contains(where: { object.keys.contains($0) }) else { return false }
        return keys.allSatisfy { key in
            guard let member = object[key] else { return true }
            return member == .null || member["characters"] != nil || member["chars"] != nil
        }
    }

    private static func letters(
        _ chunks: [JSONCursor], _ keys: [String], _ source: TimingSource
    ) throws -> Letters {
        let audio = ChunkAudio(chunks, keys)
        var all = Letters()
        var previous = Letters()
        var offset = 0.0
        // The length of the audio so far, where it is known.
        var heard = 0.0
        var replaced = 0
        var context: String?
        func id(_ chunk: JSONCursor) -> String? {
            chunk.first(of: "contextId", "context_id")?.value.string
        }
        for (index, chunk) in chunks.enumerated() {
            defer { heard += audio.seconds[index] }
            guard let key = keys.first(where: { (chunk.value[$0] ?? .null) != .null }),
                let alignment = chunk[key]
            else { continue }
            let next = try one(alignment, source)
            guard let first = next.starts.first else { continue }
            let end = all.ends.last ?? 0
            if next.continues(previous) {
                all.removeLast(previous.characters.count)
                replaced += 1
            } else if first + offset < max(end - TimelineBuilder.jitter, audio.isKnown ? heard - 0.1 : 0) {
                offset = audio.isKnown ? max(heard, end - TimelineBuilder.jitter) : end
            }
            // A context is an utterance of its own.
            all.append(context != nil && id(chunk) != context ? next.afterSpace : next, at: offset)
            context = id(chunk) ?? context
            previous = next
        }
        if replaced > 0 {
            source.note(
                "TIMING_SECOND_PASS",
                "\(replaced) \(replaced == 1 ? "alignment replaces the one" : "alignments replace the ones") before, "
                    + "which \(replaced == 1 ? "it repeats and continues" : "they repeat and continue")",
                severity: .information)
        }
        return all
    }

    private static func one(_ alignment: JSONCursor, _ source: TimingSource) throws -> Letters {
        guard let characters = try alignment.first(of: "characters", "chars", "graph_chars")?.strings(source)
        else {
            throw source.error("it has no characters", at: .pointer(alignment.pointer))
        }
        var letters = Letters(characters: characters)
        letters.places = characters.indices.map { "\(alignment.pointer)/\($0)" }
        if let starts = try alignment.first(
            of: "character_start_times_seconds", "characterStartTimeSeconds")?.numbers(source),
            let ends = try alignment.first(of: "character_end_times_seconds", "characterEndTimeSeconds")?
                .numbers(
                    source)
        {
            letters.starts = starts
            letters.ends = ends
        } else if let pairs = alignment.first(of: "graph_times")?.elements {
            // Resemble.
            let times = try pairs.map { try $0.numbers(source) }
            letters.starts = times.map { $0.first ?? 0 }
            letters.ends = times.map { $0.last ?? 0 }
        } else if let starts = try alignment.first(of: "charStartTimesMs")?.numbers(source),
            let durations = try alignment.first(of: "charDurationsMs", "charsDurationsMs")?.numbers(source)
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

/// How long the audio of each chunk of a stream lasts, which its coding does not say: constant bit rates only.
///
/// The number of bytes per second of speech lies a little above one of the usual rates, since alignments leave out
/// pauses; all chunks must agree.
private struct ChunkAudio {
    private(set) var seconds: [Double]
    private(set) var isKnown = false

    /// Bytes per second: PCM of 16 bits, mu-law, and MP3 of constant bit rates.
    private static let rates: [Double] = [
        4_000, 8_000, 12_000, 16_000, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000,
    ]

    init(_ chunks: [JSONCursor], _ keys: [String]) {
        seconds = [Double](repeating: 0, count: chunks.count)
        var sizes: [Double] = []
        var spoken = (bytes: 0.0, seconds: 0.0)
        var hasNull = false
        for chunk in chunks {
            let text = chunk.first(of: "audio", "audio_base64")?.value.string ?? ""
            // Base64 writes 3 bytes as 4 characters.
            let bytes = Double(text.utf8.count / 4 * 3)
            sizes.append(bytes)
            let end = keys.lazy.compactMap { chunk[$0] }.compactMap(Self.end).first
            if let end, bytes > 0 {
                spoken.bytes += bytes
                spoken.seconds += end
            } else if bytes > 0 {
                hasNull = true
            }
        }
        // Without such chunks, the ends of the alignments are exact enough.
        guard hasNull, spoken.seconds > 0.2 else { return }
        let measured = spoken.bytes / spoken.seconds
        guard let rate = Self.rates.min(by: { abs($0 / measured - 1) < abs($1 / measured - 1) }),
            abs(rate / measured - 1) < 0.25
        else { return }
        isKnown = true
        seconds = sizes.map { $0 / rate }
    }

    /// Where the speech of an alignment ends, seconds.
    private static func end(of alignment: JSONCursor) -> Double? {
        if let last = alignment["character_end_times_seconds"]?.elements.last?.value.double { return last }
        guard let start = alignment["charStartTimesMs"]?.elements.last?.value.double else { return nil }
        let length = alignment.first(of: "charDurationsMs", "charsDurationsMs")?.elements.last?.value.double
        return (start + (length ?? 0)) / 1000
    }
}
