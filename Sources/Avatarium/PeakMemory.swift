import Foundation

/// Peak resident memory of this process (`VmHWM` of /proc/self/status).
enum PeakMemory {
    static var bytes: Int {
        var usage = rusage()
        getrusage(RUSAGE_SELF, &usage)
        return usage.ru_maxrss * 1024
    }
}
