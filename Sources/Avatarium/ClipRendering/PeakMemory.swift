import Foundation

/// Peak resident memory of this process (`VmHWM` of /proc/self/status).
enum PeakMemory {
    static var bytes: Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }) else {
            return 0
        }
        return (Int(line.filter(\.isNumber)) ?? 0) * 1024
    }
}
