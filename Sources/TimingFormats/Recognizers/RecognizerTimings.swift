import AvatariumCore
import Phonetics

/// Words with times as speech recognisers give them: Whisper in its many writings, OpenAI, whisper.cpp, Hugging
/// Face, Deepgram, AssemblyAI, Google, Amazon Transcribe, Azure, Speechmatics, Rev, Vosk, ElevenLabs Scribe and
/// Kokoro's captions.
///
/// They differ in where the list of words lies and in the names of its members, so one reader knows all of both.
/// The unit is seconds unless a member's name or the numbers themselves say otherwise (`TimeUnit`).
enum RecognizerTimings {
    static let format = TimingFormat("words", "Words of speech recognisers", ["json", "jsonl"], json: read)

    static func read(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let chunks = withoutDrafts(JSONCursor.all(value), source)
        var tracks: [Track] = []
        let isUsual = { tracks.contains { $0.words.contains { WordObject.isOne($0) } } }
        if value.array != nil, chunks.contains(where: { WordObject.isOne($0) }) {
            tracks = [Track(segments: chunks)]
        } else {
            for chunk in chunks { tracks += try lists(in: chunk, source) }
        }
        if !isUsual() {
            tracks = value.array == nil ? found(in: JSONCursor(value)) : chunks.flatMap { found(in: $0) }
        }
        guard isUsual() else { return nil }
        for chunk in chunks.prefix(8) { nameLanguage(of: chunk, source) }
        tracks = tracks.map { track in
            var track = track
            track.lengthsPerSecond = track.lengthUnit
            return track
        }
        if let odd = tracks.first(where: { $0.lengthsPerSecond > 1 }) {
            source.note(
                "TIMING_UNIT",
                "its starts are plausible for speech as seconds, its durations only as milliseconds; they "
                    + "are read as such",
                at: .pointer(odd.words[0].pointer))
        }
        let words = try Speakers.chosen(tracks.map { try $0.timed(source) }, source)
        return .phones(
            try WordTimings.timeline(
                try scaled(words, source).joiningPieces(), source: source, form: "words", style: .recognized,
                isInSeconds: true))
    }

    /// A list of words that follow each other: of one speaker, channel or chunk.
    private struct Track {
        var words: [JSONCursor]
        /// The segment that each word lies in, where there is one.
        var segments: [JSONCursor?] = []
        var speaker: String?
        /// How many of the unit of durations are one of the unit of starts.
        var lengthsPerSecond = 1.0

        init(words: [JSONCursor], segments: [JSONCursor?] = [], speaker: String? = nil) {
            self.words = words
            self.segments = segments
            self.speaker = speaker
        }

        /// The words of segments where they list them, to the innermost list; a segment that lists none says its own
        /// text. Where some are messages of a stream that hold no word, those are left out.
        init(segments list: [JSONCursor]) {
            var words: [JSONCursor] = []
            var owners: [JSONCursor?] = []
            func add(_ segment: JSONCursor, _ owner: JSONCursor?, depth: Int) {
                let own = depth > 0 ? Self.parts(of: segment) : []
                if own.isEmpty {
                    words.append(segment)
                    owners.append(owner)
                }
                for part in own { add(part, segment, depth: depth - 1) }
            }
            let haveParts = list.contains { !Self.parts(of: $0).isEmpty }
            let isStream = list.contains { WordObject.isWrapped($0) }
            for segment in list
            where !(haveParts || isStream) || WordObject.isOne(segment) || !Self.parts(of: segment).isEmpty {
                add(segment, nil, depth: 4)
            }
            self.init(words: words, segments: haveParts ? owners : [])
        }

        /// The pieces that a segment lists. Whisper's `tokens` are numbers; `[_BEG_]` is a mark of whisper.cpp.
        private static func parts(of segment: JSONCursor) -> [JSONCursor] {
            for key in ["words", "tokens", "timestamped_words", "Words", "chunks", "children"] {
                let parts = (segment[key]?.elements ?? []).filter {
                    $0["text"]?.value.string?.hasPrefix("[_") != true
                }
                // Of WhisperX's words some have no times.
                if parts.contains(where: { WordObject.isOne($0) }) { return parts }
            }
            return []
        }

        /// 1000 where durations lie so far beyond the steps between starts that they must be milliseconds; below 1
        /// where they are clock times, seconds that is (C#'s TimeSpan), beside starts in milliseconds or ticks.
        var lengthUnit: Double {
            let areClocks = words.contains { WordObject.hasClockLength($0) }
            var steps: [Double] = []
            var lengths: [Double] = []
            for (word, next) in zip(words, words.dropFirst()) {
                guard let start = WordObject.start(of: word), let after = WordObject.start(of: next),
                    after > start,
                    let length = WordObject.length(of: word), length > 0
                else { continue }
                steps.append(after - start)
                lengths.append(length)
            }
            guard steps.count > (areClocks ? 0 : 1) else { return 1 }
            let ratio = lengths.sorted()[lengths.count / 2] / steps.sorted()[steps.count / 2]
            guard areClocks else { return (100...4000).contains(ratio) ? 1000 : 1 }
            return [1e-7, 1e-3].first { (0.1 * $0...4 * $0).contains(ratio) } ?? 1
        }

        func timed(_ source: TimingSource) throws -> Speakers.Track {
            var list: [TimedWord] = []
            var speakers: [String?] = []
            var events = 0
            // Segments that stand for their words begin with a space where the words do (`joiningPieces`).
            func isWhole(_ index: Int) -> Bool { segments.indices.contains(index) && segments[index] == nil }
            let areSpaced = words.indices.contains { index in
                let text = (words[index]["word"] ?? words[index]["text"])?.value.string
                return !isWhole(index) && text?.first?.isWhitespace == true
            }
            for (index, word) in words.enumerated() {
                guard var object = try WordObject(word, source, lengthsPerSecond: lengthsPerSecond) else {
                    throw source.error("a word needs text, start and end", at: .pointer(word.pointer))
                }
                if isWhole(index) {
                    object.text = (areSpaced ? " " : "") + object.text.drop(while: \.isWhitespace)
                }
                switch object.kind {
                case .spacing: continue
                case .punctuation:
                    if !list.isEmpty { list[list.count - 1].text += object.text }
                    continue
                case .event:
                    events += 1
                    continue
                case .word: break
                }
                let segment = index < segments.count ? segments[index] : nil
                let bounds = try segment.flatMap { try WordObject($0, source) }
                let origin = object.isRelative ? bounds?.start ?? 0 : 0
                list.append(
                    TimedWord(
                        start: object.start.map { $0 + origin }, end: object.end.map { $0 + origin },
                        text: object.text,
                        bounds: bounds.flatMap { segment in
                            guard let start = segment.start, let end = segment.end, start <= end else {
                                return nil
                            }
                            return start...end
                        }, place: .pointer(word.pointer)))
                speakers.append(object.speaker ?? bounds?.speaker ?? speaker)
            }
            if events > 0 {
                source.note(
                    "TIMING_NOT_SPEECH",
                    "\(events) \(events == 1 ? "sound" : "sounds") that \(events == 1 ? "is" : "are") not speech "
                        + "(audio_event) \(events == 1 ? "does" : "do") not move the mouth")
            }
            return Speakers.Track(words: list, speakers: speakers)
        }
    }

    // MARK: Where the words are

    /// The lists of words of one object.
    private static func lists(in root: JSONCursor, _ source: TimingSource, depth: Int = 3) throws -> [Track] {
        if let results = root.first(of: "results") {
            if let channels = results["channels"]?.elements, !channels.isEmpty {
                return channels.enumerated().compactMap { index, channel in
                    track(channel["alternatives"]?.elements.first?["words"], speaker: "channel \(index)")
                }
            }
            if let items = results["items"] { return [Track(words: items.elements)] }
            let alternatives = results.elements.compactMap { result in
                track(
                    result["alternatives"]?.elements.first?["words"],
                    speaker: result["channelTag"]?.value.int.map { "channel \($0)" })
            }
            // Google's last result repeats the words of all, with their speakers.
            if let last = alternatives.last, alternatives.count > 1,
                last.words.count == alternatives.dropLast().reduce(0, { $0 + $1.words.count }),
                last.words.contains(where: { $0["speakerTag"] != nil || $0["speakerLabel"] != nil })
            {
                return [last]
            }
            if !alternatives.isEmpty { return alternatives }
            // Watson: ["hello", 0.2, 0.7].
            let timestamps = results.elements.compactMap {
                track($0["alternatives"]?.elements.first?["timestamps"], speaker: nil)
            }
            if !timestamps.isEmpty { return [Track(words: timestamps.flatMap(\.words))] }
            if results.elements.contains(where: { WordObject.isOne($0) }) {
                return [Track(words: results.elements)]
            }
        }
        if let words = root["channel"]?["alternatives"]?.elements.first?["words"] {
            let channel = root["channel_index"]?.elements.first?.value.int
            return [Track(words: words.elements, speaker: channel.map { "channel \($0)" })]
        }
        if let monologues = root["monologues"] {
            return monologues.elements.map { monologue in
                Track(
                    words: monologue["elements"]?.elements ?? [],
                    speaker: monologue["speaker"]?.value.int.map { "\($0)" })
            }
        }
        if let best = root.first(of: "NBest")?.elements.first, let words = best.first(of: "Words", "words") {
            return [Track(words: words.elements)]
        }
        for name in ["segments", "utterances"] {
            guard let segments = root[name]?.elements, !segments.isEmpty else { continue }
            let track = Track(segments: segments)
            // A list of words beside segments without words says the same in more detail.
            if track.segments.isEmpty,
                ["words", "word_segments"].contains(where: { root[$0]?.elements.isEmpty == false })
            {
                break
            }
            return [track]
        }
        for name in ["word_segments", "words", "Words", "timestamps", "chunks", "result"] {
            if let list = root[name], !list.elements.isEmpty { return [Track(segments: list.elements)] }
        }
        if let list = root["timestamp"]?.first(of: "word", "segment"), !list.elements.isEmpty {
            return [Track(words: list.elements)]
        }
        for name in ["transcription", "transcript", "phrases"] {
            if let list = root[name], !list.elements.isEmpty { return [Track(segments: list.elements)] }
        }
        guard depth > 0 else { return [] }
        for name in [
            "result", "results", "data", "output", "response", "transcription", "transcript", "body",
        ] {
            guard let inner = root[name], inner.value.object != nil else { continue }
            let found = try lists(in: inner, source, depth: depth - 1)
            if !found.isEmpty { return found }
        }
        return []
    }

    /// Lists of words wherever they lie, in the file's order, for services whose layout is not known; of several
    /// alternatives the first. A channel or speaker is named by the object that holds a list.
    private static func found(in root: JSONCursor) -> [Track] {
        var tracks: [Track] = []
        var visited = 0
        func search(_ cursor: JSONCursor, owner: JSONCursor?, depth: Int) {
            visited += 1
            guard depth > 0, visited < 100_000 else { return }
            let elements = cursor.elements
            if let first = elements.first(where: { WordObject.isOne($0) }) {
                let names = [
                    "channel_label", "speaker", "speaker_label", "channel", "channel_index", "channel_id",
                ]
                let name = names.lazy.compactMap { owner?[$0]?.value }.first
                // Words stand beside the sounds that they are made of.
                let kind = first["type"]?.value.string
                let words = kind == "word" ? elements.filter { $0["type"]?.value.string == "word" } : elements
                var track = Track(segments: words)
                track.speaker = name.flatMap { $0.string ?? $0.int.map { "\($0)" } }
                tracks.append(track)
                return
            }
            for element in elements { search(element, owner: owner, depth: depth - 1) }
            for (name, member) in cursor.members {
                if isChoice(name, member), let best = member.elements.first {
                    search(best, owner: cursor, depth: depth - 1)
                } else if member.value.object != nil || member.value.array != nil {
                    search(member, owner: cursor, depth: depth - 1)
                }
            }
        }
        search(root, owner: nil, depth: 12)
        return tracks
    }

    /// Whether a list holds several readings of the same speech, the best first. Coqui calls them `transcripts`, as others
    /// call the channels.
    private static func isChoice(_ name: String, _ list: JSONCursor) -> Bool {
        switch name.lowercased() {
        case "alternatives", "hypotheses", "nbest", "candidates": true
        case "transcripts":
            list.elements.allSatisfy {
                $0["confidence"] != nil && $0["channel_index"] == nil && $0["channel_id"] == nil
            }
        default: false
        }
    }

    // MARK: Drafts

    /// The messages of a stream without those that a later one says again for good: partial and interim results, and
    /// of the messages of one turn all but the last. What is not final and last is kept.
    private static func withoutDrafts(_ chunks: [JSONCursor], _ source: TimingSource) -> [JSONCursor] {
        guard chunks.count > 1 else { return chunks }
        var lastOfTurn: [Int: Int] = [:]
        for (index, chunk) in chunks.enumerated() {
            if let turn = chunk["turn_order"]?.value.int { lastOfTurn[turn] = index }
        }
        let lastFinal = chunks.lastIndex { isFinal($0) == true }
        let lastDraft = chunks.lastIndex { isFinal($0) == false }
        let kept = chunks.enumerated().filter { index, chunk in
            if isSummary(chunk) { return false }
            if let turn = chunk["turn_order"]?.value.int { return lastOfTurn[turn] == index }
            guard let lastFinal, isFinal(chunk) == false else { return true }
            return index > lastFinal && index == lastDraft
        }.map(\.element)
        let left = chunks.count - kept.count
        if left > 0 {
            source.note(
                "TIMING_DRAFTS",
                "\(left) \(left == 1 ? "message is a draft" : "messages are drafts") of what a later one "
                    + "says; ignored",
                severity: .information)
        }
        return kept
    }

    /// Whether a message says all that was said once more, without times: OpenAI's `transcript.text.done`.
    private static func isSummary(_ chunk: JSONCursor) -> Bool {
        guard let kind = chunk.first(of: "type", "message_type")?.value.string?.lowercased(),
            ["done", "completed"].contains(where: { kind.hasSuffix($0) })
        else { return false }
        return !WordObject.isOne(chunk) && chunk["words"] == nil && chunk["segments"] == nil
    }

    /// Whether a message of a stream is final; nil where it does not say.
    private static func isFinal(_ chunk: JSONCursor) -> Bool? {
        for key in ["is_final", "isFinal", "final"] {
            if case .bool(let value)? = chunk[key]?.value { return value }
        }
        let results = chunk["Transcript"]?["Results"] ?? chunk["results"]
        for key in ["IsPartial", "is_partial"] {
            if case .bool(let value)? = (results?.elements.first?[key] ?? chunk[key])?.value { return !value }
        }
        if case .bool(let value)? = results?.elements.first?.first(of: "isFinal", "is_final", "final")?.value
        {
            return value
        }
        guard let kind = chunk.first(of: "message", "message_type", "type")?.value.string?.lowercased(),
            chunk.value.object?.keys.count ?? 0 > 1
        else { return nil }
        if ["partial", "interim", ".delta"].contains(where: { kind.contains($0) }) { return false }
        return ["final", "addtranscript", "committed"].contains { kind.contains($0) } ? true : nil
    }

    private static func track(_ words: JSONCursor?, speaker: String?) -> Track? {
        words.flatMap { $0.elements.isEmpty ? nil : Track(words: $0.elements, speaker: speaker) }
    }

    /// Takes the file's own language.
    private static func nameLanguage(of root: JSONCursor, _ source: TimingSource) {
        let places = [
            root, root["results"], root["result"], root["metadata"], root["data"], root["info"],
            root["segments"]?.elements.first, root["utterances"]?.elements.first,
            root["results"]?["channels"]?.elements.first, root["transcription"],
        ]
        for place in places.compactMap(\.self) {
            if let language = place.first(
                of: "language", "language_code", "detected_language", "languageCode", "lang"),
                let name = language.value.string
            {
                return source.nameLanguage(name, at: .pointer(language.pointer))
            }
        }
    }

    // MARK: Units

    /// The words in seconds.
    private static func scaled(_ words: [TimedWord], _ source: TimingSource) throws -> [TimedWord] {
        let unit = try TimeUnit.guess(
            words.compactMap { word in
                word.start.map { start in
                    TimeUnit.Sample(
                        start: start, end: word.end,
                        typical: 0.07
                            * Double(max(3, word.text.unicodeScalars.count(where: \.properties.isAlphabetic)))
                    )
                }
            }, source: source, at: words.first?.place)
        guard unit != .seconds else { return words }
        return words.map { $0.scaled(from: unit) }
    }
}

/// One word or segment of a recogniser.
struct WordObject {
    enum Kind { case word, punctuation, spacing, event }

    var text: String
    var kind = Kind.word
    var start: Double?
    var end: Double?
    var speaker: String?
    /// Whether the times count from the segment's start.
    var isRelative = false

    private static let textKeys = [
        "punctuated_word", "word", "text", "Word", "content", "value", "DisplayText", "Text",
        "utf8",
        "Content", "body", "substring", "FinalSentence", "privText",
    ]
    /// `start` and `end` come last: beside others they are places in the text (Speechify).
    private static let startKeys = [
        "start_time", "startTime", "StartTime", "begin_time", "start_sec", "startSec", "start_seconds",
        "startSeconds", "data_start", "start_ts", "start", "ts", "begin", "from", "Offset", "offset",
        "audioOffset", "AudioOffset", "audio_offset", "privAudioOffset", "t0", "start_offset", "startOffset",
    ]
    private static let endKeys = [
        "end_time", "endTime", "EndTime", "end_sec", "endSec", "end_seconds", "endSeconds", "data_end",
        "end_ts",
        "end", "stop", "to", "t1", "end_offset", "endOffset",
    ]
    private static let lengthKeys = ["duration", "Duration", "length", "dur", "privDuration"]
    /// Numbers that are times where nothing else is (Apple, Trint); elsewhere they may be dates.
    private static let looseStarts = ["timestamp", "time"]
    private static let millisecondStarts = [
        "start_ms", "startMs", "StartMs", "OffsetStartMs", "start_time_ms", "startTimeMs", "begin_ms",
        "time_begin",
        "offsetMilliseconds",
    ]
    private static let millisecondLengths = ["durationMilliseconds", "duration_ms", "durationMs"]
    private static let millisecondEnds = [
        "end_ms", "endMs", "EndMs", "OffsetEndMs", "end_time_ms", "endTimeMs", "time_end",
    ]

    /// The start of a word in the file's unit, and its length where that is what the file gives.
    static func start(of cursor: JSONCursor) -> Double? {
        (startKeys + looseStarts).lazy.compactMap { cursor[$0]?.value.double }.first
    }

    static func length(of cursor: JSONCursor) -> Double? {
        guard !endKeys.contains(where: { cursor[$0] != nil }) else { return nil }
        return lengthKeys.lazy.compactMap {
            cursor[$0]?.value.double ?? cursor[$0]?.value.string.flatMap { CaptionCues.time($0[...]) }
        }.first
    }

    static func hasClockLength(_ cursor: JSONCursor) -> Bool {
        lengthKeys.contains { cursor[$0]?.value.string?.contains(":") == true }
            && startKeys.contains { cursor[$0]?.value.double != nil }
    }

    /// Whether a word lies within a message: Azure's metadata (`{"Type": "WordBoundary", "Data": {...}}`), Hume's
    /// stream (`{"type": "timestamp", "timestamp": {...}}`).
    static func isWrapped(_ cursor: JSONCursor) -> Bool { !isPlain(cursor) && inner(cursor) != nil }

    private static func inner(_ cursor: JSONCursor) -> JSONCursor? {
        ["Data", "data", "timestamp"].lazy.compactMap { cursor[$0] }.first {
            $0.value.object != nil && isPlain($0)
        }
    }

    /// Whether an object looks like a word with a time.
    static func isOne(_ cursor: JSONCursor) -> Bool { isPlain(cursor) || inner(cursor) != nil }

    private static func isPlain(_ cursor: JSONCursor) -> Bool {
        if cursor.value.array != nil { return tuple(cursor) != nil }
        guard text(of: cursor) != nil else { return false }
        if let time = cursor["time"], time["begin"] != nil { return true }
        if cursor["timestamp"]?.value.array != nil || cursor["offsets"] != nil || instance(of: cursor) != nil
        {
            return true
        }
        if looseStarts.contains(where: { cursor[$0]?.value.double != nil }),
            (lengthKeys + endKeys).contains(where: { cursor[$0]?.value.double != nil })
        {
            return true
        }
        return (startKeys + millisecondStarts).contains { (cursor[$0]?.value ?? .null) != .null }
    }

    /// Nil for what has no text.
    init?(_ outer: JSONCursor, _ source: TimingSource, lengthsPerSecond: Double = 1) throws {
        let cursor = Self.isPlain(outer) ? outer : Self.inner(outer) ?? outer
        if cursor.value.array != nil {
            guard let tuple = Self.tuple(cursor) else { return nil }
            text = tuple.text
            start = try tuple.start.time(source)
            end = try tuple.end.time(source)
            return
        }
        guard let text = Self.text(of: cursor) else { return nil }
        // Paraformer gives a word's punctuation apart.
        self.text =
            (cursor["punctuation"]?.value.string).map { mark in
                text.split(whereSeparator: \.isWhitespace).joined(separator: " ") + mark
            } ?? text
        switch cursor.first(of: "type", "Type", "BoundaryType")?.value.string?.lowercased() {
        case "punctuation", "punct", "punctuationboundary": kind = .punctuation
        case "spacing": kind = .spacing
        case "audio_event", "event", "sound", "non_speech": kind = .event
        default: break
        }
        if let offsets = cursor["offsets"] {
            // whisper.cpp: milliseconds.
            start = try source.number(offsets.value, "from", at: offsets.pointer) / 1000
            end = try source.number(offsets.value, "to", at: offsets.pointer) / 1000
        } else if let time = cursor["time"], time["begin"] != nil {
            // Hume: milliseconds.
            start = try time["begin"]?.time(source).map { $0 / 1000 }
            end = try time["end"]?.time(source).map { $0 / 1000 }
        } else if let pair = cursor["timestamp"], pair.value.array != nil {
            // Hugging Face: the end of the last may be null.
            let times = try pair.elements.map { try $0.time(source) }
            start = times.first ?? nil
            end = times.count > 1 ? times[1] : nil
        } else if let instance = Self.instance(of: cursor) {
            start = try instance.time(source, of: Self.startKeys)
            end = try instance.time(source, of: Self.endKeys)
        } else if let start = try cursor.time(source, of: Self.millisecondStarts) {
            // Tencent's words count from their sentence.
            isRelative = cursor["OffsetStartMs"] != nil
            self.start = start / 1000
            end =
                try
                (cursor.time(source, of: Self.millisecondEnds)
                ?? cursor.time(source, of: Self.millisecondLengths).map { start + $0 }).map { $0 / 1000 }
        } else {
            start = try cursor.time(source, of: Self.startKeys + Self.looseStarts)
            end = try cursor.time(source, of: Self.endKeys)
            if end == nil, let start, let length = try cursor.time(source, of: Self.lengthKeys) {
                end = start + length / lengthsPerSecond
            }
        }
        for key in ["speaker", "speaker_id", "speaker_label", "speakerTag", "speaker_tag", "channel"] {
            guard let value = (cursor[key] ?? cursor["alternatives"]?.elements.first?[key])?.value else {
                continue
            }
            speaker = value.string ?? value.int.map { "\($0)" }
            if speaker != nil { break }
        }
    }

    /// Where Azure's Video Indexer keeps the times of a line.
    private static func instance(of cursor: JSONCursor) -> JSONCursor? {
        cursor["instances"]?.elements.first { $0["start"] != nil && $0["end"] != nil }
    }

    private static func text(of cursor: JSONCursor) -> String? {
        for key in textKeys {
            if let text = cursor[key]?.value.string { return text }
        }
        if let text = cursor["text"]?["Text"]?.value.string { return text }
        if let lines = cursor["lines"]?.elements, !lines.isEmpty {
            return lines.compactMap(\.value.string).joined(separator: " ")
        }
        return cursor["alternatives"]?.elements.first.flatMap { best in
            best["content"]?.value.string ?? best["word"]?.value.string
        }
    }

    /// A word as a list: its text before or after its two times (Watson, faster-whisper).
    private static func tuple(_ cursor: JSONCursor) -> (text: String, start: JSONCursor, end: JSONCursor)? {
        let parts = cursor.elements
        guard (3...5).contains(parts.count) else { return nil }
        if let text = parts[0].value.string, parts[1].value.double != nil, parts[2].value.double != nil {
            return (text, parts[1], parts[2])
        }
        if let text = parts[2].value.string, parts[0].value.double != nil, parts[1].value.double != nil {
            return (text, parts[0], parts[1])
        }
        return nil
    }
}
