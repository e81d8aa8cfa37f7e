import Foundation

/// Standard output, whose reader may go away and whose disk may fill.
public enum StandardOutput {
    /// Writes all of it.
    /// - Throws: E025 with `context["errno"]`.
    public static func write(_ bytes: [UInt8]) throws {
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

    /// Writes a line.
    /// - Throws: E025 with `context["errno"]`.
    public static func write(line: String) throws { try write(Array((line + "\n").utf8)) }
}
