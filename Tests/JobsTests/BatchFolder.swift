import Avatarium
import Foundation
import Testing

/// A folder for one test, gone with it, and what a batch left in it.
final class BatchFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "avatarium-batch-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The program that was built beside the tests' own bundle.
    static var program: String? {
        let folders = (CommandLine.arguments + ["/proc/self/exe"]).map {
            URL(fileURLWithPath: $0).resolvingSymlinksInPath().deletingLastPathComponent()
        }
        return folders.map { $0.appendingPathComponent("avatarium").path }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    var clips: String { path + "/clips" }
    var jobsFile: String { path + "/jobs.jsonl" }

    func write(_ lines: [String]) throws { try write(Data((lines.joined(separator: "\n") + "\n").utf8)) }

    func write(_ data: Data) throws { try data.write(to: URL(fileURLWithPath: jobsFile)) }

    /// Small clips of a second each.
    static func lines(_ count: Int) -> [String] {
        (0..<count).map { #"{"id": "c\#($0)", "text": "Clip \#($0).", "size": "64x36"}"# }
    }

    @discardableResult
    func run(_ options: BatchRunner.Options = BatchRunner.Options()) async throws -> BatchRunner.Summary {
        try await BatchRunner(options: options).run(jobsFile: jobsFile, folder: clips)
    }

    /// The results, in the file's order; torn lines are left out.
    func results() throws -> [BatchResult] {
        let text = try String(contentsOfFile: clips + "/results.jsonl", encoding: .utf8)
        return text.split(separator: "\n").compactMap {
            try? JSONDecoder().decode(BatchResult.self, from: Data($0.utf8))
        }
    }

    func digests() throws -> [String: String] {
        var digests: [String: String] = [:]
        for result in try results() where result.status == .done {
            #expect(digests.updateValue(result.digest ?? "", forKey: result.id) == nil, "\(result.id) twice")
        }
        return digests
    }

    /// Names under the batch's folder but for its own `.avatarium`.
    func names() throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: clips)).subtracting([".avatarium"])
    }

    /// What lies in `.avatarium` besides records and locks.
    func leftovers() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: clips + "/.avatarium")
            .filter { !$0.hasSuffix(".json") && !$0.hasSuffix(".lock") }
    }

    func modified(_ name: String) throws -> Date {
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(clips)/\(name)")
        return try #require(attributes[.modificationDate] as? Date)
    }
}
