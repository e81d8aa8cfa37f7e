import Avatarium
import AvatariumCore
import Foundation

/// The record of the clips that are being made, so that a line that ends its process is known at the next start.
///
/// A line's attempt is written before its clip is begun and removed when the clip is whole or has failed. When a
/// process dies, the attempts of its run are left over, and whoever saw it die counts them (`countDeath`).
package struct BatchAttempts: Sendable {
    /// What is known of a line that was begun and not ended.
    package struct Attempt: Codable, Sendable, Equatable {
        /// The line's key: another line with the same output starts anew.
        package var key: String
        /// The run that began it last.
        package var run: String
        /// How often a process ended while it made the clip.
        package var deaths: Int
        /// How the process ended the last time.
        package var reason: String?
    }

    /// A line that was being made at so many deaths is passed over.
    package static let mostDeaths = 2

    private let folder: String

    /// - Parameter folder: The batch's own folder of records (`.avatarium`).
    init(folder: String) { self.folder = folder }

    /// - Parameter batchFolder: The folder that the batch's clips go to.
    package init(batchFolder: String) { self.init(folder: "\(batchFolder)/.avatarium") }

    private static let suffix = ".attempt"
    private func path(_ slot: String) -> String { "\(folder)/\(slot)\(Self.suffix)" }

    /// Returns the left-over attempt of a line; nil where there is none, or that of another line.
    func attempt(slot: String, key: String) -> Attempt? {
        guard let attempt = read(path(slot)), attempt.key == key else { return nil }
        return attempt
    }

    /// Notes that a clip is begun.
    /// - Throws: E025 where that cannot be written.
    func begin(slot: String, key: String, run: String) throws {
        var attempt = attempt(slot: slot, key: key) ?? Attempt(key: key, run: run, deaths: 0)
        attempt.run = run
        try write(attempt, path(slot))
    }

    /// Notes that a clip was ended, well or badly.
    func end(slot: String) { unlink(path(slot)) }

    /// Forgets lines that are no longer asked for.
    func sweep(keeping slots: Set<String>) {
        for name in names where !slots.contains(String(name.dropLast(Self.suffix.count))) {
            unlink("\(folder)/\(name)")
        }
    }

    /// Counts the death of a run's process against the lines that it was making.
    /// - Parameter reason: How it ended: `killed by signal 11 (segmentation fault)`.
    /// - Returns: How many lines it was making.
    package func countDeath(run: String, reason: String) throws -> Int {
        var count = 0
        for name in names {
            guard var attempt = read("\(folder)/\(name)"), attempt.run == run else { continue }
            attempt.deaths += 1
            attempt.reason = reason
            try write(attempt, "\(folder)/\(name)")
            count += 1
        }
        return count
    }

    private var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter {
            $0.hasSuffix(Self.suffix)
        }
    }

    private func read(_ path: String) -> Attempt? {
        FileManager.default.contents(atPath: path).flatMap {
            try? JSONDecoder().decode(Attempt.self, from: $0)
        }
    }

    private func write(_ attempt: Attempt, _ path: String) throws {
        let bytes = [UInt8](try JSONEncoder().encode(attempt))
        do {
            try ResultFile.write(bytes, to: path)
        } catch let error as AvatariumError {
            var error = error
            error.scope = .run
            throw error
        }
    }
}
