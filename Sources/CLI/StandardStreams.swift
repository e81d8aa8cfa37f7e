import Foundation

/// Standard input, output and error, where the parent process has closed them.
enum StandardStreams {
    /// Opens what is closed: a file that is opened later would otherwise take its number, and get what is meant for a
    /// terminal. Writing to such an output fails as it does to a closed one.
    static func open() {
        for (stream, mode) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDWR)]
        where fcntl(stream, F_GETFD) < 0 && errno == EBADF {
            // The lowest free number is this one, since those below are open.
            _ = Foundation.open("/dev/null", mode)
        }
    }
}
