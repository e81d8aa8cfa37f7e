import AvatariumCore
import Foundation
import Media
import Testing

/// Servers that take a stream's connection and then stop reading without closing it.
@Suite struct StalledStreamTests {
    private let size = ImageSize(width: 320, height: 180)

    private func writer(_ server: StalledServer) throws -> StreamWriter {
        try StreamWriter(
            try #require(StreamTarget("rtsp://127.0.0.1:\(server.port)/live")), size: size,
            frameRate: .fps30, audioSampleRate: nil, patience: 0.3)
    }

    @Test func `a server that stops reading ends the stream before megabytes wait for it`() throws {
        let server = try StalledServer()
        defer { server.stop() }
        let writer = try writer(server)
        let error = #expect(throws: AvatariumError.self) {
            // 20 s of the stream at its highest rate: 750 kB, which the kernel would queue by itself.
            for index in 0..<600 { try writer.write(frame: noise(index)) }
        }
        #expect(error?.code == .timeout)
        #expect(error?.message.contains("start it again") == true)
        writer.cancel()
    }

    @Test func `a stream is not finished while its end waits in the kernel`() throws {
        let server = try StalledServer()
        defer { server.stop() }
        let writer = try writer(server)
        // The kernel takes these few, the server's does not.
        for index in 0..<4 { try writer.write(frame: noise(index)) }
        let error = #expect(throws: AvatariumError.self) { _ = try writer.finish() }
        #expect(error?.code == .timeout)
        writer.cancel()
    }

    /// Pictures that cannot be made small.
    private func noise(_ seed: Int) -> PixelBuffer {
        var state = UInt64(seed + 1) &* 0x9E37_79B9_7F4A_7C15
        var picture = PixelBuffer(width: size.width, height: size.height)
        for index in picture.bytes.indices {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            picture.bytes[index] = index % 4 == 3 ? 255 : UInt8(truncatingIfNeeded: state >> 56)
        }
        return picture
    }
}

/// An RTSP server (RFC 2326) that agrees to everything until RECORD and then reads nothing more.
private final class StalledServer: Sendable {
    let port: Int
    private let listener: Int32

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        // What its kernel takes for it is little.
        var room: Int32 = 4096
        setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &room, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 1) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        try #require(isListening)
        port = Int(UInt16(bigEndian: address.sin_port))
        self.listener = listener
        Thread.detachNewThread { Self.agree(listener) }
    }

    private static func agree(_ listener: Int32) {
        let client = accept(listener, nil, nil)
        var request = ""
        var byte: UInt8 = 0
        while read(client, &byte, 1) == 1 {
            request.unicodeScalars.append(Unicode.Scalar(byte))
            guard request.hasSuffix("\r\n\r\n") else { continue }
            let lines = request.split(separator: "\r\n")
            func value(_ name: String) -> String? {
                lines.first { $0.lowercased().hasPrefix(name) }?.split(separator: ":")[1].trimmingCharacters(
                    in: .whitespaces)
            }
            for _ in 0..<(value("content-length").flatMap(Int.init) ?? 0) { read(client, &byte, 1) }
            let answer =
                "RTSP/1.0 200 OK\r\nCSeq: \(value("cseq") ?? "1")\r\nSession: 1\r\n"
                + "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n"
            _ = answer.withCString { write(client, $0, strlen($0)) }
            // The connection stays open: the test's process ends with it.
            if request.hasPrefix("RECORD") { return }
            request = ""
        }
    }

    func stop() { close(listener) }
}
