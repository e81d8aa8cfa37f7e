import Foundation
import Media

/// What this process may use of the host: all of it, or what its control group (a container's, a Slurm job's) leaves.
package struct HostLimits: Sendable {
    /// Cores, at least 1.
    package var cores: Int
    /// Bytes.
    package var memory: Int

    package static var current: HostLimits {
        HostLimits(
            cores: LibAV.cores,
            memory: Int(clamping: ProcessInfo.processInfo.physicalMemory),
            groups: (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? "",
            read: { try? String(contentsOfFile: $0, encoding: .utf8) })
    }

    /// - Parameters:
    ///   - groups: the lines of `/proc/self/cgroup`.
    ///   - read: a file's text, nil when there is none.
    package init(cores: Int, memory: Int, groups: String, read: (String) -> String?) {
        self.cores = max(1, cores)
        self.memory = memory
        for line in groups.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let controllers = parts[1].split(separator: ",")
            // Version 2 has one tree; version 1 one for each controller. In a container the path may be the host's,
            // so the root counts as well; a limit of any group above counts.
            for path in Self.ancestors(String(parts[2])) {
                if parts[1].isEmpty {
                    takeMemory(read("/sys/fs/cgroup\(path)/memory.max"))
                    takeCores(read("/sys/fs/cgroup\(path)/cpu.max"))
                } else if controllers.contains("memory") {
                    takeMemory(read("/sys/fs/cgroup/memory\(path)/memory.limit_in_bytes"))
                } else if controllers.contains("cpu") {
                    let folder = "/sys/fs/cgroup/cpu\(path)"
                    if let quota = read("\(folder)/cpu.cfs_quota_us"),
                        let period = read("\(folder)/cpu.cfs_period_us")
                    {
                        takeCores("\(quota) \(period)")
                    }
                }
            }
        }
    }

    /// `/a/b`, `/a` and the root, which is empty.
    private static func ancestors(_ path: String) -> [String] {
        let names = path.split(separator: "/")
        return (0...names.count).reversed().map { names.prefix($0).map { "/" + $0 }.joined() }
    }

    private mutating func takeMemory(_ text: String?) {
        guard let limit = text.flatMap({ Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }), limit > 0
        else { return }
        memory = min(memory, limit)
    }

    /// `200000 100000` are two cores; `max` or -1 is no limit.
    private mutating func takeCores(_ text: String?) {
        let numbers = (text ?? "").split(whereSeparator: \.isWhitespace).map { Double($0) }
        guard numbers.count == 2, let quota = numbers[0], let period = numbers[1], quota > 0, period > 0
        else { return }
        cores = max(1, min(cores, Int((min(quota / period, 1e6)).rounded(.up))))
    }
}
