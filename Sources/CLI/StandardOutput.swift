import ArgumentParser
import AvatariumCore
import Foundation

/// Standard output, whose reader may go away and whose disk may fill.
enum StandardOutput {
    /// Writes all of the bytes.
    /// - Throws: E025 with the system's reason.
    static func write(_ bytes: [UInt8]) throws {
        var done = 0
        while done < bytes.count {
            let got = bytes.withUnsafeBytes {
                Foundation.write(STDOUT_FILENO, $0.baseAddress?.advanced(by: done), bytes.count - done)
            }
            if got > 0 {
                done += got
            } else if errno != EINTR {
                throw AvatariumError(
                    .outputNotWritable,
                    "standard output cannot be written: \(String(cString: strerror(errno)))",
                    context: ["path": "-"], systemError: Errno(rawValue: errno))
            }
        }
    }

    /// Writes a line of text, whose control characters are escaped.
    /// - Throws: E025 with the system's reason; `ExitCode` where the reader has seen enough, as `head` has, which is nothing
    ///   to complain about: 141, as a shell says of a program that SIGPIPE ends.
    static func write(line: String) throws {
        do {
            try write(Array((TerminalText.safe(line) + "\n").utf8))
        } catch let error as AvatariumError where error.systemError == .brokenPipe {
            throw ExitCode(128 + SIGPIPE)
        }
    }

    /// Refuses to write binary data to a terminal.
    /// - Throws: E071 where the output is `-` and standard output is a terminal.
    static func refuseTerminal(_ output: String?, _ what: String) throws {
        guard output == "-", isatty(STDOUT_FILENO) == 1 else { return }
        throw AvatariumError(
            .invalidConfig,
            "standard output is a terminal, which cannot show \(what); name a file, or redirect the output with > or |",
            context: ["field": "output"])
    }
}
