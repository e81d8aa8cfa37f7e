import AvatariumCore

/// The WAV files that a file holds end to end, as speech services send them in pieces, and whether their headers tell
/// the truth about their length.
struct WAVParts {
    struct Part: Equatable {
        var range: Range<Int64>
        var header: Header
    }

    /// What the RIFF header says of the length.
    enum Header: Equatable {
        /// The samples end with the file or before it.
        case whole
        /// Written before the length was known: 0, or a number that stands for "until the end".
        case unknown
        /// Another length that cannot be meant, such as 2,000,000,036 bytes of a file of 100 KB.
        case untrue(promised: Int64)
        /// This share of what it says is missing.
        case torn(missing: Double)
    }

    /// One part for what is not WAV.
    let parts: [Part]

    /// Headers that promise this many bytes or more do not mean it: an hour of 48 kHz stereo has fewer.
    private static let implausible: Int64 = 1_000_000_000
    /// From here on a length stands for "unknown", near 2 and 4 GB.
    private static let unknown: Int64 = 0x7ff0_0000
    /// A promise of this many times the file is not a torn download either.
    private static let implausibleRatio: Int64 = 1000
    private static let mostParts = 10_000

    init(_ origin: InputSource.Origin) {
        var parts: [Part] = []
        var start: Int64 = 0
        while parts.count < Self.mostParts, let promised = Self.promised(origin, at: start) {
            let left = origin.size - start
            // A header that tells the truth leads to the end of the file, or to the next header.
            let isEnd = promised > 8 && (left - 1...left).contains(promised)
            let next = promised > 8 && promised < left ? Self.next(origin, after: start + promised) : nil
            let end = isEnd ? origin.size : next ?? Self.search(origin, from: start + 12) ?? origin.size
            parts.append(
                Part(
                    range: start..<end,
                    header: Self.header(promised, of: end - start, isLast: end == origin.size)))
            start = end
        }
        self.parts = parts.isEmpty ? [Part(range: 0..<origin.size, header: .whole)] : parts
    }

    /// Whether the format of the WAV file at a place is described by WAVE_FORMAT_EXTENSIBLE.
    static func isExtensible(_ origin: InputSource.Origin, at start: Int64) -> Bool {
        guard origin.bytes(start + 8..<start + 12).elementsEqual("WAVE".utf8) else { return false }
        var at = start + 12
        for _ in 0..<mostChunksBeforeFormat {
            let chunk = ByteReader(origin.bytes(at..<at + 10), order: .little)
            guard let size = chunk.uint32(4), let tag = chunk.uint16(8) else { return false }
            if origin.bytes(at..<at + 4).elementsEqual("fmt ".utf8) { return tag == 0xFFFE }
            // Of odd length they are padded.
            at += 8 + Int64(size) + Int64(size % 2)
        }
        return false
    }

    private static let mostChunksBeforeFormat = 100

    private static func header(_ promised: Int64, of size: Int64, isLast: Bool) -> Header {
        if promised <= 8 || promised >= unknown { return .unknown }
        if promised <= size { return .whole }
        if !isLast || promised >= implausible || promised / implausibleRatio >= size {
            return .untrue(promised: promised)
        }
        return .torn(missing: Double(promised - size) / Double(promised))
    }

    /// The length of the WAV file at a place by its header; nil where none begins there.
    private static func promised(_ origin: InputSource.Origin, at start: Int64) -> Int64? {
        let head = origin.bytes(start..<start + 12)
        guard head.count == 12, head.starts(with: "RIFF".utf8), head[8...].elementsEqual("WAVE".utf8) else {
            return nil
        }
        return Int64(ByteReader(head, order: .little).uint32(4) ?? 0) + 8
    }

    /// Where the next WAV file begins right after one, or after its byte of padding.
    private static func next(_ origin: InputSource.Origin, after end: Int64) -> Int64? {
        [end, end + 1].first { promised(origin, at: $0) != nil }
    }

    /// Looks for the next header in what follows one that does not know its length. Linear in the bytes.
    private static func search(_ origin: InputSource.Origin, from start: Int64) -> Int64? {
        let step: Int64 = 1 << 20
        let pattern = Array("RIFF".utf8)
        var at = start
        while at < origin.size, !Task.isCancelled {
            let bytes = origin.bytes(at..<min(origin.size, at + step + 15))
            var index = 0
            while let found = bytes[index...].firstIndex(of: pattern[0]), found < Int(step) {
                index = found + 1
                guard found + 16 <= bytes.count, bytes[found..<found + 4].elementsEqual(pattern),
                    bytes[found + 8..<found + 16].elementsEqual("WAVEfmt ".utf8)
                else { continue }
                return at + Int64(found)
            }
            at += step
        }
        return nil
    }
}
