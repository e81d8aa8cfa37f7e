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

    /// - Parameter command: The name of the subcommand; nil where none is given.
    /// - Throws: E082 where `ulimit -v` leaves too little to start.
    static func check(for command: String?) throws {
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
        guard used + needed > allowed else { return }
        throw AvatariumError(
            .glNotAvailable,
            "the address space limit is \(allowed >> 20) MiB, and the libraries already take \(used >> 20) of it; "
                + "raise the limit (ulimit -v) to 1 GiB or more",
            context: ["limit": "RLIMIT_AS"], scope: .run)
    }
}
