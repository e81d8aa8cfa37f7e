import AvatariumCore
import Foundation
import NIOCore
import ObjectStorage
import Testing

struct FolderStoreTests {
    private let scratch: StoreContract.Scratch
    private let root: String
    private let store: FolderStore
    private var contract: StoreContract { StoreContract(store: store, scratch: scratch) }

    init() throws {
        scratch = try StoreContract.Scratch()
        root = scratch.path + "/store"
        store = try FolderStore(path: root + "/")
    }

    @Test func `what is put comes back whole, in ranges and measured`() async throws {
        try await contract.`what is put comes back whole, in ranges and measured`()
    }
    @Test func `a second put replaces the first`() async throws {
        try await contract.`a second put replaces the first`()
    }
    @Test func `an object that is not there is nil, an error, or nothing to delete`() async throws {
        try await contract.`an object that is not there is nil, an error, or nothing to delete`()
    }
    @Test func `keys of every allowed kind are kept apart`() async throws {
        try await contract.`keys of every allowed kind are kept apart`()
    }
    @Test func `a list has the order of the keys' bytes and goes on after any key`() async throws {
        try await contract.`a list has the order of the keys' bytes and goes on after any key`()
    }
    @Test func `a file that changed since it was measured is refused`() async throws {
        try await contract.`a file that changed since it was measured is refused`()
        #expect(try FileManager.default.contentsOfDirectory(atPath: root) == [".tmp"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: root + "/.tmp") == [])
    }

    @Test(arguments: [
        "", "/", "/etc/passwd", "../x", "a/../b", "a/..", "..", ".", "a/./b", ".tmp/x", "a/.hidden", "a//b",
        "a/", "/a", "a\u{0}b",
        "a\nb", "a\\..\\b", "a\u{7F}", String(repeating: "x", count: 201),
        String(repeating: "a/", count: 451) + "a",
    ])
    func `a key that could leave the folder or hide in it is refused`(text: String) {
        #expect(throws: AvatariumError.self) { try ObjectKey(text) }
    }

    @Test func `symbolic links are not followed`() async throws {
        try Data("secret".utf8).write(to: URL(fileURLWithPath: scratch.path + "/outside"))
        symlink(scratch.path + "/outside", root + "/link")
        let key = try ObjectKey("link")
        #expect(try await store.head(key) == nil)
        let error = await #expect(throws: AvatariumError.self) { _ = try await store.read(key, range: nil) }
        #expect(error?.isNoSuchObject == true)
        #expect(try await store.list(prefix: "", after: nil, limit: 10).isEmpty)
        // A put replaces the link and leaves its target alone.
        try await store.put(try await scratch.file([1]), at: key, contentType: "a/b")
        #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.path + "/outside")) == Data("secret".utf8))
    }

    @Test func `a folder is not an object`() async throws {
        try await store.put(try await scratch.file([1]), at: try ObjectKey("a/b"), contentType: "a/b")
        let folder = try ObjectKey("a")
        #expect(try await store.head(folder) == nil)
        let error = await #expect(throws: AvatariumError.self) {
            _ = try await store.read(folder, range: nil)
        }
        #expect(error?.isNoSuchObject == true)
        try await store.delete(folder)
        #expect(try await store.head(try ObjectKey("a/b")) != nil)
        #expect(try await store.head(try ObjectKey("a/b/c")) == nil)
        await #expect(throws: AvatariumError.self) {
            try await store.put(try await scratch.file([1]), at: try ObjectKey("a/b/c"), contentType: "a/b")
        }
    }

    @Test func `a reader keeps the old object while a new one is put`() async throws {
        let key = try ObjectKey("k")
        let old = StoreContract.noise(600_000)
        try await store.put(try await scratch.file(old), at: key, contentType: "a/b")
        let content = try await store.read(key, range: nil)
        var iterator = content.chunks.makeAsyncIterator()
        var bytes = Array((try await iterator.next())!.readableBytesView)
        try await store.put(try await scratch.file([9]), at: key, contentType: "a/b")
        while let chunk = try await iterator.next() { bytes += chunk.readableBytesView }
        #expect(bytes == old)
    }

    @Test func `puts and deletes of neighbours at the same time all succeed`() async throws {
        let file = try await scratch.file([1])
        let store = store
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<4 {
                group.addTask {
                    for _ in 0..<50 {
                        let key = try ObjectKey("x/y/\(task)")
                        try await store.put(file, at: key, contentType: "a/b")
                        try await store.delete(key)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: root) == [".tmp"])
    }

    @Test func `the last delete removes empty folders and nothing else`() async throws {
        let file = try await scratch.file([1])
        for key in ["a/b/c", "a/d"] { try await store.put(file, at: try ObjectKey(key), contentType: "a/b") }
        try await store.delete(try ObjectKey("a/b/c"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: root + "/a") == ["d"])
        try await store.delete(try ObjectKey("a/d"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: root) == [".tmp"])
    }

    @Test func `uploads that a crash left behind are removed when they are old`() async throws {
        let path = root + "/.tmp/left"
        try Data([1]).write(to: URL(fileURLWithPath: path))
        #expect(try await store.removePartialUploads(olderThan: .seconds(3600)) == 0)
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -7200)], ofItemAtPath: path)
        #expect(try await store.removePartialUploads(olderThan: .seconds(3600)) == 1)
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `a folder has no download URL of its own`() async throws {
        #expect(
            try await store.downloadURL(for: try ObjectKey("a"), filename: nil, expires: .seconds(60)) == nil)
    }

    @Test func `a store without a folder's name is refused`() {
        let error = #expect(throws: AvatariumError.self) { try FolderStore(path: "") }
        #expect(error?.code == .invalidConfig)
    }

    @Test func `a folder that cannot be made names the path`() throws {
        try Data([1]).write(to: URL(fileURLWithPath: scratch.path + "/file"))
        let error = #expect(throws: AvatariumError.self) {
            try FolderStore(path: scratch.path + "/file/store")
        }
        #expect(error?.code == .outputNotWritable && error?.context["path"]?.contains("/file/store") == true)
    }

    @Test(.enabled(if: geteuid() == 0, "mounts a small file system, which needs root"))
    func `a full disk is told apart, leaves nothing behind, and is recovered from`() async throws {
        let small = scratch.path + "/small"
        try FileManager.default.createDirectory(atPath: small, withIntermediateDirectories: true)
        try #require(mount("tmpfs", small, "tmpfs", 0, "size=256k") == 0)
        defer { umount2(small, Int32(MNT_DETACH)) }
        let store = try FolderStore(path: small)
        let key = try ObjectKey("big")
        let error = await #expect(throws: AvatariumError.self) {
            try await store.put(
                try await scratch.file(StoreContract.noise(1_000_000)), at: key, contentType: "a/b")
        }
        #expect(error?.isStorageFull == true && error?.code == .outputNotWritable)
        #expect(try FileManager.default.contentsOfDirectory(atPath: small + "/.tmp") == [])
        try await store.put(try await scratch.file([1]), at: key, contentType: "a/b")
        #expect(try await store.head(key)?.length == 1)
    }

    @Test func `a writer that is dropped removes its file`() async throws {
        let path = scratch.path + "/partial"
        do {
            let writer = try LocalFileWriter(path: path)
            try await writer.write(ByteBuffer(bytes: [1, 2]))
            #expect(FileManager.default.fileExists(atPath: path))
        }
        // The thread that wrote last may hold it for a moment longer.
        for _ in 0..<200 where FileManager.default.fileExists(atPath: path) {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}
