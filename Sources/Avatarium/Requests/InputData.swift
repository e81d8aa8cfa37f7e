import Foundation

/// What a file that is read whole holds: a text, timings, a mapping. Pipes and `/dev/stdin` will do.
enum InputData {
    /// - Parameters:
    ///   - what: what the file should be, for the error.
    ///   - limit: bytes.
    /// - Throws: `code` where it cannot be read, E093 where it is larger than the limit.
    static func read(
        _ path: String, _ what: String, field: String, code: ErrorCode = .validationError, limit: Int
    ) throws -> Data {
        let data: Data
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            data = try file.read(upToCount: limit + 1) ?? Data()
        } catch {
            throw AvatariumError(
                code, "the \(what) '\(path)' cannot be read: check its name and permissions",
                context: ["field": field, "path": path], cause: error)
        }
        guard data.count <= limit else {
            throw AvatariumError(
                .validationError, "the \(what) '\(path)' is larger than \(limit >> 20) MB: split it",
                context: ["field": field, "path": path])
        }
        return data
    }
}
