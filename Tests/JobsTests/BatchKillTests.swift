import Avatarium
import Foundation
import Testing

/// The real program, killed with -9 at random moments and started again until it is done.
@Suite(.serialized)
struct BatchKillTests {
    private func start(_ folder: BatchFolder) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(BatchFolder.program))
        process.arguments = ["batch", folder.jobsFile, "-o", folder.clips, "--jobs", "2"]
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    /// Every name in the folder is a final one, and what is under it is whole.
    private func checkWhole(_ folder: BatchFolder, _ frames: [String: Int]) throws {
        guard FileManager.default.fileExists(atPath: folder.clips) else { return }
        for name in try folder.names() where name != "results.jsonl" {
            let expected = try #require(frames[name], "\(name) is no final name")
            #expect(try MediaProbe.read(path: "\(folder.clips)/\(name)").video?.frameCount == expected)
        }
    }

    @Test func killedAtAnyMomentItFinishesTheRestAndShowsNoHalfClip() throws {
        let lines = (0..<4).map {
            #"{"id": "c\#($0)", "text": "This is clip number \#($0).", "size": "160x90"}"#
        }
        let undisturbed = try BatchFolder()
        try undisturbed.write(lines)
        let reference = try start(undisturbed)
        reference.waitUntilExit()
        #expect(reference.terminationStatus == 0)
        let expected = try undisturbed.digests()
        #expect(expected.count == 4)
        var frames: [String: Int] = [:]
        for result in try undisturbed.results() { frames["\(result.id).mp4"] = result.frames }

        let folder = try BatchFolder()
        try folder.write(lines)
        var random = SeededGenerator(seed: 9)
        var kills = 0
        while true {
            let process = try start(folder)
            // The first runs die early and the later ones live longer, so that it ends.
            let seconds = Double.random(in: 0.05...0.5, using: &random) + 0.05 * Double(kills)
            Thread.sleep(forTimeInterval: seconds)
            let alive = process.isRunning
            if alive { kill(process.processIdentifier, SIGKILL) }
            process.waitUntilExit()
            try checkWhole(folder, frames)
            if !alive {
                #expect(process.terminationStatus == 0)
                break
            }
            kills += 1
            try #require(kills < 60, "it makes no progress")
        }
        #expect(kills > 2)
        #expect(try folder.digests() == expected)
        #expect(try folder.names() == Set(frames.keys).union(["results.jsonl"]))
        #expect(try folder.leftovers() == [])
    }
}
