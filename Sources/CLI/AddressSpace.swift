import Avatarium
import Foundation

/// Room for what commands need beside the program and its libraries.
enum AddressSpace {
    /// Stacks of threads, and a model or a sentence. With less libdispatch waits for memory for ever, or an allocation ends
    /// the process: `inspect` and `curves` were seen to at 150 MiB.
    private static let needed = 256 << 20
    /// The same with Mesa, LLVM and a small frame: they were seen to end at 490 MiB, and not at 690.
    private static let neededToDraw = 640 << 20
    private static let drawing: Set<String> = ["render", "still", "batch", "golden", "serve"]

    /// Of the limit: what must be left for the end of the process to have another reason.
    private static let leftShare = 3

    /// Refuses to start where the limit leaves too little, and otherwise sees to it that an allocation that fails later ends
    /// the process with a message: libraries and Swift's runtime abort then.
    /// - Parameters:
    ///   - command: The name of the subcommand; nil where none is given.
    ///   - json: Whether errors are printed as JSON.
    ///   - isSupervised: Whether a parent process is to see how this one ends.
    /// - Throws: E082 where `ulimit -v` leaves too little to start.
    static func check(for command: String?, json: Bool, isSupervised: Bool) throws {
        let needed = command.map(drawing.contains) == true ? neededToDraw : needed
        func read(_ name: String) -> String { (try? String(contentsOfFile: name, encoding: .utf8)) ?? "" }
        // "Max address space", soft limit, hard limit, "bytes".
        guard
            let line = read("/proc/self/limits").split(separator: "\n")
                .first(where: { $0.hasPrefix("Max address space") }),
            let allowed = line.split(separator: " ").dropFirst(3).first.flatMap({ Int($0) }),
            let pages = read("/proc/self/statm").split(separator: " ").first.flatMap({ Int($0) })
        else { return }
        let used = pages * Int(sysconf(Int32(_SC_PAGESIZE)))
        func error(_ reason: String) -> AvatariumError {
            AvatariumError(
                .glNotAvailable,
                "the address space limit is \(allowed >> 20) MiB\(reason); raise the limit (ulimit -v)",
                context: ["limit": "RLIMIT_AS"], scope: .run)
        }
        guard used + needed <= allowed else {
            throw error(
                ", and the libraries already take \(used >> 20) of it; 1 GiB are enough for small models")
        }
        let ending = error(", and the process ran out of it")
        explainCrash(
            Failure.line(for: ending, json: json), status: isSupervised ? nil : ending.exitStatus,
            room: allowed / leftShare)
    }

    /// What is printed when memory has run out.
    private struct Explanation {
        let line: UnsafeRawBufferPointer
        /// Nil leaves the process to its signal.
        let status: Int32?
        let room: Int
    }

    /// Set once, before any other thread begins.
    nonisolated(unsafe) private static var explanation: Explanation?

    /// Prints a line, and exits where a status is given, when the process crashes while a piece of memory of some size is not
    /// to be had.
    private static func explainCrash(_ line: String, status: Int32?, room: Int) {
        let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: line.utf8.count)
        _ = bytes.initialize(from: line.utf8)
        explanation = Explanation(line: UnsafeRawBufferPointer(bytes), status: status, room: room)
        for number in [SIGABRT, SIGBUS, SIGILL, SIGSEGV, SIGTRAP] {
            signal(number) { number in
                // Only calls that are safe in a signal's handler (signal-safety(7)), and mmap.
                if let explanation = AddressSpace.explanation,
                    mmap(nil, explanation.room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
                {
                    _ = Foundation.write(2, explanation.line.baseAddress, explanation.line.count)
                    if let status = explanation.status { _exit(status) }
                }
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }
}
