import Avatarium
import AvatariumCore
import Foundation
import ProcessRunner
import RenderChild
import Synchronization
import Testing

/// Render children of the program beside the tests; without it the suite says so.
@Suite(.enabled(if: Program.isBuilt, "the program avatarium is not built beside the tests"))
struct RenderWorkerPoolTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("avatarium-\(UUID())")
        .path

    private func pool(slots: Int = 1) throws -> RenderWorkerPool {
        var settings = RenderWorkerPool.Settings(
            executable: try #require(Program.path), workFolder: folder, slots: slots)
        settings.programs = [FileManager.default.currentDirectoryPath + "/.build"]
        return try RenderWorkerPool(settings)
    }

    private func request(_ worker: RenderWorker, _ name: String = "clip.mp4") -> ClipRequest {
        var request = ClipRequest(text: "Hi.", output: "\(worker.folder)/\(name)")
        request.look.size = ImageSize(width: 64, height: 36)
        return request
    }

    @Test func `a child makes a clip with captions and curves, and is used again`() async throws {
        let pool = try pool()
        for _ in 0..<2 {
            let (report, sizes, protections) = try await pool.withWorker(trusted: true) { worker in
                let names = ["clip.mp4", "clip.vtt", "clip.json"].map { "\(worker.folder)/\($0)" }
                let report = try await worker.clip(request(worker), captions: names[1], curves: names[2])
                let sizes = names.map { FileManager.default.contents(atPath: $0)?.count ?? 0 }
                return (report, sizes, worker.protections)
            }
            #expect(report.frames > 5)
            #expect(sizes.allSatisfy { $0 > 20 }, "\(sizes)")
            #expect(protections.contains("limits"))
        }
        await pool.close()
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: "\(folder)/slot-0").filter {
                $0.hasPrefix("clip")
            } == [])
    }

    @Test func `a child cannot write outside its folder or read files of the server`() async throws {
        let pool = try pool()
        let outside = FileManager.default.temporaryDirectory.appendingPathComponent("outside-\(UUID()).mp4")
            .path
        await #expect(throws: AvatariumError.self) {
            try await pool.withWorker(trusted: false) { worker in
                guard worker.folder != outside else { return }
                var request = request(worker)
                request.output = outside
                _ = try await worker.clip(request)
            }
        }
        #expect(!FileManager.default.fileExists(atPath: outside))
        await pool.close()
    }

    @Test func `a bad request is the child's error with its code, and the child goes on`() async throws {
        let pool = try pool()
        let error = await #expect(throws: AvatariumError.self) {
            try await pool.withWorker(trusted: true) { worker in
                var request = request(worker)
                request.avatar = "nobody"
                _ = try await worker.clip(request)
            }
        }
        #expect(error?.code == .avatarNotFound)
        let report = try await pool.withWorker(trusted: true) { try await $0.clip(request($0)) }
        #expect(report.frames > 5)
        await pool.close()
    }

    @Test func `a job past its deadline ends with E005`() async throws {
        let pool = try pool()
        _ = try await pool.withWorker(trusted: true) { try await $0.clip(request($0)) }
        let error = await #expect(throws: AvatariumError.self) {
            try await pool.withWorker(trusted: true) { worker in
                var request = request(worker)
                request.text = String(repeating: "A long text that goes on and on. ", count: 400)
                _ = try await worker.clip(request, deadlineSeconds: 0.5)
            }
        }
        #expect(error?.code == .timeout)
        await pool.close()
    }

    @Test func `a cancelled job ends and its slot serves the next`() async throws {
        let pool = try pool()
        let job = Task {
            try await pool.withWorker(trusted: true) { worker in
                var request = request(worker)
                request.text = String(repeating: "A long text that goes on and on. ", count: 400)
                return try await worker.clip(request).frames
            }
        }
        try await Task.sleep(for: .milliseconds(800))
        job.cancel()
        await #expect(throws: (any Error).self) { try await job.value }
        let report = try await pool.withWorker(trusted: true) { try await $0.clip(request($0)) }
        #expect(report.frames > 5)
        await pool.close()
    }

    @Test func `a clip that is too long is refused before a frame is drawn, whatever makes it so`()
        async throws
    {
        let pool = try pool()
        let frames = Mutex(0)
        let error = await #expect(throws: AvatariumError.self) {
            try await pool.withWorker(trusted: true) { worker in
                var request = request(worker)
                request.text = String(repeating: "One sentence after the other. ", count: 20)
                _ = try await worker.clip(request, terms: RenderTerms(longestSeconds: 10)) { step in
                    frames.withLock { $0 = max($0, step.frame) }
                }
            }
        }
        #expect(error?.code == .validationError)
        #expect(error?.context["rule"] == "too-long" && error?.context["field"] == "/text")
        #expect(frames.withLock { $0 } == 0)
        // What may be so long is made.
        let report = try await pool.withWorker(trusted: true) {
            try await $0.clip(request($0), terms: RenderTerms(longestSeconds: 10))
        }
        #expect(report.frames > 5)
        await pool.close()
    }

    @Test func `a test's frames are marked, and others are the same as without a service`() async throws {
        let pool = try pool()
        var digests: [String] = []
        for terms in [RenderTerms(), RenderTerms(longestSeconds: 60), RenderTerms(isMarkedAsTest: true)] {
            digests.append(
                try await pool.withWorker(trusted: true) {
                    try await $0.clip(request($0), terms: terms).digest
                })
        }
        #expect(digests[0] == digests[1])
        #expect(digests[0] != digests[2])
        await pool.close()
    }

    @Test func `a child says what was spoken elsewhere`() async throws {
        let pool = try pool()
        let second = AudioBuffer(sampleRate: 8000, samples: [Float](repeating: 0.25, count: 8000))
        let pieces = (0..<2).map { number in
            Utterance(
                audio: second,
                timeline: PhoneTimeline(
                    phones: [Phone(start: 0.1, end: 0.9, ipa: "a", wordIndex: 0)],
                    words: [Word(start: 0.1, end: 0.9, text: "word\(number)")], source: "elevenlabs"))
        }
        let (report, captions) = try await pool.withWorker(trusted: true) { worker in
            try RecordedSpeech(pieces: pieces).write(to: worker.folder)
            let captions = worker.folder + "/captions.vtt"
            let report = try await worker.clip(
                request(worker), terms: RenderTerms(speech: worker.folder), captions: captions)
            return (
                report,
                String(decoding: FileManager.default.contents(atPath: captions) ?? Data(), as: UTF8.self)
            )
        }
        #expect(report.timingSource == "elevenlabs")
        #expect((2.0...2.5).contains(report.durationSeconds))
        #expect(captions.contains("word0") && captions.contains("word1"))
        await pool.close()
    }

    @Test func `a child gives way to the process that answers`() async throws {
        let pool = try pool()
        let child = try await pool.withWorker(trusted: true) { worker in
            _ = try await worker.clip(request(worker))
            return worker.processID
        }
        // Of stat (proc(5)), the 19th field is the niceness and the 41st the policy, 3 that of SCHED_BATCH; the second, the
        // name, stands in parentheses.
        func scheduling(_ process: String) throws -> (policy: Int, niceness: Int) {
            let stat = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
            let fields = try #require(stat.split(separator: ")").last).split(separator: " ")
            return (try #require(Int(fields[38])), try #require(Int(fields[16])))
        }
        let drawing = try scheduling("\(child)")
        let answering = try scheduling("self")
        #expect(drawing.policy == 3)
        // Not SCHED_IDLE: where other programs fill every core, clips would never end.
        #expect(drawing.niceness == min(answering.niceness + 5, 19))
        #expect(answering.policy == 0)
        await pool.close()
    }

    @Test func `a child outlives the thread that asked for it`() async throws {
        let pool = try pool()
        let first = try await pool.withWorker(trusted: true) { worker in
            _ = try await worker.clip(request(worker))
            return worker.processID
        }
        // Threads of Swift's pool end after five idle seconds, and took the child with them.
        try await Task.sleep(for: .seconds(8))
        let second = try await pool.withWorker(trusted: true) { worker in
            _ = try await worker.clip(request(worker))
            return worker.processID
        }
        #expect(first == second)
        await pool.close()
    }
}
