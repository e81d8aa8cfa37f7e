import Foundation

/// The share of the host that this process may use: all of it, or what its control group (a container's, a Slurm
/// job's) and its CPU affinity leave.
package struct HostLimits: Sendable {
    /// Cores, at least 1.
    package var cores: Int
    /// Bytes of memory.
    package var memory: Int

    /// The limits that hold for the calling thread now.
    package static var current: HostLimits {
        HostLimits(
            cores: affinityCores,
            memory: Int(clamping: ProcessInfo.processInfo.physicalMemory),
            groups: (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? "",
            read: { try? String(contentsOfFile: $0, encoding: .utf8) })
    }

    /// Cores that the calling thread may run on, as `taskset`, Slurm and cpusets set them: the bits of the mask in
    /// `/proc/thread-self/status` (proc(5), `Cpus_allowed`).
    private static var affinityCores: Int {
        let status = (try? String(contentsOfFile: "/proc/thread-self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") } ?? ""
        let bits = line.dropFirst("Cpus_allowed:".count).compactMap(\.hexDigitValue)
            .reduce(0) { $0 + $1.nonzeroBitCount }
        return bits > 0 ? bits : ProcessInfo.processInfo.activeProcessorCount
    }

    /// Derives the limits from a control group.
    /// - Parameters:
    ///   - cores: Cores of the host that the process may run on.
    ///   - memory: Bytes of the host's memory.
    ///   - groups: The lines of `/proc/self/cgroup`.
    ///   - read: Returns a file's text, or nil where there is none.
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
