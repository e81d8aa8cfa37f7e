import Avatarium
import AvatariumCore
import Foundation
import RenderChild
import Testing

/// Children that never draw: these need neither GL nor the built program.
struct ChildStartTests {
    @Test func `a program that cannot be started is E081`() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("avatarium-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let pool = try RenderWorkerPool(
            RenderWorkerPool.Settings(executable: "/nowhere/avatarium", workFolder: folder, slots: 1))
        do {
            try await pool.withWorker(trusted: true) { _ in }
            Issue.record("started")
        } catch let error as AvatariumError {
            #expect(error.code == .hostRequirementMissing)
            #expect(error.context["path"] == "/nowhere/avatarium")
        }
    }

    @Test func `a bus error on a full disk is the disk's fault and not the input's`() {
        let full = RenderWorker.death(.signalled(SIGBUS), "", folder: "/work", freeBytes: 0)
        #expect((full.code, full.systemError) == (.outputNotWritable, .noSpace))
        // Children that a signal ends are counted against an avatar by this.
        #expect(full.context["signal"] == nil)
        for (end, free) in [(SIGBUS, 1 << 30), (SIGSEGV, 0), (SIGKILL, 0)] {
            let killed = RenderWorker.death(.signalled(end), "", folder: "/work", freeBytes: free)
            #expect((killed.code, killed.context["signal"]) == (.internalError, "\(end)"))
        }
    }

    @Test func `an error crosses the process boundary with the system's reason and its scope`() throws {
        for error in [
            AvatariumError(.outputNotWritable, "the disk is full; free some space", systemError: .noSpace),
            AvatariumError(.internalError, "stopped; try again", scope: .run, retryAfter: 5),
            AvatariumError(.validationError, "no; yes", context: ["field": "size"]),
        ] {
            let sent = try JSONEncoder().encode(RenderFailure(error))
            let received = try JSONDecoder().decode(RenderFailure.self, from: sent).error
            #expect((received.code, received.message) == (error.code, error.message))
            #expect((received.systemError, received.scope) == (error.systemError, error.scope))
            #expect((received.context, received.retryAfter) == (error.context, error.retryAfter))
        }
    }
}
