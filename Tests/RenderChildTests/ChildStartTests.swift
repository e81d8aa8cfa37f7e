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
}
