import Foundation

/// Runs cases in child processes of this program, a new one after each that ends badly, and prints running totals.
struct FuzzSupervisor {
    /// The subcommand, which takes --child, --first and --seconds.
    let command: String
    let arguments: [String]

    /// A case that takes more than this of the processor, seconds, is a find.
    private static let secondsPerCase = 20
    /// So many times as long it may take by the clock: fuzzers of the idle class (chrt -i 0) get next to nothing of a busy
    /// machine.
    private static let patience = 180
    /// Seconds between two lines of totals.
    private static let reportInterval = 30.0

    private struct Totals {
        var cases = 0
        /// Those that a reader took, or that were drawn.
        var taken = 0
        /// Processor time of the children that have ended, seconds.
        var endedSeconds = 0.0
        /// The same of the child that runs.
        var runningSeconds = 0.0
        var failures: [Int] = []

        func report(next: Int) {
            let stamp = ISO8601DateFormatter().string(from: Date())
            let cpu = String(format: "%.0f", endedSeconds + runningSeconds)
            print(
                "\(stamp) \(cases) cases, \(taken) taken, \(cpu) CPU-seconds, \(failures.count) failures: "
                    + "\(failures); next \(next)")
            fflush(nil)
        }
    }

    /// Runs cases in a child until the time is over: prints the number of each when it begins, and "d" or "r" with the
    /// processor time so far when it ends.
    /// - Parameter work: Makes one case; true where it was read to its end.
    static func runCases(from first: Int, seconds: Double, _ work: (Int) async throws -> Bool) async throws {
        // Unbuffered: the last line tells the parent which case ended the process.
        func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
        let end = Date(timeIntervalSinceNow: seconds)
        var number = first
        while Date() < end {
            say("\(number)")
            beginCase()
            let isTaken = try await work(number)
            say("\(isTaken ? "d" : "r") \(processorSeconds)")
            number += 1
        }
    }

    /// The process is ended by SIGPROF when the case has had its processor time, and by SIGALRM when it waits for ever.
    private static func beginCase() {
        var limit = itimerval()
        limit.it_value.tv_sec = secondsPerCase
        setitimer(Int32(ITIMER_PROF.rawValue), &limit, nil)
        alarm(UInt32(secondsPerCase * patience))
    }

    /// Of this process, with its threads.
    private static var processorSeconds: Double {
        Double(clock()) / Double(CLOCKS_PER_SEC)
    }

    func run(seconds: Double, first: Int) throws {
        let end = Date(timeIntervalSinceNow: seconds)
        var next = first
        var totals = Totals()
        var reported = Date()
        while Date() < end {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
            process.arguments =
                [command, "--child", "--first", "\(next)", "--seconds", "\(end.timeIntervalSinceNow)"]
                + arguments
            let pipe = Pipe()
            process.standardOutput = pipe
            process.standardError = FileHandle.nullDevice
            try process.run()
            var last = next
            var rest = Data()
            while case let data = pipe.fileHandleForReading.availableData, !data.isEmpty {
                rest += data
                while let newline = rest.firstIndex(of: 10) {
                    let words = String(decoding: rest[..<newline], as: UTF8.self).split(separator: " ")
                    rest = Data(rest[(newline + 1)...])
                    if let number = words.first.flatMap({ Int($0) }) { last = number }
                    guard words.count == 2 else { continue }
                    totals.cases += 1
                    if words[0] == "d" { totals.taken += 1 }
                    totals.runningSeconds = Double(words[1]) ?? totals.runningSeconds
                }
                if Date().timeIntervalSince(reported) > Self.reportInterval {
                    reported = Date()
                    totals.report(next: last + 1)
                }
            }
            process.waitUntilExit()
            totals.endedSeconds += totals.runningSeconds
            totals.runningSeconds = 0
            if process.terminationReason == .uncaughtSignal || process.terminationStatus != 0 {
                totals.cases += 1
                totals.failures.append(last)
                print("case \(last): ended with \(process.terminationReason) \(process.terminationStatus)")
            }
            next = last + 1
        }
        totals.report(next: next)
    }
}
