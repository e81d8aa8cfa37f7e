import Avatarium
import AvatariumCore
import Foundation
import Jobs
import Testing

/// A folder for one test, removed with it, and what a batch left in it.
final class BatchFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "avatarium-batch-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

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

    /// Whether some process holds a lock file.
    static func isLocked(_ path: String) throws -> Bool {
        let file = open(path, O_RDWR | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        return flock(file, LOCK_EX | LOCK_NB) != 0
    }

    func modified(_ name: String) throws -> Date {
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(clips)/\(name)")
        return try #require(attributes[.modificationDate] as? Date)
    }
}
