import Glibc
import SystemPackage

/// An open file that is a file: pipes, sockets, devices and folders are refused, before they can block or never end.
///
/// The one exception is a pipe that the program was given (`/dev/stdin`, a shell's `<(...)`), where the caller takes one:
/// its writer is there already, so that it comes to an end.
package struct RegularFile: ~Copyable {
    /// Why there is no file to read.
    package enum Failure: Error, Sendable, CustomStringConvertible {
        /// The system's reason.
        case system(Errno)
        /// It is something else: `"a pipe"`.
        case kind(String)
        /// It has more bytes than the limit.
        case larger(than: Int)

        /// A clause that follows "the file X": `"does not exist"`, `"is a pipe, not a file"`.
        package var description: String {
            switch self {
            case .system(.noSuchFileOrDirectory), .system(.notDirectory): "does not exist"
            case .system(let reason): "cannot be read (\(reason.description))"
            case .kind(let kind): "is \(kind), not a file"
            case .larger(let limit):
                limit >= 1 << 20 ? "is larger than \(limit >> 20) MB" : "is larger than \(limit) bytes"
            }
        }

        /// What to do about it, in the imperative: `"check its name"`.
        package var remedy: String {
            switch self {
            case .system(.noSuchFileOrDirectory), .system(.notDirectory), .system(.fileNameTooLong):
                "check its name"
            case .system(.permissionDenied), .system(.notPermitted): "check its permissions"
            case .system(.tooManySymbolicLinkLevels): "its symbolic links form a loop: name the file itself"
            case .system: "check the file"
            case .kind("a folder"): "name the file in it"
            case .kind: "name a file"
            case .larger: "make it smaller"
            }
        }

        /// The system's reason; `isDirectory` for a folder, nil for what else is not a file.
        package var systemError: Errno? {
            switch self {
            case .system(let reason): reason
            case .kind(let kind): kind == "a folder" ? .isDirectory : nil
            case .larger: nil
            }
        }
    }

    package let descriptor: FileDescriptor
    /// Bytes when it was opened; 0 for a pipe.
    package let size: Int

    /// Opens a file for reading. Never waits, whatever the path leads to.
    /// - Parameter takesGivenPipes: Whether a pipe below `/dev` or `/proc` is taken for a file.
    package init(_ path: String, takesGivenPipes: Bool = false) throws(Failure) {
        let descriptor: FileDescriptor
        do throws(Errno) {
            descriptor = try Self.open(path)
        } catch {
            throw Self.failure(of: path, error)
        }
        do throws(Failure) {
            let isGiven = path.hasPrefix("/dev/") || path.hasPrefix("/proc/")
            size = try Self.checkedSize(descriptor, takesPipes: takesGivenPipes && isGiven)
        } catch {
            try? descriptor.close()
            throw error
        }
        self.descriptor = descriptor
    }

    deinit { try? descriptor.close() }

    /// Gives the descriptor away, to be closed by the caller.
    package consuming func takeDescriptor() -> FileDescriptor {
        let taken = descriptor
        discard self
        return taken
    }

    /// Reads the whole file.
    /// - Parameter limit: Bytes that it may have.
    package static func read(
        _ path: String, limit: Int, takesGivenPipes: Bool = false
    ) throws(Failure) -> [UInt8] {
        let file = try RegularFile(path, takesGivenPipes: takesGivenPipes)
        guard file.size <= limit else { throw .larger(than: limit) }
        return try file.bytes(limit: limit)
    }

    /// Reads the first bytes of a file, fewer where it is shorter.
    package static func head(_ path: String, count: Int) throws(Failure) -> [UInt8] {
        let file = try RegularFile(path)
        var bytes = [UInt8](repeating: 0, count: count)
        do {
            let got = try unsafe bytes.withUnsafeMutableBytes { try unsafe file.descriptor.read(into: $0) }
            return Array(bytes[..<got])
        } catch {
            throw .system(error as? Errno ?? .ioError)
        }
    }

    private borrowing func bytes(limit: Int) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size)
        var chunk = [UInt8](repeating: 0, count: min(max(size, 4096), 1 << 20))
        while true {
            let count: Int
            do {
                count = try unsafe chunk.withUnsafeMutableBytes { try unsafe descriptor.read(into: $0) }
            } catch {
                throw .system(error as? Errno ?? .ioError)
            }
            if count == 0 { return bytes }
            // It may have grown since it was opened.
            guard bytes.count + count <= limit else { throw .larger(than: limit) }
            bytes += chunk[..<count]
        }
    }

    private static func open(_ path: String) throws(Errno) -> FileDescriptor {
        // A zero would end the path early.
        guard !path.utf8.contains(0) else { throw .invalidArgument }
        do {
            return try FileDescriptor.open(
                FilePath(path), .readOnly, options: [.closeOnExec, .nonBlocking])
        } catch {
            throw error as? Errno ?? .ioError
        }
    }

    /// Why a path cannot be opened: of a socket, or a device that nothing is behind, the system says only that there is no
    /// such device.
    private static func failure(of path: String, _ reason: Errno) -> Failure {
        guard reason == .noSuchAddressOrDevice, let status = try? Stat(FilePath(path)) else {
            return .system(reason)
        }
        return .kind(status.type == .socket ? "a socket" : "a device")
    }

    private static func checkedSize(
        _ descriptor: FileDescriptor, takesPipes: Bool
    ) throws(Failure) -> Int {
        let status: Stat
        do throws(Errno) {
            status = try descriptor.stat()
        } catch {
            throw .system(error)
        }
        switch status.type {
        case .regular: return Int(clamping: status.size)
        case .directory: throw .kind("a folder")
        case .fifo where takesPipes:
            // From here on a read waits for the pipe's writer.
            _ = fcntl(descriptor.rawValue, F_SETFL, fcntl(descriptor.rawValue, F_GETFL) & ~O_NONBLOCK)
            return 0
        case .fifo: throw .kind("a pipe")
        case .socket: throw .kind("a socket")
        default: throw .kind("a device")
        }
    }
}
