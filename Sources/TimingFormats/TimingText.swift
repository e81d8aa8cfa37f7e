import AvatariumCore

/// A line with its one-based number.
struct TextLine: Sendable {
    var number: Int
    var text: Substring
}

/// A timing file's bytes as text with line feeds.
struct TimingText {
    let text: String
    /// The lines that are not blank.
    let lines: [TextLine]

    /// Decodes UTF-8 and UTF-16 of both orders, with or without a byte order mark, any line ends.
    ///
    /// A few bytes that are not UTF-8 (a character that a vendor cut, as Amazon Polly's marks have) become U+FFFD; a
    /// text with several and no valid character of more than one byte is read as Windows-1252. Both are noted.
    /// - Throws: E093 for what is empty or not text.
    init(_ bytes: [UInt8], _ source: TimingSource) throws {
        guard !bytes.isEmpty else { throw source.error("it is empty; give a file with timings") }
        text = try Self.decoded(bytes, source)
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map {
            TextLine(number: $0 + 1, text: $1)
        }.filter { $0.text.contains { !$0.isWhitespace } }
        guard !lines.isEmpty else { throw source.error("it is empty; give a file with timings") }
    }

    private static func decoded(_ bytes: [UInt8], _ source: TimingSource) throws -> String {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return try utf8(bytes.dropFirst(3), source) }
        if bytes.starts(with: [0xFE, 0xFF]) { return utf16(bytes.dropFirst(2), bigEndian: true) }
        if bytes.starts(with: [0xFF, 0xFE]) { return utf16(bytes.dropFirst(2), bigEndian: false) }
        if bytes.count >= 4, bytes[0] == 0, bytes[1] != 0, bytes[2] == 0 {
            return utf16(bytes[...], bigEndian: true)
        }
        if bytes.count >= 4, bytes[0] != 0, bytes[1] == 0, bytes[3] == 0 {
            return utf16(bytes[...], bigEndian: false)
        }
        return try utf8(bytes[...], source)
    }

    private static func utf8(_ bytes: ArraySlice<UInt8>, _ source: TimingSource) throws -> String {
        if let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) { return unified(text) }
        let control = bytes.count { $0 < 0x20 && ![0x09, 0x0A, 0x0C, 0x0D].contains($0) }
        guard control == 0, let damage = Damage(bytes), damage.invalid * 4 <= bytes.count else {
            throw source.error("it is not text; give a timing file in UTF-8 or UTF-16")
        }
        let place = TimingPlace.line(bytes[..<damage.first].count { $0 == 0x0A } + 1)
        if damage.invalid > 1, damage.multibyte == 0 {
            source.note(
                "TIMING_ENCODING",
                "it is not UTF-8; it is read as Windows-1252 (save it as UTF-8 if letters are wrong)",
                at: place)
            return unified(String(String.UnicodeScalarView(bytes.map(Self.windows1252))))
        }
        source.note(
            "TIMING_ENCODING",
            "\(damage.invalid == 1 ? "1 byte is" : "\(damage.invalid) bytes are") not UTF-8, the first at offset "
                + "\(damage.first); truncated characters are ignored", at: place)
        return unified(String(decoding: bytes, as: UTF8.self))
    }

    /// What of a text is not UTF-8.
    private struct Damage {
        var first = 0
        var invalid = 0
        var multibyte = 0

        /// Nil where all is valid.
        init?(_ bytes: ArraySlice<UInt8>) {
            var at = bytes.startIndex
            var firstInvalid: Int?
            while at < bytes.endIndex {
                let length = Self.length(bytes[at...])
                if length == 0 {
                    firstInvalid = firstInvalid ?? at
                    invalid += 1
                } else if length > 1 {
                    multibyte += 1
                }
                at += max(1, length)
            }
            guard let firstInvalid else { return nil }
            first = firstInvalid
        }

        /// Bytes of the character that begins here; 0 where none does.
        private static func length(_ bytes: ArraySlice<UInt8>) -> Int {
            guard let lead = bytes.first else { return 0 }
            let count: Int
            switch lead {
            case ..<0x80: return 1
            case 0xC2...0xDF: count = 2
            case 0xE0...0xEF: count = 3
            case 0xF0...0xF4: count = 4
            default: return 0
            }
            return String(validating: bytes.prefix(count), as: UTF8.self) != nil && bytes.count >= count
                ? count : 0
        }
    }

    private static func windows1252(_ byte: UInt8) -> Unicode.Scalar {
        guard (0x80..<0xA0).contains(byte) else { return Unicode.Scalar(byte) }
        return windowsPunctuation[Int(byte) - 0x80]
    }

    private static let windowsPunctuation: [Unicode.Scalar] = Array(
        "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8D}Ž\u{8F}\u{90}‘’“”•–—˜™š›œ\u{9D}žŸ".unicodeScalars)

    private static func utf16(_ bytes: ArraySlice<UInt8>, bigEndian: Bool) -> String {
        var units: [UInt16] = []
        units.reserveCapacity(bytes.count / 2)
        var index = bytes.startIndex
        while index + 1 < bytes.endIndex {
            let (a, b) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
            units.append(bigEndian ? a << 8 | b : b << 8 | a)
            index += 2
        }
        return unified(String(decoding: units, as: UTF16.self))
    }

    /// Line ends as `\n`.
    private static func unified(_ text: String) -> String {
        guard text.utf8.contains(0x0D) else { return text }
        var out = String.UnicodeScalarView()
        var afterReturn = false
        for scalar in text.unicodeScalars {
            if scalar == "\r" {
                out.append("\n")
            } else if !(scalar == "\n" && afterReturn) {
                out.append(scalar)
            }
            afterReturn = scalar == "\r"
        }
        return String(out)
    }
}
