import AvatariumCore
import Foundation
import Testing

@Suite struct RegularFileTests {
    private let folder = FileManager.default.temporaryDirectory.appending(
        path: "avatarium-\(UUID().uuidString)"
    ).path

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private func failure(_ path: String, limit: Int = 100) -> RegularFile.Failure? {
        do throws(RegularFile.Failure) {
            _ = try RegularFile.read(path, limit: limit)
            return nil
        } catch { return error }
    }

    @Test func `a file is read whole up to its limit`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0) }
        try Data(bytes).write(to: URL(filePath: folder + "/a"))
        try Data().write(to: URL(filePath: folder + "/empty"))
        #expect(try RegularFile.read(folder + "/a", limit: 5000) == bytes)
        #expect(try RegularFile.read(folder + "/empty", limit: 0) == [])
        #expect(failure(folder + "/a", limit: 4999)?.description == "is larger than 4999 bytes")
    }

    @Test func `what is not a file is refused without waiting`() {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(mkfifo(folder + "/pipe", 0o600) == 0)
        #expect(failure(folder + "/pipe")?.description == "is a pipe, not a file")
        #expect(failure("/dev/zero")?.description == "is a device, not a file")
        #expect(failure(folder)?.systemError == .isDirectory)
        #expect(failure(folder + "/none")?.systemError == .noSuchFileOrDirectory)
        #expect(failure(folder + "/none")?.description == "does not exist")
        #expect(failure(folder + "\0/none")?.systemError == .invalidArgument)
    }

    @Test func `a socket and links in a circle are called what they are`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // The path of a socket has at most 107 bytes.
        let place = "/tmp/avatarium-\(UUID().uuidString.prefix(8))"
        let server = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un(sun_family: sa_family_t(AF_UNIX), sun_path: sockaddr_un().sun_path)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: place.utf8) }
        let isBound = withUnsafeBytes(of: &address) {
            bind(server, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t($0.count)) == 0
        }
        defer {
            close(server)
            unlink(place)
        }
        #expect(isBound)
        #expect(failure(place)?.description == "is a socket, not a file")
        for (link, target) in [("one", "two"), ("two", "one")] {
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder)/\(link)", withDestinationPath: target)
        }
        #expect(failure(folder + "/one")?.systemError == .tooManySymbolicLinkLevels)
        #expect(failure(folder + "/one")?.remedy.contains("loop") == true)
    }
}
