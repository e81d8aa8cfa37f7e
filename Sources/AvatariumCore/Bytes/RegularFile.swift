import Glibc
import SystemPackage

/// Reads files whole, up to a limit: never a pipe, socket or device, whose reading could block for ever or not end.
package enum RegularFile {
    package enum Failure: Error, CustomStringConvertible {
        case system(Errno)
        case notRegular
        case tooLarge(limit: Int)

        package var description: String {
            switch self {
            case .system(let reason): "\(reason)"
            case .notRegular: "it is not a regular file"
            case .tooLarge(let limit): "it is larger than \(limit >> 20) MiB"
            }
        }

        /// The reason that the operating system gave, where it gave one.
        package var systemError: Errno? {
            if case .system(let reason) = self { reason } else { nil }
        }
    }

    /// - Parameter limit: The most bytes that are read.
    package static func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
        do {
            // Opening a FIFO would wait for its writer.
            let file = try FileDescriptor.open(
                FilePath(path), .readOnly, options: [.nonBlocking, .closeOnExec])
            return try file.closeAfter {
                let size = try file.regularSize()
                guard size <= limit else { throw Failure.tooLarge(limit: limit) }
                var count = 0
                var bytes = [UInt8](repeating: 0, count: size)
                while count < size {
                    let more = unsafe try bytes.withUnsafeMutableBytes {
                        unsafe try file.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[count...]))
                    }
                    guard more > 0 else { break }
                    count += more
                }
                bytes.removeLast(size - count)
                return bytes
            }
        } catch let failure as Failure {
            throw failure
        } catch let reason as Errno {
            throw .system(reason)
        } catch {
            throw .system(.ioError)
        }
    }
}

extension FileDescriptor {
    /// Bytes of a regular file.
    fileprivate func regularSize() throws -> Int {
        var status = Glibc.stat()
        guard unsafe fstat(rawValue, &status) == 0 else { throw Errno(rawValue: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw RegularFile.Failure.notRegular }
        return Int(status.st_size)
    }
}
