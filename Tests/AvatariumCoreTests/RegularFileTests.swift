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
        #expect(failure(folder + "\0/none")?.systemError == .invalidArgument)
    }
}
