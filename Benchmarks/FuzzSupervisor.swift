import Foundation

/// Runs cases in child processes of this program, a new one after each that ends badly.
struct FuzzSupervisor {
    /// The subcommand, which takes --child, --first and --seconds, and prints the number of a case when it begins and
    /// a letter when it ends: "d" for one that was read to its end.
    let command: String
    let arguments: [String]

    /// A case that takes more than this of the processor, seconds, is a find.
    private static let secondsPerCase = 20
    /// So many times as long it may take by the clock: the machine may be busy with other work.
    private static let patience = 30

    /// Begins a case in a child: it ends the process by SIGPROF when the case has had its processor time, and by SIGALRM
    /// when it waits for ever.
    static func beginCase() {
        var limit = itimerval()
        limit.it_value.tv_sec = secondsPerCase
        setitimer(Int32(ITIMER_PROF.rawValue), &limit, nil)
        alarm(UInt32(secondsPerCase * patience))
    }

    func run(seconds: Double, first: Int) throws {
        let end = Date(timeIntervalSinceNow: seconds)
        var next = first
        var done = 0
        var failures: [Int] = []
        while Date() < end {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
            // An hour at most, so that what is printed stays small.
            let time = min(3600, end.timeIntervalSinceNow)
            process.arguments =
                [command, "--child", "--first", "\(next)", "--seconds", "\(time)"] + arguments
            let pipe = Pipe()
            process.standardOutput = pipe
            process.standardError = FileHandle.nullDevice
            try process.run()
            var last = next
            for line in String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
                .split(separator: "\n")
            {
                if let number = Int(line) { last = number }
                if line == "d" { done += 1 }
            }
            process.waitUntilExit()
            if process.terminationReason == .uncaughtSignal || process.terminationStatus != 0 {
                failures.append(last)
                print("case \(last): ended with \(process.terminationReason) \(process.terminationStatus)")
            }
            next = last + 1
        }
        print("\(next - first) cases, \(done) taken, \(failures.count) failures: \(failures)")
    }
}
