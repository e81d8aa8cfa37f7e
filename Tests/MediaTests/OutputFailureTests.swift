import AvatariumCore
import Foundation
import Media
import Testing

@Suite struct OutputFailureTests {
    private let scratch = Scratch()

    private func live(_ descriptor: Int32) -> ClipWriterOptions {
        var options = ClipWriterOptions(
            format: .fragmentedMP4, path: "-", width: 320, height: 180, audioSampleRate: 22050)
        options.standardOutput = descriptor
        return options
    }

    private func failure(_ body: () throws -> Void) -> AvatariumError? {
        do {
            try body()
            return nil
        } catch { return error as? AvatariumError }
    }

    @Test func fragmentsOnStandardOutputPlay() throws {
        let path = scratch["live.mp4"]
        let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
        try ClipFixture.write(live(descriptor), count: 75)
        close(descriptor)
        var times: [Double] = []
        try MediaProbe.decodeVideo(path: path) { seconds, _ in times.append(seconds) }
        #expect(times.count == 75)
        #expect(zip(times, times.dropFirst()).allSatisfy { abs($1 - $0 - 1.0 / 30) < 0.001 })
        let audio = try AudioDecoder.decode(path: path)
        let start = try MediaProbe.audioStartSeconds(path: path)
        #expect(abs(start - times[0]) < 1.0 / 30)
        // libav decodes the encoder's delay of a fragmented file too, and presents it before 0.
        #expect(abs(start + audio.durationSeconds - 2.5) < 1.0 / 30)
    }

    @Test func aReaderThatGoesIsAnErrorAndNotADeath() throws {
        var ends: [Int32] = [0, 0]
        pipe(&ends)
        close(ends[0])
        let error = failure { try ClipFixture.write(live(ends[1]), count: 75) }
        close(ends[1])
        #expect(error?.code == .outputNotWritable)
        #expect(error?.context["errno"] == "\(EPIPE)")
    }

    @Test func aFullDeviceIsAnError() throws {
        let full = open("/dev/full", O_WRONLY)
        let error = failure { try ClipFixture.write(live(full), count: 75) }
        close(full)
        #expect(error?.code == .outputNotWritable)
        #expect(error?.context["errno"] == "\(ENOSPC)")
    }

    /// Whether this process may mount a file system.
    private static let canMount: Bool = {
        guard geteuid() == 0 else { return false }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("mount-\(UUID())").path
        guard mkdir(folder, 0o700) == 0 else { return false }
        defer { rmdir(folder) }
        guard mount("tmpfs", folder, "tmpfs", 0, "size=64k") == 0 else { return false }
        return umount2(folder, 2) == 0
    }()

    /// On a small file system, which only root can mount.
    @Test(
        .enabled(
            if: Self.canMount, "mounts a small file system, which needs root and a host that permits it"),
        arguments: [
            ("clip.mov", "256k"), ("frames/%05d.png", "256k"), ("%05d.png", "256k"), ("talk.m3u8", "32k"),
        ])
    func aFullDiskLeavesNothingBehind(name: String, size: String) throws {
        let disk = scratch["disk"]
        mkdir(disk, 0o700)
        try #require(mount("tmpfs", disk, "tmpfs", 0, "size=" + size) == 0)
        defer { umount2(disk, 2) }
        let options = ClipWriterOptions(
            format: try ClipFormat(path: name), path: disk + "/" + name, width: 320, height: 180,
            audioSampleRate: 22050)
        let error = failure { try ClipFixture.write(options, count: 90) }
        #expect(error?.code == .outputNotWritable)
        #expect(error?.context["errno"] == "\(ENOSPC)")
        #expect(error?.message.contains("free some space") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk).isEmpty)
    }

    /// A folder that is a volume of its own, as in containers: nothing can be renamed into it from beside it.
    @Test(
        .enabled(
            if: Self.canMount, "mounts a small file system, which needs root and a host that permits it"))
    func framesGoToTheRootOfAVolume() throws {
        let disk = scratch["disk"]
        mkdir(disk, 0o700)
        try #require(mount("tmpfs", disk, "tmpfs", 0, "size=1m") == 0)
        defer { umount2(disk, 2) }
        let options = ClipWriterOptions(
            format: .pngSequence, path: disk + "/%03d.png", width: 32, height: 32, audioSampleRate: 16000)
        try ClipFixture.write(options, count: 2)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: disk).sorted() == [
                "000.png", "001.png", "audio.wav",
            ])
        #expect(scratch.names == ["disk"])
    }

    @Test func aFolderThatWasThereStaysTheSame() throws {
        let folder = scratch["frames"]
        mkdir(folder, 0o700)
        chmod(folder, 0o2775)
        var (before, after) = (stat(), stat())
        stat(folder, &before)
        try ClipFixture.write(
            ClipWriterOptions(format: .pngSequence, path: folder + "/%03d.png", width: 32, height: 32),
            count: 2)
        stat(folder, &after)
        #expect(after.st_ino == before.st_ino && after.st_mode == before.st_mode)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["000.png", "001.png"])
    }

    @Test(
        .enabled(
            if: Self.canMount, "mounts a small file system, which needs root and a host that permits it"))
    func segmentsThatWereThereStayWhereTheDiskIsFull() throws {
        let disk = scratch["disk"]
        mkdir(disk, 0o700)
        try #require(mount("tmpfs", disk, "tmpfs", 0, "size=64k") == 0)
        defer { umount2(disk, 2) }
        func options(_ side: Int) throws -> ClipWriterOptions {
            ClipWriterOptions(
                format: try ClipFormat(path: "talk.m3u8"), path: disk + "/talk.m3u8", width: side,
                height: side,
                audioSampleRate: 16000)
        }
        func contents() throws -> [String: Data] {
            let names = try FileManager.default.contentsOfDirectory(atPath: disk)
            return try Dictionary(
                uniqueKeysWithValues: names.map {
                    ($0, try Data(contentsOf: URL(fileURLWithPath: disk + "/" + $0)))
                })
        }
        try ClipFixture.write(options(32), count: 5)
        let before = try contents()
        #expect(before.keys.sorted() == ["talk.m3u8", "talk_00000.m4s", "talk_init.mp4"])
        #expect(failure { try ClipFixture.write(options(640), count: 90) }?.code == .outputNotWritable)
        #expect(try contents() == before)
    }

    @Test func aFileThatWasThereStaysUntilTheNewOneIsWhole() throws {
        let path = scratch["clip.mp4"]
        try Data("old".utf8).write(to: URL(fileURLWithPath: path))
        let options = ClipWriterOptions(format: .mp4, path: path, width: 64, height: 64)
        let writer = try ClipWriter(options)
        try writer.write(frame: ClipFixture.picture(0, width: 64, height: 64))
        writer.cancel()
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data("old".utf8))
        try ClipFixture.write(options, count: 2)
        #expect(try MediaProbe.read(path: path).video?.codec == "h264")
        #expect(scratch.names == ["clip.mp4"])
    }

    @Test(arguments: ["clip.mp4", "clip.mov", "clip.webm", "frames/%03d.png"])
    func twoWritersOfOneNameBothMakeAWholeClipAndTheLastStays(name: String) throws {
        let options = ClipWriterOptions(
            format: try ClipFormat(path: name), path: scratch[name], width: 64, height: 64,
            audioSampleRate: 16000)
        // The third begins when the first has ended, and finds the first's place free.
        let (long, short) = (try ClipWriter(options), try ClipWriter(options))
        func add(_ count: Int, to writer: ClipWriter) throws {
            for i in 0..<count {
                try writer.write(frame: ClipFixture.picture(i, width: 64, height: 64))
                try writer.write(audio: [Float](repeating: 0, count: 534))
            }
        }
        try add(3, to: long)
        try add(2, to: short)
        try add(4, to: long)
        #expect(try long.finish().frameCount == 7)
        try expect(7, options)
        let third = try ClipWriter(options)
        try add(1, to: short)
        try add(5, to: third)
        #expect(try short.finish().frameCount == 3)
        try expect(3, options, meanwhile: [".frames.partial"])
        #expect(try third.finish().frameCount == 5)
        try expect(5, options)
        #expect(scratch.names.count == 1)
    }

    /// - Parameter meanwhile: what another writer has in the folder.
    private func expect(_ frames: Int, _ options: ClipWriterOptions, meanwhile: [String] = []) throws {
        if options.format == .pngSequence {
            let names = try FileManager.default.contentsOfDirectory(atPath: scratch["frames"]).sorted()
            #expect(names == meanwhile + (0..<frames).map { "00\($0).png" } + ["audio.wav"])
        } else {
            var count = 0
            try MediaProbe.decodeVideo(path: options.path) { _, _ in count += 1 }
            #expect(count == frames)
        }
    }

    @Test func whatAKilledWriterLeftIsTakenOver() throws {
        try Data(repeating: 7, count: 1 << 20).write(to: URL(fileURLWithPath: scratch["clip.mov.partial"]))
        mkdir(scratch["frames.partial"], 0o700)
        try Data("old".utf8).write(to: URL(fileURLWithPath: scratch["frames.partial/009.png"]))
        for name in ["clip.mov", "frames/%03d.png"] {
            let options = ClipWriterOptions(
                format: try ClipFormat(path: name), path: scratch[name], width: 64, height: 64)
            let info = try ClipFixture.write(options, count: 2)
            if name == "clip.mov" {
                let size = try FileManager.default.attributesOfItem(atPath: scratch[name])[.size] as? Int
                #expect(size == info.byteCount)
            }
        }
        #expect(scratch.names == ["clip.mov", "frames"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch["frames"]).count == 2)
    }

    @Test func namesThatAreNotOursAreLeftAlone() throws {
        mkdir(scratch["clip.mov.partial"], 0o700)
        symlink("/dev/null", scratch["clip.mov.1.partial"])
        try ClipFixture.write(
            ClipWriterOptions(format: .mov, path: scratch["clip.mov"], width: 64, height: 64), count: 1)
        #expect(scratch.names == ["clip.mov", "clip.mov.1.partial", "clip.mov.partial"])
    }

    @Test func devicesAndFoldersAreNotReplaced() throws {
        mkdir(scratch["folder.mp4"], 0o700)
        for path in ["/dev/null", scratch["folder.mp4"]] {
            let error = failure {
                _ = try ClipWriter(ClipWriterOptions(format: .mp4, path: path, width: 64, height: 64))
            }
            #expect(error?.code == .outputNotWritable)
            #expect(error?.context["rule"] == "not-a-file")
        }
    }

    @Test func aClipWithoutFramesIsRefusedAndRemoved() throws {
        let writer = try ClipWriter(
            ClipWriterOptions(format: .mp4, path: scratch["none.mp4"], width: 64, height: 64))
        #expect(failure { _ = try writer.finish() }?.code == .invalidConfig)
        #expect(scratch.names.isEmpty)
    }

    @Test func aShorterSequenceTakesTheFramesOfALongerOneAway() throws {
        let options = ClipWriterOptions(
            format: .pngSequence, path: scratch["frames/%03d.png"], width: 32, height: 32,
            audioSampleRate: 16000)
        try ClipFixture.write(options, count: 5)
        try ClipFixture.write(options, count: 3)
        let names = try FileManager.default.contentsOfDirectory(atPath: scratch["frames"]).sorted()
        #expect(names == ["000.png", "001.png", "002.png", "audio.wav"])
        #expect(scratch.names == ["frames"])
    }
}
