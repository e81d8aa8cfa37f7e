import AvatariumCore

/// What libespeak-ng reports while it speaks.
struct ESpeakEvent: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        /// A word begins: one-based position and length in Unicode scalars of the text given.
        case word(position: Int, length: Int)
        /// A phone begins: its IPA, cut to 8 bytes.
        case phone([UInt8])
    }
    var kind: Kind
    /// Samples since the start of this synthesis.
    var sample: Int
}

/// One synthesis as it came from the library.
struct ESpeakResult: Sendable, Equatable {
    var samples: [Int16] = []
    var events: [ESpeakEvent] = []
    /// The phones in IPA with stress marks, `_` between them, one line per clause.
    var trace = ""
}

/// The library's parameters of one synthesis, in its own units.
struct ESpeakParameters: Sendable {
    var wordsPerMinute: Int32 = 175
    var pitch: Int32 = 50
    var volume: Int32 = 100
    var ssml = false
}

/// libespeak-ng in its first state, in a process of its own, for one thread at a time. The messages are those of
/// `Sources/ESpeakHelper/main.c`. What the process sends is checked: an overflow may have made it send anything.
final class ESpeakSession {
    /// What one text may last, seconds: SSML is spoken in one piece and can ask for any pause.
    static let maximumSeconds = 3600.0
    /// A session that sends nothing for this long, seconds, is given up.
    private static let patience = 60.0
    /// A message may have this many bytes.
    private static let longestMessage = 16 << 20

    private let stream: ProcessStream
    private var reader: StreamReader

    init(_ stream: ProcessStream) {
        self.stream = stream
        reader = StreamReader(stream)
    }

    /// Returns false where the library has no such voice. To be called once.
    /// - Throws: `ProcessStream.Ended` where the process dies, as all that follow; `ProcessStream.TimedOut`.
    func setVoice(_ name: String) throws -> Bool {
        try send("V", Array(name.utf8))
        return try receive { _, _ in } == 0
    }

    /// Speaks a text.
    /// - Throws: E031 where the library gives up, E093 for speech of more than an hour.
    func speak(_ text: String, _ parameters: ESpeakParameters) throws -> ESpeakResult {
        let numbers = [
            parameters.wordsPerMinute, parameters.pitch, parameters.volume, parameters.ssml ? 1 : 0,
        ]
        try send("S", numbers.withUnsafeBytes { Array($0) } + text.utf8)
        var result = ESpeakResult()
        let status = try receive { kind, payload in
            switch kind {
            case "B": try Self.add(payload, to: &result)
            case "T": result.trace += String(decoding: payload, as: UTF8.self)
            default: throw ProcessStream.Ended()
            }
        }
        guard status == 0 else {
            throw AvatariumError(
                .ttsFailed, "espeak-ng failed with status \(status); try a shorter text",
                context: ["provider": "espeak", "status": "\(status)"])
        }
        return result
    }

    /// Returns the pronunciation of a text in IPA with stress marks: `_` between phones, a space between words, one
    /// string per clause.
    func phonemes(of text: String) throws -> [String] {
        try send("P", Array(text.utf8))
        var clauses: [String] = []
        _ = try receive { _, payload in clauses.append(String(decoding: payload, as: UTF8.self)) }
        return clauses
    }

    /// Returns the library's voices, or its variants of voices, as `name`, `identifier`, gender, then a priority and a
    /// language for each language.
    func list(variants: Bool) throws -> [[String]] {
        try send("L", Array((variants ? "variant" : "").utf8))
        var lines: [[String]] = []
        _ = try receive { _, payload in
            lines.append(
                String(decoding: payload, as: UTF8.self).split(
                    separator: "\t", omittingEmptySubsequences: false
                ).map(String.init))
        }
        return lines
    }

    private func send(_ kind: Unicode.Scalar, _ payload: [UInt8]) throws {
        let header = [kind.value, UInt32(payload.count)]
        try stream.send(header.withUnsafeBytes { Array($0) } + payload)
    }

    /// Hands every message over until the last one, and returns the status in that.
    private func receive(_ take: (Unicode.Scalar, ArraySlice<UInt8>) throws -> Void) throws -> Int32 {
        while true {
            let deadline = ContinuousClock.now + .seconds(Self.patience)
            let header = ByteReader(try reader.bytes(8, by: deadline), order: .little)
            let kind = header.uint32(0).flatMap(Unicode.Scalar.init)
            guard let kind, let length = header.uint32(4), length <= Self.longestMessage else {
                throw ProcessStream.Ended()
            }
            let payload = try reader.bytes(Int(length), by: deadline)
            guard kind == "D" else {
                try take(kind, payload)
                continue
            }
            guard let status = ByteReader(payload, order: .little).uint32(0) else {
                throw ProcessStream.Ended()
            }
            return Int32(bitPattern: status)
        }
    }

    /// A block: the counts of samples and events, 16-bit samples, events of 24 bytes.
    private static func add(_ payload: ArraySlice<UInt8>, to result: inout ESpeakResult) throws {
        let block = ByteReader(payload, order: .little)
        guard let samples = block.uint32(0).map(Int.init), let events = block.uint32(4).map(Int.init),
            payload.count == 8 + 2 * samples + 24 * events
        else { throw ProcessStream.Ended() }
        guard
            Double(result.samples.count + samples) <= maximumSeconds * Double(ESpeakService.sampleRate)
        else {
            throw AvatariumError(
                .validationError,
                "the text would be spoken for more than \(Int(maximumSeconds / 60)) minutes in one piece; shorten its "
                    + "pauses, or split it",
                context: ["field": "text", "provider": "espeak"])
        }
        payload.withUnsafeBytes { bytes in
            for index in 0..<samples {
                result.samples.append(
                    Int16(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 + 2 * index, as: Int16.self)))
            }
        }
        for index in 0..<events {
            let at = 8 + 2 * samples + 24 * index
            func number(_ offset: Int) -> Int {
                Int(Int32(bitPattern: block.uint32(at + offset) ?? 0))
            }
            let kind: ESpeakEvent.Kind =
                number(0) == 1
                ? .word(position: number(8), length: number(12))
                : .phone(Array((block.slice(at: at + 16, count: 8) ?? []).prefix { $0 != 0 }))
            result.events.append(ESpeakEvent(kind: kind, sample: max(0, number(4))))
        }
    }
}
