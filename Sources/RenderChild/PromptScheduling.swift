import CSandbox

/// The scheduling of a process that answers while its children draw.
public enum PromptScheduling {
    /// Asks for time slices of a tenth of a millisecond, the shortest that Linux gives: a thread of the service that wakes
    /// is then put before a child in the middle of a frame, instead of waiting for the end of its slice, once for each of the
    /// five or so threads that a request passes. Call it while the process has one thread: those that it starts later inherit the
    /// slices. Where the kernel has no such thing, nothing changes.
    public static func begin() {
        _ = avatarium_schedule_promptly(100_000)
    }
}
