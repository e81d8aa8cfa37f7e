import Avatarium
import AvatariumCore
import Foundation

/// The outputs of a batch's lines: no two lines may write the same file or folder, nor one inside another's.
///
/// A tree of path parts, so that a line costs time and memory linear in its name.
package struct BatchOutputs {
    /// Bytes, as the file system compares names: two ways to write an accent are two files.
    private typealias Name = [UInt8]

    private struct Node {
        var children: [Name: Int] = [:]
        /// The line whose file, or folder of frames, this is.
        var owner: Int?
        /// The first line that writes below this folder.
        var firstLine: Int
    }

    private var nodes = [Node(firstLine: 0)]
    private var lineOfID: [Name: Int] = [:]
    private(set) var slots: Set<String> = []

    package init() {}

    /// Adds a line's output.
    /// - Throws: E071 where an earlier line has the id or the output.
    package mutating func add(_ job: BatchJob) throws {
        if let earlier = lineOfID.updateValue(job.line, forKey: Name(job.id.utf8)) {
            throw AvatariumError(
                .invalidConfig,
                "line \(job.line) has the id '\(job.id.quotedForMessage())', like line \(earlier); give "
                    + "each line its own",
                context: ["line": "\(job.line)", "field": "id"])
        }
        let names = [job.frames == nil ? job.name : job.name.folder] + job.sideNames
        let targets = names.map { $0.utf8.split(separator: UInt8(ascii: "/")).map(Name.init) }
        for (name, parts) in zip(names, targets) {
            guard let earlier = owner(of: parts) else { continue }
            throw AvatariumError(
                .invalidConfig,
                "line \(job.line) writes '\(name.quotedForMessage())', like line \(earlier); give each line "
                    + "its own output",
                context: ["line": "\(job.line)", "field": "output"])
        }
        slots.insert(job.slot)
        for parts in targets { own(parts, line: job.line) }
    }

    private mutating func own(_ parts: [Name], line: Int) {
        var at = 0
        for part in parts {
            if let next = nodes[at].children[part] {
                at = next
            } else {
                nodes[at].children[part] = nodes.count
                at = nodes.count
                nodes.append(Node(firstLine: line))
            }
        }
        nodes[at].owner = line
    }

    /// Returns the line that owns the path, a folder above it, or something below it.
    private func owner(of parts: [Name]) -> Int? {
        var at = 0
        for part in parts {
            guard let next = nodes[at].children[part] else { return nil }
            at = next
            if let owner = nodes[at].owner { return owner }
        }
        return nodes[at].firstLine
    }
}

/// The lines of a batch file.
enum BatchLines {
    /// Splits a file into its lines with their one-based numbers, without the byte order mark, without white space
    /// at the ends (line ends of Windows), and without blank lines.
    static func split(_ data: Data) -> [(number: Int, bytes: Data)] {
        data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated().compactMap {
            index, line in
            let bytes = trimmed(line, isFirst: index == 0)
            return bytes.isEmpty ? nil : (index + 1, bytes)
        }
    }

    private static func trimmed(_ line: Data, isFirst: Bool) -> Data {
        var line = line
        if isFirst, line.starts(with: [0xEF, 0xBB, 0xBF]) { line = line.dropFirst(3) }
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
        guard let first = line.firstIndex(where: { !isSpace($0) }),
            let last = line.lastIndex(where: { !isSpace($0) })
        else { return Data() }
        return line[first...last]
    }
}
