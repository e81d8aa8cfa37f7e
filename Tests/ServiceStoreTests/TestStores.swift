import AvatariumCore
import Foundation
import ServiceStore
import Synchronization
import Testing

/// The engines on which the suite runs: each test on both.
enum Engine: String, CustomTestStringConvertible {
    case sqlite, postgres

    /// Those that this host has.
    static let available: [Engine] = PostgresCluster.shared == nil ? [.sqlite] : [.sqlite, .postgres]

    /// Skips a test, with the reason, where PostgreSQL is not installed.
    static var needsPostgres: ConditionTrait {
        .enabled(if: available.contains(.postgres), "needs PostgreSQL (Debian: postgresql)")
    }

    var testDescription: String { rawValue }
}

/// A clock that tests move by hand.
final class TestClock: Sendable {
    private let time = Mutex(Timestamp(milliseconds: 1_795_000_000_000))

    func now() -> Timestamp { time.withLock { $0 } }
    func advance(by duration: Duration) { time.withLock { $0 = $0 + duration } }
}

/// An empty database that several stores may be opened on, one after another or, with PostgreSQL, at the same time.
struct TestDatabase: Sendable {
    let engine: Engine
    /// The folder or the address.
    let place: String

    init(_ engine: Engine) throws {
        self.engine = engine
        switch engine {
        case .sqlite:
            place = FileManager.default.temporaryDirectory.appendingPathComponent("store-\(UUID())").path
        case .postgres:
            place = try #require(PostgresCluster.shared).makeDatabase()
        }
    }

    func open(
        policy: StorePolicy = StorePolicy(), connections: Int = 4, clock: TestClock? = nil
    ) async throws -> ServiceStore {
        switch engine {
        case .sqlite:
            try await .open(sqlite: place, policy: policy, clock: clock.map { $0.now } ?? Timestamp.now)
        case .postgres:
            try await .open(
                postgres: place, connections: connections, policy: policy, clock: clock.map { $0.now })
        }
    }

    /// The bare driver.
    func driver(_ wakeUps: WakeUps) async throws -> any SQLDatabase {
        switch engine {
        case .sqlite: try SQLiteDatabase(folder: place, wakeUps: wakeUps)
        case .postgres:
            try await PostgresDatabase(url: place, connections: 4, usesServerClock: false, wakeUps: wakeUps)
        }
    }

    func remove() {
        if engine == .sqlite { try? FileManager.default.removeItem(atPath: place) }
    }
}

/// Runs a test on an empty store of an engine, under a clock that stands still.
func withStore(
    _ engine: Engine, policy: StorePolicy = StorePolicy(), connections: Int = 4,
    _ body: (ServiceStore, TestClock) async throws -> Void
) async throws {
    let clock = TestClock()
    let database = try TestDatabase(engine)
    defer { database.remove() }
    let store = try await database.open(policy: policy, connections: connections, clock: clock)
    do {
        try await body(store, clock)
    } catch {
        await store.close()
        throw error
    }
    await store.close()
}

/// The code of the error that a body throws; `nil` when it throws none.
func code(of body: () async throws -> Void) async -> String? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? AvatariumError)?.code.code ?? "\(error)"
    }
}
