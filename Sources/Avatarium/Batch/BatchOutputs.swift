import Foundation

/// The names that a batch's lines write: no two lines may write the same, nor into each other's frames.
struct BatchOutputs {
    /// As the file system compares names, byte by byte: two ways to write an accent are two files.
    private typealias Name = [UInt8]
    private var lineOfTarget: [Name: Int] = [:]
    private var lineOfID: [Name: Int] = [:]
    private var frameFolders: [Name: Int] = [:]
    /// Folders that outputs lie in, and who came first.
    private var parents: [Name: Int] = [:]
    private(set) var slots: Set<String> = []

    /// - Throws: E071 when an earlier line has the id or the output.
    mutating func add(_ job: BatchJob) throws {
        if let earlier = lineOfID.updateValue(job.line, forKey: Name(job.id.utf8)) {
            throw AvatariumError(
                .invalidConfig, "line \(job.line) has the id '\(job.id)', as line \(earlier) does",
                context: ["line": "\(job.line)", "field": "id"])
        }
        let target = Name(job.target.utf8)
        if let earlier = lineOfTarget[target] ?? neighbour(of: target, isFrames: job.frames != nil) {
            throw AvatariumError(
                .invalidConfig, "line \(job.line) writes '\(job.output)', where line \(earlier) does",
                context: ["line": "\(job.line)", "field": "output"])
        }
        lineOfTarget[target] = job.line
        slots.insert(job.slot)
        for folder in Self.folders(of: target) { parents[folder] = parents[folder] ?? job.line }
        if job.frames != nil { frameFolders[target] = job.line }
    }

    /// The line whose frames' folder this output lies in, or whose output lies in this one's.
    private func neighbour(of target: Name, isFrames: Bool) -> Int? {
        if isFrames, let line = parents[target] { return line }
        return Self.folders(of: target).lazy.compactMap { frameFolders[$0] }.first
    }

    /// `a/b/c` lies in `a/b` and `a`.
    private static func folders(of path: Name) -> [Name] {
        path.indices.filter { path[$0] == UInt8(ascii: "/") }.map { Name(path[..<$0]) }
    }
}

/// A line's bytes as they count.
enum BatchLine {
    /// Without the file's byte order mark and without white space at the ends.
    static func trimmed(_ line: Data, isFirst: Bool) -> Data {
        var line = line
        if isFirst, line.starts(with: [0xEF, 0xBB, 0xBF]) { line = line.dropFirst(3) }
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
        while let first = line.first, isSpace(first) { line.removeFirst() }
        while let last = line.last, isSpace(last) { line.removeLast() }
        return line
    }
}
