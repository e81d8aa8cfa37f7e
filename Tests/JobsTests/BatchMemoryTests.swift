import Avatarium
import AvatariumCore
import Foundation
import Jobs
import Testing

/// How many clips are in flight follows from their sizes and from what the process may use.
struct BatchMemoryTests {
    private func jobs(_ sizes: [String]) throws -> [BatchJob] {
        try sizes.enumerated().map { index, size in
            try BatchJob(
                line: index, bytes: Array(#"{"text": "A.", "size": "\#(size)", "id": "\#(index)"}"#.utf8),
                folder: "clips")
        }
    }

    @Test func largerAndBetterClipsAreExpectedToTakeMore() throws {
        var request = ClipRequest(text: "A.")
        let usual = ClipMemoryEstimate.bytes(request)
        request.quality = .high
        let high = ClipMemoryEstimate.bytes(request)
        request.size = ImageSize(width: 3840, height: 2160)
        #expect(usual < high && 4 * high < ClipMemoryEstimate.bytes(request))
        request.size = ImageSize(width: .max, height: .max)
        #expect(ClipMemoryEstimate.bytes(request) > 0)
    }

    @Test func clipsWaitUntilThereIsRoomForThem() async throws {
        let two = 2 * ClipMemoryEstimate.bytes(ClipRequest(text: "A."))
        let queue = BatchQueue(try jobs(["1280x720", "1280x720", "1280x720"]), memory: two)
        let first = try #require(try await queue.next())
        _ = try #require(try await queue.next())
        let third = Task { try await queue.next() }
        try await Task.sleep(for: .milliseconds(100))
        let released = Task { await queue.end(first) }
        await released.value
        #expect(try await third.value?.id == "2")
        #expect(try await queue.next() == nil)
    }

    @Test func `a clip takes up what its avatar does`() async throws {
        let queue = BatchQueue(try jobs(["64x36", "64x36", "64x36"]), memory: 100) { $0.id == "0" ? 90 : 20 }
        let heavy = try #require(try await queue.next())
        #expect(await !queue.isOverLimit(heavy))
        let waiting = Task { try await queue.next() }
        try await Task.sleep(for: .milliseconds(100))
        let released = Task { await queue.end(heavy) }
        await released.value
        #expect(try await waiting.value?.id == "1")
        #expect(try await queue.next()?.id == "2")
    }

    @Test(.enabled(if: folder != nil, "set AVATARIUM_TEST_DATA"))
    func `large textures count in the plan of a clip`() async throws {
        let library = AvatarLibrary()
        var request = ClipRequest(text: "A.")
        let usual = await ClipMemoryEstimate.bytes(request, library)
        #expect(usual == ClipMemoryEstimate.bytes(request), "a bundled avatar is a usual one")
        let data = try #require(Self.folder)
        request.avatar = data + "/cases/hostile/image-bomb-4-textures/g02_png8192x4.glb"
        // Four textures of 2048 by 2048 as they are drawn, and one of 8192 by 8192 while it is read.
        #expect(await ClipMemoryEstimate.bytes(request, library) > usual + 4 << 24)
        request.avatar = "/nowhere.glb"
        #expect(await ClipMemoryEstimate.bytes(request, library) == usual)
    }

    private static let folder =
        ProcessInfo.processInfo.environment["AVATARIUM_TEST_DATA"]
        ?? ProcessInfo.processInfo.environment["AVATARIUM_DATA"]

    @Test func aClipAboveTheLimitIsMadeAlone() async throws {
        let queue = BatchQueue(try jobs(["3840x2160", "64x36"]), memory: 1)
        let large = try #require(try await queue.next())
        let waiting = Task { try await queue.next() }
        try await Task.sleep(for: .milliseconds(100))
        await queue.end(large)
        #expect(try await waiting.value?.id == "1")
    }

    @Test func theSummaryTellsOfClipsAboveTheLimit() async throws {
        let folder = try BatchFolder()
        try folder.write(BatchFolder.lines(2))
        var options = BatchRunner.Options()
        options.memoryLimit = 1
        let summary = try await folder.run(options)
        #expect((summary.made, summary.overMemoryLimit) == (2, 2))
    }

    /// As of a Slurm task, a container with a set of cores, or `taskset`.
    @Test func coresThatThisThreadMayNotRunOnDoNotCount() async throws {
        // A thread of its own is bound, so that no other test is.
        let cores = await withCheckedContinuation { continuation in
            Thread {
                let bind = Process()
                bind.executableURL = URL(fileURLWithPath: "/usr/bin/taskset")
                let thread = URL(fileURLWithPath: "/proc/thread-self").resolvingSymlinksInPath()
                bind.arguments = ["--pid", "1", thread.lastPathComponent]
                bind.standardOutput = FileHandle.nullDevice
                try? bind.run()
                bind.waitUntilExit()
                continuation.resume(returning: HostLimits.current.cores)
            }.start()
        }
        #expect(cores == 1)
    }

    @Test func limitsOfAContainerCount() {
        func limits(_ groups: String, _ files: [String: String]) -> HostLimits {
            HostLimits(cores: 64, memory: 256 << 30, groups: groups) { files[$0] }
        }
        #expect(limits("", [:]).cores == 64)
        // Version 2, in a container of its own name space.
        let own = limits(
            "0::/\n",
            ["/sys/fs/cgroup/memory.max": "1073741824\n", "/sys/fs/cgroup/cpu.max": "150000 100000\n"])
        #expect((own.cores, own.memory) == (2, 1 << 30))
        // A limit of a group above; `max` is none.
        let job = limits(
            "0::/slurm/job_7\n",
            [
                "/sys/fs/cgroup/slurm/job_7/memory.max": "max\n",
                "/sys/fs/cgroup/slurm/memory.max": "2147483648\n",
                "/sys/fs/cgroup/slurm/job_7/cpu.max": "max 100000\n",
            ])
        #expect((job.cores, job.memory) == (64, 2 << 30))
        // Version 1; the kernel says "no limit" by a number near 2^63.
        let old = limits(
            "4:memory:/k8s/pod\n3:cpu,cpuacct:/k8s/pod\n",
            [
                "/sys/fs/cgroup/memory/k8s/pod/memory.limit_in_bytes": "536870912\n",
                "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
                "/sys/fs/cgroup/cpu/k8s/pod/cpu.cfs_quota_us": "400000\n",
                "/sys/fs/cgroup/cpu/k8s/pod/cpu.cfs_period_us": "100000\n",
                "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
                "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            ])
        #expect((old.cores, old.memory) == (4, 512 << 20))
        #expect(
            limits("0::/\nnonsense", ["/sys/fs/cgroup/cpu.max": "0 0", "/sys/fs/cgroup/memory.max": "-1"])
                .cores == 64)
    }

    @Test func `a job that is made alone comes last and while no other runs`() async throws {
        let jobs = try jobs(["64x36", "64x36", "64x36"])
        let queue = BatchQueue(jobs, memory: 1 << 40, alone: [BatchJob.hash(Data("0.mp4".utf8))])
        let first = try #require(try await queue.next())
        let second = try #require(try await queue.next())
        #expect([first.id, second.id] == ["1", "2"])
        let waiting = Task { try await queue.next() }
        try await Task.sleep(for: .milliseconds(100))
        await queue.end(first)
        try await Task.sleep(for: .milliseconds(100))
        await queue.end(second)
        #expect(try await waiting.value?.id == "0")
    }
}
