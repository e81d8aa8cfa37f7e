import Avatarium
import AvatariumCore
import Foundation
import RenderChild
import Testing

private let program = ".build/release/avatarium"
private let isProgramBuilt = FileManager.default.isExecutableFile(atPath: program)

/// Render children of the built program; without it the suite says so.
@Suite(.enabled(if: isProgramBuilt, "the program avatarium is not built beside the tests"))
struct RenderWorkerPoolTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("avatarium-\(UUID())")
        .path

    private func pool(slots: Int = 1) throws -> RenderWorkerPool {
        var settings = RenderWorkerPool.Settings(
            executable: URL(fileURLWithPath: program).standardized.path, workFolder: folder, slots: slots
        )
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
}
