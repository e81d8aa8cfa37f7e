import Foundation

/// The `avatarium` program that was built beside the tests, as a user runs it.
package enum Program {
    /// The program's path; nil where it was not built.
    package static let path: String? = {
        let folders = (CommandLine.arguments + ["/proc/self/exe"]).map {
            URL(fileURLWithPath: $0).resolvingSymlinksInPath().deletingLastPathComponent()
        }
        return folders.map { $0.appendingPathComponent("avatarium").path }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    /// Whether the program was built.
    package static var isBuilt: Bool { path != nil }

    package struct NotBuilt: Error {}

    package struct Result {
        package var status: Int32
        /// Whether the process exited by itself, rather than by a signal.
        package var exited: Bool
        package var output: Data
        package var error: String

        /// Standard output as text.
        package var text: String { String(decoding: output, as: UTF8.self) }
    }

    /// Runs the program to its end.
    /// - Parameters:
    ///   - folder: The working directory.
    ///   - input: Standard input; nothing where it is nil.
    ///   - output: Where standard output goes; it is collected where this is nil.
    ///   - environment: Variables besides those of the tests.
    package static func run(
        _ arguments: [String], in folder: String? = nil, input: FileHandle? = nil, output: FileHandle? = nil,
        environment: [String: String] = [:]
    ) throws -> Result {
        let running = try Running(
            arguments, in: folder, input: input, output: output, environment: environment)
        return running.finish()
    }

    /// Runs a line of bash, in which the program is `"$0"`.
    package static func run(shell line: String, in folder: String) throws -> Result {
        guard let path else { throw NotBuilt() }
        return try Running(["-c", line, path], of: "/bin/bash", in: folder).finish()
    }
}

/// A run of the program that is under way.
package final class Running {
    package let process = Process()
    private let output = Pipe()
    private let errors = Pipe()
    private let collectsOutput: Bool

    package init(
        _ arguments: [String], of executable: String? = Program.path, in folder: String? = nil,
        input: FileHandle? = nil, output: FileHandle? = nil, environment: [String: String] = [:]
    ) throws {
        guard let executable else { throw Program.NotBuilt() }
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = input ?? FileHandle.nullDevice
        process.standardOutput = output ?? self.output
        process.standardError = errors
        collectsOutput = output == nil
        try process.run()
    }

    /// Returns what the program has written to standard output since the last call; waits for the first byte.
    /// Empty at its end.
    package func nextOutput() -> Data { output.fileHandleForReading.availableData }

    /// Sends a signal.
    package func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Waits for the end, while both outputs are read.
    package func finish() -> Program.Result {
        let text = Collected()
        let reader = Thread { [errors] in text.fill(errors.fileHandleForReading.readDataToEndOfFile()) }
        reader.start()
        let data = collectsOutput ? output.fileHandleForReading.readDataToEndOfFile() : Data()
        process.waitUntilExit()
        return Program.Result(
            status: process.terminationStatus, exited: process.terminationReason == .exit, output: data,
            error: String(decoding: text.wait(), as: UTF8.self))
    }

    private final class Collected: @unchecked Sendable {
        private let done = DispatchSemaphore(value: 0)
        private var data = Data()
        func fill(_ data: Data) {
            self.data = data
            done.signal()
        }
        func wait() -> Data {
            done.wait()
            return data
        }
    }
}
