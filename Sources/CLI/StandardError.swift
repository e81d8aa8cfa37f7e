import AvatariumCore
import Foundation

/// Writes to standard error; write errors are ignored.
enum StandardError {
    /// Writes a line of text, whose control characters are escaped and which is cut at 4,000 characters.
    static func write(line: String) { raw(TerminalText.safe(line) + "\n") }

    /// Writes text as it is, terminal sequences included.
    static func raw(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }

    /// Whether standard error is a terminal, and how many columns it has.
    static var columns: Int? {
        guard isatty(STDERR_FILENO) == 1 else { return nil }
        var size = winsize()
        return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }
}

/// Text for a terminal or a log.
enum TerminalText {
    /// Characters of one message.
    static let longest = 4000

    /// Returns the text with its lines and tabs kept, other control characters escaped, and each line cut.
    static func safe(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false)
                .map { $0.quotedForMessage(limit: longest) }.joined(separator: "\t")
        }.joined(separator: "\n")
    }

    /// Returns a value as JSON on one line, or indented, in which other characters than the printable ones are
    /// escaped: the encoder leaves those above U+007E as they are, and some terminals obey U+009B as they do ESC [.
    static func json(_ value: some Encodable, pretty: Bool = false) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
        let text = String(decoding: try encoder.encode(value), as: UTF8.self)
        // Characters below U+0020 are line ends and indentation here: inside strings they are escaped.
        guard text.unicodeScalars.contains(where: \.isUnsafeInTerminals) else { return text }
        var out = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar.isUnsafeInTerminals {
                for unit in scalar.utf16 {
                    out.append(
                        contentsOf: "\\u\(String(0x10000 + Int(unit), radix: 16).dropFirst())".unicodeScalars)
                }
            } else {
                out.append(scalar)
            }
        }
        return String(out)
    }
}

extension Unicode.Scalar {
    /// Whether a terminal may obey it rather than show it: control characters from U+007F on, and marks that reorder text.
    fileprivate var isUnsafeInTerminals: Bool {
        value >= 0x7F
            && [.control, .format, .lineSeparator, .paragraphSeparator].contains(properties.generalCategory)
    }
}
