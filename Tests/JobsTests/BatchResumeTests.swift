import Avatarium
import AvatariumCore
import Foundation
import Jobs
import Media
import Testing

/// What is whole is not made again, and what is not whole is.
@Suite(.serialized)
struct BatchResumeTests {
    private let folder: BatchFolder
    init() throws { folder = try BatchFolder() }

    private func append(_ text: String) throws {
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.clips + "/results.jsonl"))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(text.utf8))
        try handle.close()
    }

    @Test func aSecondRunRedoesNothing() async throws {
        try folder.write(BatchFolder.lines(3))
        try await folder.run()
        let names = try folder.names().sorted()
        let before = try names.map { try folder.modified($0) }
        let digests = try folder.digests()
        let again = try await folder.run()
        #expect((again.made, again.skipped, again.failed) == (0, 3, 0))
        #expect(try names.map { try folder.modified($0) } == before)
        #expect(try folder.digests() == digests)
    }

    @Test func aTornLastLineOfResultsIsTakenAway() async throws {
        try folder.write(BatchFolder.lines(1))
        try await folder.run()
        try append(#"{"id":"c1","status":"do"#)
        try folder.write(BatchFolder.lines(2))
        let summary = try await folder.run()
        #expect((summary.made, summary.skipped) == (1, 1))
        #expect(Set(try folder.digests().keys) == ["c0", "c1"])
        let text = try String(contentsOfFile: folder.clips + "/results.jsonl", encoding: .utf8)
        #expect(text.split(separator: "\n").count == 2)
        #expect(try folder.results().count == 2)
    }

    @Test func aFolderThatIsNamedOtherwiseOrMovedIsStillDone() async throws {
        try folder.write(BatchFolder.lines(2))
        try await folder.run()
        let moved = folder.path + "/moved"
        for other in [folder.clips + "/", folder.path + "/./clips", moved] {
            if other == moved { try FileManager.default.moveItem(atPath: folder.clips, toPath: moved) }
            let summary = try await BatchRunner().run(jobsFile: folder.jobsFile, folder: other)
            #expect((summary.made, summary.skipped) == (0, 2))
        }
        let text = try String(contentsOfFile: moved + "/results.jsonl", encoding: .utf8)
        #expect(text.split(separator: "\n").count == 2)
    }

    @Test func aWholeClipWithoutItsLineIsListedAndNotMadeAgain() async throws {
        try folder.write(BatchFolder.lines(2))
        try await folder.run()
        let digests = try folder.digests()
        try FileManager.default.removeItem(atPath: folder.clips + "/results.jsonl")
        let before = try folder.modified("c0.mp4")
        let summary = try await folder.run()
        #expect((summary.made, summary.skipped) == (0, 2))
        #expect(try folder.modified("c0.mp4") == before)
        #expect(try folder.digests() == digests)
    }

    @Test func aClipThatIsGoneOrCutShortIsMadeAgain() async throws {
        try folder.write(BatchFolder.lines(3))
        try await folder.run()
        try FileManager.default.removeItem(atPath: folder.clips + "/c0.mp4")
        try Data("short".utf8).write(to: URL(fileURLWithPath: folder.clips + "/c1.mp4"))
        let summary = try await folder.run()
        #expect((summary.made, summary.skipped) == (2, 1))
        #expect(try MediaProbe.read(path: folder.clips + "/c1.mp4").video?.frameCount ?? 0 > 10)
    }

    @Test func aChangedRequestIsMadeAgainAndChangedBackToo() async throws {
        let lines = BatchFolder.lines(2)
        try folder.write(lines)
        try await folder.run()
        let first = try Data(contentsOf: URL(fileURLWithPath: folder.clips + "/c0.mp4"))
        try folder.write([lines[0].replacing("Clip 0", with: "Another"), lines[1]])
        let changed = try await folder.run()
        #expect((changed.made, changed.skipped) == (1, 1))
        try folder.write(lines)
        let back = try await folder.run()
        #expect((back.made, back.skipped) == (1, 1))
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.clips + "/c0.mp4")) == first)
    }

    @Test func framesTakeTheirFoldersPlaceAndReplaceOnlyTheirOwn() async throws {
        let line = #"{"text": "Frames.", "size": "64x36", "output": "shots/a/%03d.png"}"#
        try folder.write([line])
        #expect(try await folder.run().made == 1)
        let frames = try #require(try folder.results().last?.frames)
        let shots = folder.clips + "/shots/a"
        #expect(try FileManager.default.contentsOfDirectory(atPath: shots).count == frames + 1)
        #expect(try await folder.run().skipped == 1)
        // A shorter clip leaves no frame of the longer one.
        try folder.write([line.replacing("Frames.", with: "A.")])
        #expect(try await folder.run().made == 1)
        let fewer = try #require(try folder.results().last?.frames)
        #expect(fewer < frames)
        #expect(try FileManager.default.contentsOfDirectory(atPath: shots).count == fewer + 1)
        #expect(try folder.leftovers() == [])
    }

    @Test func framesAreWholeOnlyWithAllTheirFiles() async throws {
        try folder.write([#"{"text": "Frames.", "size": "64x36", "output": "f/%03d.png"}"#])
        try await folder.run()
        for name in ["audio.wav", "003.png"] {
            try Data().write(to: URL(fileURLWithPath: folder.clips + "/f/" + name))
            #expect(try await folder.run().made == 1)
            try FileManager.default.removeItem(atPath: folder.clips + "/f/" + name)
            #expect(try await folder.run().made == 1)
        }
        #expect(try await folder.run().skipped == 1)
    }

    @Test func aFileThatSomebodyPutBesideFramesIsNotLostWithThem() async throws {
        let line = #"{"text": "Frames.", "size": "64x36", "output": "f/%03d.png"}"#
        try folder.write([line])
        try await folder.run()
        let mine = folder.clips + "/f/mine.txt"
        try Data("mine".utf8).write(to: URL(fileURLWithPath: mine))
        #expect(try await folder.run().skipped == 1)
        try folder.write([line.replacing("Frames.", with: "A.")])
        #expect(try await folder.run().failed == 1)
        #expect(try folder.results().last?.error?.context["file"] == "mine.txt")
        #expect(FileManager.default.fileExists(atPath: mine))
        try FileManager.default.removeItem(atPath: mine)
        #expect(try await folder.run().made == 1)
    }

    @Test func aFolderOfSomebodyElseIsNotReplacedByFrames() async throws {
        let mine = folder.clips + "/mine"
        try FileManager.default.createDirectory(atPath: mine, withIntermediateDirectories: true)
        try Data("precious".utf8).write(to: URL(fileURLWithPath: mine + "/note.txt"))
        try folder.write([#"{"text": "A.", "size": "64x36", "output": "mine/%03d.png"}"#])
        #expect(try await folder.run().failed == 1)
        #expect(try folder.results().last?.error?.code == "E025")
        #expect(try FileManager.default.contentsOfDirectory(atPath: mine) == ["note.txt"])
    }

    @Test func whatAKilledRunLeftIsSweptAlsoForLinesThatAreGone() async throws {
        let orphan = folder.clips + "/.avatarium/0123456789abcdef"
        try FileManager.default.createDirectory(atPath: orphan, withIntermediateDirectories: true)
        try Data("half".utf8).write(to: URL(fileURLWithPath: orphan + "/fedcba.mp4.partial"))
        try folder.write(BatchFolder.lines(1))
        try await folder.run()
        #expect(try folder.leftovers() == [])
    }

    @Test func shardsTogetherMakeEveryClipOnce() async throws {
        try folder.write(BatchFolder.lines(5))
        var made = 0
        for i in 0..<3 {
            var options = BatchRunner.Options()
            options.shard = try #require(BatchShard("\(i)/3"))
            made += try await folder.run(options).made
        }
        #expect(made == 5)
        #expect(try folder.digests().count == 5)
    }

    @Test func twoRunsOnOneFolderShareTheWorkAndBothEndWithAllOfIt() async throws {
        try folder.write(BatchFolder.lines(6))
        async let one = folder.run()
        async let two = folder.run()
        let (a, b) = try await (one, two)
        #expect(a.made + b.made == 6)
        #expect(a.made + a.skipped + a.elsewhere == 6)
        #expect(b.made + b.skipped + b.elsewhere == 6)
        #expect(try folder.digests().count == 6)
        #expect(try folder.leftovers() == [])
    }
}
