import Avatarium
import Foundation

/// Room for the threads that every command needs.
enum AddressSpace {
    /// Stacks of libdispatch's first threads. Without them it waits for memory for ever, and nothing could be said.
    private static let needed = 64 << 20

    /// - Throws: E082 where `ulimit -v` leaves too little to start.
    static func check() throws {
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
