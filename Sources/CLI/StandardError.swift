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
}
