import Foundation

/// The kernel's queue of what was written to a server and that the server has not taken.
///
/// libavformat opens its connections by itself and does not say which they are; they are found by the port that they lead to.
struct SendQueue {
    private let sockets: [Int32]

    /// - Parameter port: Of the server.
    init(toPort port: Int) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        sockets = names.compactMap(Int32.init).filter { Self.peerPort($0) == port }
    }

    /// Bounds the queue, which by itself grows to megabytes: minutes of a stream that nobody takes.
    func limit(bytes: Int) {
        var size = Int32(clamping: bytes)
        for socket in sockets {
            setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
    }

    /// Bytes that the server's machine has not acknowledged.
    var waitingBytes: Int {
        sockets.reduce(0) { sum, socket in
            var count: Int32 = 0
            // SIOCOUTQ (tcp(7)) is TIOCOUTQ.
            return ioctl(socket, UInt(TIOCOUTQ), &count) == 0 ? sum + Int(count) : sum
        }
    }

    /// The port that a TCP connection leads to; nil for any other descriptor.
    private static func peerPort(_ socket: Int32) -> Int? {
        var kind: Int32 = 0
        var kindLength = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(socket, SOL_SOCKET, SO_TYPE, &kind, &kindLength) == 0,
            kind == Int32(SOCK_STREAM.rawValue)
        else { return nil }
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let isConnected = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(socket, $0, &length) == 0 }
        }
        guard isConnected else { return nil }
        return withUnsafeBytes(of: address) { bytes in
            switch Int32(address.ss_family) {
            case AF_INET: Int(UInt16(bigEndian: bytes.load(as: sockaddr_in.self).sin_port))
            case AF_INET6: Int(UInt16(bigEndian: bytes.load(as: sockaddr_in6.self).sin6_port))
            default: nil
            }
        }
    }
}
