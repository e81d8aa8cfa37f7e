import AvatariumCore
import Foundation
import Synchronization
import Testing

struct RecentlyUsedTests {
    @Test func theValueThatWaitedLongestMakesRoom() {
        var cache = RecentlyUsed<String, Int>(capacity: 2)
        cache["a"] = 1
        cache["b"] = 2
        #expect(cache["a"] == 1)
        cache["c"] = 3
        #expect(cache["b"] == nil)
        #expect((cache["a"], cache["c"], cache.count) == (1, 3, 2))
    }

    @Test func aValueThatIsReplacedOrTakenAwayMakesNoOtherGo() {
        var cache = RecentlyUsed<String, Int>(capacity: 2)
        cache["a"] = 1
        cache["b"] = 2
        cache["b"] = 3
        #expect((cache["a"], cache["b"]) == (1, 3))
        cache["a"] = nil
        cache["c"] = 4
        #expect((cache["a"], cache["b"], cache["c"]) == (nil, 3, 4))
    }
}

struct SharedLoadsTests {
    @Test func whoAsksAtTheSameTimeGetsWhatOneMakes() {
        let loads = SharedLoads<String, Int>(capacity: 1)
        let made = Mutex(0)
        let values = Mutex([Int?]())
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            let value = try? loads.value("a") {
                Thread.sleep(forTimeInterval: 0.05)
                return made.withLock { count in
                    count += 1
                    return count
                }
            }
            values.withLock { $0.append(value) }
        }
        #expect(values.withLock { $0 } == [1, 1, 1, 1])
    }

    @Test func whatFailsIsTriedAgain() throws {
        struct Refused: Error {}
        let loads = SharedLoads<String, Int>(capacity: 1)
        #expect(throws: Refused.self) { try loads.value("a") { throw Refused() } }
        #expect(try loads.value("a") { 7 } == 7)
        #expect(try loads.value("a") { 8 } == 7)
    }
}
