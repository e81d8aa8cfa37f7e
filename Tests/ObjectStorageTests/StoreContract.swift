import AvatariumCore
import Foundation
import NIOCore
import ObjectStorage
import Testing

/// What every store must do, whatever stands behind it.
struct StoreContract {
    let store: any ObjectStore
    let scratch: Scratch

    /// A folder that goes with its last reference.
    final class Scratch: Sendable {
        let path: String

        init() throws {
            path = NSTemporaryDirectory() + "avatarium-store-" + UUID().uuidString
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func file(_ bytes: [UInt8]) async throws -> LocalFile {
            let name = path + "/" + UUID().uuidString
            try Data(bytes).write(to: URL(fileURLWithPath: name))
            return try await LocalFile(measuring: name)
        }
    }

    static func noise(_ count: Int) -> [UInt8] {
        var state: UInt64 = 88_172_645_463_325_252
        return (0..<count).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state)
        }
    }

    private func put(_ bytes: [UInt8], _ key: String) async throws {
        try await store.put(try await scratch.file(bytes), at: try ObjectKey(key), contentType: "video/mp4")
    }

    private func bytes(_ key: String, _ range: Range<Int>? = nil) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        let content = try await store.read(try ObjectKey(key), range: range)
        for try await chunk in content.chunks { bytes += chunk.readableBytesView }
        #expect(bytes.count == content.range.count)
        return bytes
    }

    func `what is put comes back whole, in ranges and measured`() async throws {
        for count in [0, 1, 700_000] {
            let content = Self.noise(count)
            let key = "sizes/\(count).bin"
            try await put(content, key)
            #expect(try await bytes(key) == content)
            let info = try #require(try await store.head(try ObjectKey(key)))
            #expect(info.length == count && info.key.description == key)
            #expect(abs(info.modified.timeIntervalSinceNow) < 3600)
            let copy = try await store.get(try ObjectKey(key), to: scratch.path + "/copy")
            #expect(copy.length == count)
            #expect(try copy == (await LocalFile(measuring: scratch.path + "/copy")))
            #expect(try Array(Data(contentsOf: URL(fileURLWithPath: copy.path))) == content)
        }
        let content = Self.noise(700_000)
        for range in [0..<1, 0..<700_000, 699_999..<700_000, 300_000..<600_001] {
            #expect(try await bytes("sizes/700000.bin", range) == Array(content[range]))
        }
        let key = try ObjectKey("sizes/1.bin")
        await #expect(throws: AvatariumError.self) { _ = try await store.read(key, range: 0..<2) }
        await #expect(throws: AvatariumError.self) { _ = try await store.read(key, range: 5..<6) }
    }

    func `a second put replaces the first`() async throws {
        try await put([1, 2, 3], "twice")
        try await put([4], "twice")
        #expect(try await bytes("twice") == [4])
    }

    func `an object that is not there is nil, an error, or nothing to delete`() async throws {
        let key = try ObjectKey("nowhere/at/all")
        #expect(try await store.head(key) == nil)
        try await store.delete(key)
        for attempt in [
            { _ = try await store.read(key, range: nil) },
            { _ = try await store.get(key, to: scratch.path + "/none") },
        ] as [() async throws -> Void] {
            let error = await #expect(throws: AvatariumError.self) { try await attempt() }
            #expect(error?.isNoSuchObject == true && error?.context["key"] == "nowhere/at/all")
        }
        #expect(!FileManager.default.fileExists(atPath: scratch.path + "/none"))
        try await put([1], "gone/a")
        try await store.delete(try ObjectKey("gone/a"))
        #expect(try await store.head(try ObjectKey("gone/a")) == nil)
    }

    func `keys of every allowed kind are kept apart`() async throws {
        let keys = [
            "odd/a b.mp4", "odd/a+b", "odd/a%20b", "odd/Grüße", "odd/Gru\u{308}ße", "odd/~t",
            "odd/*;=,&?#'\"<>", "odd/a..b",
            "odd/$@:!()", "odd/\u{1F600}", "odd/" + String(repeating: "x", count: 200), "odd/A", "odd/a",
        ]
        for (index, key) in keys.enumerated() { try await put([UInt8(index)], key) }
        for (index, key) in keys.enumerated() { #expect(try await bytes(key) == [UInt8(index)], "\(key)") }
        let listed = try await store.list(prefix: "odd/", after: nil, limit: 100)
        #expect(Set(listed.map { Array($0.key.description.utf8) }) == Set(keys.map { Array($0.utf8) }))
        for key in keys { try await store.delete(try ObjectKey(key)) }
        #expect(try await store.list(prefix: "odd/", after: nil, limit: 100).isEmpty)
    }

    func `a list has the order of the keys' bytes and goes on after any key`() async throws {
        let keys = ["l/a", "l/a-b", "l/a.b/c", "l/a/b", "l/a/c/d", "l/b", "l/é", "l2/a"].sorted {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
        // On a disk a name is a file or a folder.
        let places = keys.filter { $0 != "l/a" }
        for key in places { try await put([0], key) }
        let wanted = places.filter { $0.hasPrefix("l/") }
        func list(_ prefix: String, _ after: String?, _ limit: Int) async throws -> [String] {
            try await store.list(prefix: prefix, after: try after.map { try ObjectKey($0) }, limit: limit)
                .map(\.key.description)
        }
        #expect(try await list("l/", nil, 1000) == wanted)
        #expect(try await list("l", nil, 1000) == places)
        #expect(try await list("l/a/", nil, 1000) == ["l/a/b", "l/a/c/d"])
        #expect(try await list("none", nil, 1000) == [])
        for index in wanted.indices {
            #expect(try await list("l/", wanted[index], 1000) == Array(wanted[(index + 1)...]))
        }
        #expect(
            try await list("l/", "l/a/c", 1000)
                == wanted.filter { "l/a/c".utf8.lexicographicallyPrecedes($0.utf8) })
        var paged: [String] = []
        while true {
            let page = try await list("l/", paged.last, 2)
            paged += page
            if page.count < 2 { break }
        }
        #expect(paged == wanted)
    }

    func `a file that changed since it was measured is refused`() async throws {
        var file = try await scratch.file([1, 2, 3])
        file.sha256[0] ^= 1
        let key = try ObjectKey("changed")
        let wrong = file
        await #expect(throws: AvatariumError.self) { try await store.put(wrong, at: key, contentType: "a/b") }
        #expect(try await store.head(key) == nil)
        var short = try await scratch.file([1, 2, 3])
        short.length = 4
        let other = short
        await #expect(throws: AvatariumError.self) { try await store.put(other, at: key, contentType: "a/b") }
        #expect(try await store.head(key) == nil)
        try await store.check()
    }
}
