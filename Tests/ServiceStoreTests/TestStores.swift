import AvatariumCore
import Foundation
import Synchronization
import Testing

import ServiceStore

/// The engines on which every test of the suite runs.
enum Engine: String, CaseIterable, CustomTestStringConvertible {
    case sqlite

    var testDescription: String { rawValue }
}

/// A clock that tests move by hand.
final class TestClock: Sendable {
    private let time = Mutex(Timestamp(milliseconds: 1_795_000_000_000))

    func now() -> Timestamp { time.withLock { $0 } }
    func advance(by duration: Duration) { time.withLock { $0 = $0 + duration } }
}

/// Runs a test on an empty store of an engine, under a clock that stands still.
func withStore(
    _ engine: Engine, policy: StorePolicy = StorePolicy(),
    _ body: (ServiceStore, TestClock) async throws -> Void
) async throws {
    let clock = TestClock()
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("store-\(UUID().uuidString)")
        .path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let store = try await ServiceStore.open(sqlite: folder, policy: policy, clock: { clock.now() })
    do {
        try await body(store, clock)
    } catch {
        await store.close()
        throw error
    }
    await store.close()
}

/// An error's code, where something is expected to fail.
func code(of body: () async throws -> Void) async -> String? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? AvatariumError)?.code.code ?? "\(error)"
    }
}
