import Foundation

/// What a file that is read whole holds: a text, timings, a mapping.
enum InputData {
    /// Reads a file, or standard input and the pipes that shells make (`/dev/stdin`, `<(command)`); other pipes, sockets
    /// and devices are refused, since nobody may ever write to them.
    /// - Parameters:
    ///   - what: what the file should be, for the error.
    ///   - limit: bytes.
    /// - Throws: `code` where it cannot be read, E093 where it is larger than the limit.
    static func read(
        _ path: String, _ what: String, field: String, code: ErrorCode = .validationError, limit: Int
    ) throws -> Data {
        let context = ["field": field, "path": path]
        let name = path.quotedForMessage(limit: 300)
        do throws(RegularFile.Failure) {
            return Data(
                try isInherited(path)
                    ? readInherited(path, limit: limit) : RegularFile.read(path, limit: limit))
        } catch {
            if case .larger = error {
                throw AvatariumError(
                    .validationError, "the \(what) '\(name)' \(error): split it", context: context)
            }
            throw AvatariumError(
                code, "the \(what) '\(name)' \(error): check its name and permissions", context: context,
                systemError: error.systemError)
        }
    }

    /// Whether a path names a descriptor that this process was started with.
    private static func isInherited(_ path: String) -> Bool {
        path == "/dev/stdin" || path.hasPrefix("/dev/fd/") || path.hasPrefix("/proc/self/fd/")
    }

    private static func readInherited(_ path: String, limit: Int) throws(RegularFile.Failure) -> [UInt8] {
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            let data = try file.read(upToCount: limit + 1) ?? Data()
            guard data.count <= limit else { throw RegularFile.Failure.larger(than: limit) }
            return [UInt8](data)
        } catch let error as RegularFile.Failure {
            throw error
        } catch {
            throw .system((error as? POSIXError).map { Errno(rawValue: $0.code.rawValue) } ?? .ioError)
        }
    }
}
