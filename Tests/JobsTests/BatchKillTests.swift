import Avatarium
import AvatariumCore
import Foundation
import Jobs
import Media
import ProcessRunner
import Testing

/// The real program, killed with -9 at random moments and started again until it is done.
@Suite(.serialized, .enabled(if: Program.isBuilt, "the program is not built"))
struct BatchKillTests {
    private func start(_ folder: BatchFolder) throws -> Process {
        try Running(["batch", folder.jobsFile, "-o", folder.clips, "--jobs", "2"]).process
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

    /// The processes that a process has started.
    private func children(_ process: Process) -> [pid_t] {
        let path = "/proc/\(process.processIdentifier)/task/\(process.processIdentifier)/children"
        return ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: " ")
            .compactMap { pid_t($0) }
    }

    /// One line that crashed the program stopped a batch for good, at every start.
    @Test func `a line at which the process dies twice is passed over and the rest is made`() throws {
        let folder = try BatchFolder()
        let long = String(repeating: "This takes a while. ", count: 400)
        try folder.write([
            #"{"id": "poison", "text": "\#(long)", "size": "160x90"}"#, BatchFolder.lines(1)[0],
        ])
        let running = try Running(["batch", folder.jobsFile, "-o", folder.clips, "--jobs", "1"])
        var killed: Set<pid_t> = []
        // As a crash or the kernel would: the worker dies, its supervisor does not.
        while killed.count < 2, running.process.isRunning {
            for worker in children(running.process) where !killed.contains(worker) {
                guard try isMaking("poison", folder, by: worker, killed.count) else { continue }
                kill(worker, SIGKILL)
                killed.insert(worker)
            }
            usleep(20_000)
        }
        let result = running.finish()
        #expect(killed.count == 2)
        #expect(result.status == 65)
        let results = try folder.results()
        let poison = try #require(results.first { $0.id == "poison" })
        #expect(poison.status == .failed)
        #expect(poison.error?.code == "E092")
        #expect(poison.error?.message.contains("killed by signal 9") == true)
        #expect(results.contains { $0.id == "c0" && $0.status == .done })
        // It stays passed over until the line changes.
        let again = try Program.run(["batch", folder.jobsFile, "-o", folder.clips, "--jobs", "1"])
        #expect(again.status == 65)
        try folder.write([#"{"id": "poison", "text": "Short.", "size": "64x36"}"#, BatchFolder.lines(1)[0]])
        #expect(try Program.run(["batch", folder.jobsFile, "-o", folder.clips]).status == 0)
        #expect(try folder.leftovers() == [])
    }

    /// Whether a line's attempt is noted for the run of a worker that was not yet killed.
    private func isMaking(_ id: String, _ folder: BatchFolder, by worker: pid_t, _ deaths: Int) throws -> Bool
    {
        let work = folder.clips + "/.avatarium"
        let slot = BatchJob.hash(Data("\(id).mp4".utf8))
        guard let data = FileManager.default.contents(atPath: "\(work)/\(slot).attempt"),
            let attempt = try? JSONDecoder().decode(BatchAttempts.Attempt.self, from: data),
            attempt.deaths == deaths
        else { return false }
        // Its folder is there once the worker has begun it anew.
        return FileManager.default.fileExists(atPath: "\(work)/\(slot)")
    }

    @Test func `a batch that is killed as a whole counts against no line`() throws {
        let folder = try BatchFolder()
        let text = String(repeating: "This takes a while. ", count: 100)
        try folder.write([#"{"id": "long", "text": "\#(text)", "size": "64x36"}"#])
        for _ in 0..<3 {
            let running = try Running(["batch", folder.jobsFile, "-o", folder.clips])
            let slot = BatchJob.hash(Data("long.mp4".utf8))
            while !FileManager.default.fileExists(atPath: folder.clips + "/.avatarium/\(slot)"),
                running.process.isRunning
            { usleep(20_000) }
            running.signal(SIGKILL)
            _ = running.finish()
            // The worker sees that its supervisor is gone.
            while try BatchFolder.isLocked(folder.clips + "/.avatarium/\(slot).lock") { usleep(20_000) }
            let data = FileManager.default.contents(atPath: folder.clips + "/.avatarium/\(slot).attempt")
            let attempt = try data.map { try JSONDecoder().decode(BatchAttempts.Attempt.self, from: $0) }
            #expect(attempt?.deaths ?? 0 == 0)
        }
    }

    @Test func `an interrupted batch ends with its signal's status and leaves no half clip`() throws {
        let folder = try BatchFolder()
        let text = String(repeating: "This takes a while. ", count: 200)
        try folder.write([#"{"id": "long", "text": "\#(text)", "size": "160x90"}"#])
        let running = try Running(["batch", folder.jobsFile, "-o", folder.clips, "--json"])
        _ = running.nextOutput()
        running.signal(SIGTERM)
        let result = running.finish()
        #expect(result.exited && result.status == 143)
        #expect(result.error.components(separatedBy: "interrupted").count == 2)
        #expect(try folder.names().isSubset(of: ["results.jsonl"]))
        #expect(try folder.leftovers() == [])
    }

    @Test func `a batch from standard input is read by every worker from its beginning`() throws {
        let folder = try BatchFolder()
        let pipe = Pipe()
        pipe.fileHandleForWriting.write(Data((BatchFolder.lines(2).joined(separator: "\n") + "\n").utf8))
        try pipe.fileHandleForWriting.close()
        let result = try Program.run(["batch", "-", "-o", folder.clips], input: pipe.fileHandleForReading)
        #expect(result.status == 0, "\(result.error)")
        #expect(try folder.digests().count == 2)
    }
}
