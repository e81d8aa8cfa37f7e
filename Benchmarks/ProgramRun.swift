import Avatarium
import Foundation

/// One run of a program, from its start to its end.
struct ProgramRun {
    var wall: Double
    /// Of the program and its children.
    var cpu: Double
    var output: Data

    /// Runs the `avatarium` that was built beside this program.
    /// - Throws: E092 when it fails.
    init(_ arguments: [String]) throws {
        let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent()
        try self.init(arguments, program: folder.appendingPathComponent("avatarium").path)
    }

    /// Runs a program by its path.
    /// - Throws: E092 when it fails.
    init(_ arguments: [String], program: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        let began = Clock.monotonic()
        let before = Self.childrenCPU()
        try process.run()
        output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        wall = Clock.monotonic() - began
        cpu = Self.childrenCPU() - before
        guard process.terminationStatus == 0 else {
            throw AvatariumError(
                .internalError,
                "\(program) \(arguments.joined(separator: " ")) ended with \(process.terminationStatus)")
        }
    }

    private static func childrenCPU() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) * 1e-6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}

extension Sequence<Double> {
    var median: Double {
        let sorted = self.sorted()
        return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
    }
}

/// A folder for one benchmark, gone with it.
final class BenchFolder {
    let path = NSTemporaryDirectory() + "avatarium-bench-\(UUID().uuidString)"

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }
}
