import Foundation
import GLES
import Synchronization
import Testing

/// A process that exits takes EGL apart: no job may use it then.
@Suite struct ExitGateTests {
    private final class Log: Sendable {
        private let words = Mutex<[String]>([])
        func add(_ word: String) { words.withLock { $0.append(word) } }
        var all: [String] { words.withLock { $0 } }
    }

    @Test func closingWaitsForTheJobThatRuns() {
        let gate = ExitGate()
        let log = Log()
        let began = DispatchSemaphore(value: 0)
        let mayEnd = DispatchSemaphore(value: 0)
        let closed = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            gate.run {
                began.signal()
                mayEnd.wait()
                log.add("job ended")
            }
        }
        began.wait()
        Thread.detachNewThread {
            gate.close()
            log.add("closed")
            closed.signal()
        }
        #expect(closed.wait(timeout: .now() + 0.1) == .timedOut)
        mayEnd.signal()
        closed.wait()
        #expect(log.all == ["job ended", "closed"])
    }

    @Test func noJobStartsAfterwards() {
        let gate = ExitGate()
        let started = DispatchSemaphore(value: 0)
        gate.close()
        Thread.detachNewThread { gate.run { started.signal() } }
        #expect(started.wait(timeout: .now() + 0.2) == .timedOut)
    }

    @Test func aJobThatExitsDoesNotWaitForItself() {
        let gate = ExitGate()
        var ended = false
        gate.run { ended = gate.close() }
        #expect(ended)
    }

    @Test func aJobThatNeverEndsDoesNotKeepTheProcess() {
        let gate = ExitGate()
        let began = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            gate.run {
                began.signal()
                DispatchSemaphore(value: 0).wait()
            }
        }
        began.wait()
        #expect(!gate.close(waiting: 0.05))
    }
}
