import AvatariumCore
import Glibc

/// One end of a Unix stream socket between two processes: blocking, with a deadline for each read.
final class ProcessStream: Sendable {
    /// The other side closed its end or died, or this side was shut down.
    struct Ended: Error {}
    /// Nothing came before the deadline.
    struct TimedOut: Error {}

    let descriptor: Int32

    /// - Parameter descriptor: A socket, closed with the stream.
    init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Returns two connected ends, which other programs do not inherit.
    static func pair() throws(Errno) -> (ours: ProcessStream, theirs: ProcessStream) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw Errno(rawValue: errno) }
        return (ProcessStream(descriptor: ends[0]), ProcessStream(descriptor: ends[1]))
    }

    /// Sends all bytes; waits while the other side's buffer is full.
    func send(_ bytes: [UInt8]) throws(Ended) {
        var rest = bytes[...]
        while !rest.isEmpty {
            // No SIGPIPE where the other side has died.
            let sent = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if sent < 0, errno == EINTR { continue }
            guard sent > 0 else { throw Ended() }
            rest = rest.dropFirst(sent)
        }
    }

    /// Sends one byte with a copy of a stream's end (SCM_RIGHTS, unix(7)).
    func send(end stream: ProcessStream) throws(Ended) {
        // A cmsghdr of 16 bytes, then the descriptor, filled up to 8 bytes: CMSG_SPACE(4) on 64-bit Linux.
        var control = [Int32](repeating: 0, count: 6)
        let length = MemoryLayout<cmsghdr>.size + MemoryLayout<Int32>.size
        let sent = control.withUnsafeMutableBytes { space in
            space.storeBytes(of: length, as: Int.self)
            space.storeBytes(of: SOL_SOCKET, toByteOffset: 8, as: Int32.self)
            space.storeBytes(of: Int32(SCM_RIGHTS), toByteOffset: 12, as: Int32.self)
            space.storeBytes(of: stream.descriptor, toByteOffset: 16, as: Int32.self)
            var byte: UInt8 = 1
            return withUnsafeMutablePointer(to: &byte) { pointer in
                var vector = iovec(iov_base: pointer, iov_len: 1)
                return withUnsafeMutablePointer(to: &vector) { vector in
                    var message = msghdr()
                    message.msg_iov = vector
                    message.msg_iovlen = 1
                    message.msg_control = space.baseAddress
                    message.msg_controllen = space.count
                    return sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL))
                }
            }
        }
        guard sent == 1 else { throw Ended() }
    }

    /// Appends what has come, at least one byte.
    /// - Throws: `Ended`, `TimedOut`.
    func receive(into buffer: inout [UInt8], by deadline: ContinuousClock.Instant) throws {
        while true {
            let left = deadline - ContinuousClock.now
            guard left > .zero else { throw TimedOut() }
            var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&wait, 1, Int32(min(60_000, max(1, left / .milliseconds(1))))) > 0 else { continue }
            let start = buffer.count
            buffer.append(contentsOf: repeatElement(0, count: Self.chunk))
            let got = buffer.withUnsafeMutableBytes {
                recv(descriptor, $0.baseAddress?.advanced(by: start), Self.chunk, 0)
            }
            let problem = errno
            buffer.removeLast(Self.chunk - max(0, got))
            if got < 0, problem == EINTR { continue }
            guard got > 0 else { throw Ended() }
            return
        }
    }

    private static let chunk = 1 << 16

    /// Ends the stream for both sides; whoever waits for it gets `Ended`. May be called by any thread.
    func shutDown() { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }
}

/// Reads a stream in pieces of known length, or in lines.
struct StreamReader {
    private let stream: ProcessStream
    private var buffer: [UInt8] = []
    private var start = 0

    init(_ stream: ProcessStream) { self.stream = stream }

    /// Returns the next `count` bytes.
    /// - Throws: `ProcessStream.Ended`, `ProcessStream.TimedOut`.
    mutating func bytes(_ count: Int, by deadline: ContinuousClock.Instant) throws -> ArraySlice<UInt8> {
        compact()
        while buffer.count - start < count { try stream.receive(into: &buffer, by: deadline) }
        start += count
        return buffer[start - count..<start]
    }

    /// Returns the next line without its end.
    /// - Throws: `ProcessStream.Ended`, also for a line of more than `limit` bytes; `ProcessStream.TimedOut`.
    mutating func line(limit: Int, by deadline: ContinuousClock.Instant) throws -> ArraySlice<UInt8> {
        compact()
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { start = end + 1 }
                return buffer[start..<end]
            }
            searched = buffer.count
            guard buffer.count - start <= limit else { throw ProcessStream.Ended() }
            try stream.receive(into: &buffer, by: deadline)
        }
    }

    private mutating func compact() {
        guard start > 1 << 16 || start == buffer.count else { return }
        buffer.removeFirst(start)
        start = 0
    }
}
