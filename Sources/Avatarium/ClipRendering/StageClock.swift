import Foundation

/// Measures the time spent in each stage, in the order in which stages first ran.
public struct StageClock: Sendable {
    public private(set) var seconds: [(stage: String, seconds: Double)] = []

    public mutating func add(_ stage: String, _ duration: Double) {
        if let i = seconds.firstIndex(where: { $0.stage == stage }) {
            seconds[i].seconds += duration
        } else {
            seconds.append((stage, duration))
        }
    }

    /// Returns monotonic seconds.
    package static func now() -> Double {
        var t = timespec()
        clock_gettime(CLOCK_MONOTONIC, &t)
        return Double(t.tv_sec) + Double(t.tv_nsec) * 1e-9
    }

    /// Returns the CPU seconds of all threads of this process so far.
    package static func cpu() -> Double {
        var t = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t)
        return Double(t.tv_sec) + Double(t.tv_nsec) * 1e-9
    }
}
