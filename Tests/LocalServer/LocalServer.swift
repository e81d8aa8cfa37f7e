import Glibc
import Synchronization

/// An HTTP server on a port of the system's choice that gives prepared answers, one a connection.
package final class LocalServer: Sendable {
    package struct Answer: Sendable {
        package var status = 200
        package var headers: [String: String] = [:]
        package var body = ""
        /// Bytes of the body that are sent before the connection is closed; nil is all.
        package var cut: Int?
        /// The request is never answered.
        package var silent = false
        /// The `Content-Length` where it is not the body's.
        package var length: Int?
        /// The body is sent again and again, without a length, until the client goes.
        package var endless = false
        /// The body in pieces, sent one after another instead of `body`; making one may wait.
        package var pieces: [@Sendable () -> String] = []

        package init(
            status: Int = 200, headers: [String: String] = [:], body: String = "", cut: Int? = nil,
            silent: Bool = false, length: Int? = nil, endless: Bool = false
        ) {
            self.status = status
            self.headers = headers
            self.body = body
            self.cut = cut
            self.silent = silent
            self.length = length
            self.endless = endless
        }
    }

    package struct Request: Sendable {
        /// The request line and the headers.
        package var head: String
        package var body: String
    }

    private struct State {
        var requests: [Request] = []
        /// Connections that are never answered, open until the server stops.
        var silent: [Int32] = []
        var stopped = false
    }

    private let listener: Int32
    package let url: String
    private let state = Mutex(State())
    private let answer: @Sendable (Int, Request) -> Answer

    /// - Parameter answer: the answer to a request, given how many came before it.
    package init(_ answer: @escaping @Sendable (Int, Request) -> Answer) throws {
        self.answer = answer
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let port: UInt16? = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard bind(descriptor, address, size) == 0, listen(descriptor, 128) == 0,
                    getsockname(descriptor, address, &size) == 0
                else { return nil }
                return 1
            }
        }
        guard port != nil else { throw Failure() }
        url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        Self.startThread { [self] in serve() }
    }

    struct Failure: Error {}

    package var requests: [Request] { state.withLock { $0.requests } }

    package func stop() {
        state.withLock { $0.stopped = true }
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func serve() {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else {
                // A client that is gone before it was taken, or descriptors that others hold for a moment.
                if !state.withLock(\.stopped), [EINTR, ECONNABORTED, EMFILE, ENFILE].contains(errno) {
                    usleep(10_000)
                    continue
                }
                break
            }
            // Children of other tests must not keep it open.
            _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
            // Each on a thread of its own: a client may open a connection and send on another.
            Self.startThread { [self] in handle(connection) }
        }
        for connection in state.withLock({ state in
            state.stopped = true
            return state.silent
        }) { close(connection) }
        close(listener)
    }

    private func handle(_ connection: Int32) {
        guard let request = Self.read(connection) else {
            close(connection)
            return
        }
        let index = state.withLock { state in
            state.requests.append(request)
            return state.requests.count - 1
        }
        let answer = self.answer(index, request)
        if answer.silent {
            let isOver = state.withLock { state in
                if !state.stopped { state.silent.append(connection) }
                return state.stopped
            }
            if isOver { close(connection) }
            return
        }
        let body = Array(answer.body.utf8)
        var text = "HTTP/1.1 \(answer.status) Status\r\n"
        if !answer.endless, answer.pieces.isEmpty {
            text += "Content-Length: \(answer.length ?? body.count)\r\n"
        }
        for (name, value) in answer.headers { text += "\(name): \(value)\r\n" }
        text += "Content-Type: application/json\r\nConnection: close\r\n\r\n"
        var goes = Self.write(connection, Array(text.utf8) + body.prefix(answer.cut ?? body.count))
        while answer.endless, goes { goes = Self.write(connection, body) }
        for piece in answer.pieces where goes { goes = Self.write(connection, Array(piece().utf8)) }
        close(connection)
    }

    private final class Work {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private static func startThread(_ run: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(Work(run)).toOpaque())
        pthread_detach(thread)
    }

    /// Whether all of it was sent.
    private static func write(_ connection: Int32, _ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    private static func read(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes += buffer.prefix(count)
            let text = String(decoding: bytes, as: UTF8.self)
            guard let end = text.firstRange(of: "\r\n\r\n") else { continue }
            let head = String(text[..<end.lowerBound])
            let length =
                head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
                .flatMap { Int($0.split(separator: ":")[1].filter { !$0.isWhitespace }) } ?? 0
            let body = String(text[end.upperBound...])
            if body.utf8.count >= length { return Request(head: head, body: body) }
        }
    }
}
