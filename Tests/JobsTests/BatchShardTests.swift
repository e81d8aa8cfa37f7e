import Avatarium
import AvatariumCore
import Foundation
import Jobs
import Testing

struct BatchShardTests {
    @Test func everyJobIsInExactlyOneShard() throws {
        for count in 1...9 {
            let shards = try (0..<count).map { try #require(BatchShard("\($0)/\(count)")) }
            for line in 0..<50 { #expect(shards.count(where: { $0.contains(position: line) }) == 1) }
        }
    }

    /// Nine lines in two shards were two and seven.
    @Test func `shards differ by one line at most`() throws {
        for count in 1...9 {
            for lines in 0..<40 {
                let sizes = try (0..<count).map { index in
                    let shard = try #require(BatchShard("\(index)/\(count)"))
                    return (0..<lines).count { shard.contains(position: $0) }
                }
                #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
            }
        }
    }

    @Test func theHashIsTheSameOnEveryMachineAndForEver() {
        #expect(BatchJob.hash(Data("line 0".utf8)) == "aab7c51d44624ac")
    }

    @Test(arguments: ["", "1", "4/4", "-1/4", "0/0", "a/b", "1/2/3", "0//3", "/0/3"])
    func refusesWhatIsNoShare(_ text: String) { #expect(BatchShard(text) == nil) }

    @Test func withoutAClusterItIsTheWhole() throws {
        #expect(try BatchShard(environment: ["HOME": "/root"]) == .whole)
    }

    @Test func readsSlurmArraysThatStartAnywhereAndSkip() throws {
        func shard(_ id: Int, _ min: Int, _ max: Int, _ step: Int, _ count: Int) throws -> BatchShard {
            try BatchShard(environment: [
                "SLURM_ARRAY_TASK_ID": "\(id)", "SLURM_ARRAY_TASK_MIN": "\(min)",
                "SLURM_ARRAY_TASK_MAX": "\(max)", "SLURM_ARRAY_TASK_STEP": "\(step)",
                "SLURM_ARRAY_TASK_COUNT": "\(count)",
            ])
        }
        #expect(try shard(0, 0, 9, 1, 10) == BatchShard("0/10"))
        #expect(try shard(4, 1, 4, 1, 4) == BatchShard("3/4"))
        #expect(try shard(19, 1, 19, 2, 10) == BatchShard("9/10"))
        #expect(try shard(7, 1, 8, 3, 3) == BatchShard("2/3"))
        // --array=1,5,7
        let error = #expect(throws: AvatariumError.self) { try shard(5, 1, 7, 1, 3) }
        #expect(error?.code == .invalidConfig)
    }

    @Test func numbersAtTheEndsOfTheirRangeAreErrorsAndNoTrap() {
        let ends = ["\(Int.min)", "\(Int.max)", "0", "1"]
        for id in ends {
            for low in ends {
                for high in ends {
                    let environment = [
                        "SLURM_ARRAY_TASK_ID": id, "SLURM_ARRAY_TASK_COUNT": "3", "SLURM_ARRAY_TASK_MIN": low,
                        "SLURM_ARRAY_TASK_MAX": high,
                    ]
                    #expect(throws: AvatariumError.self) { try BatchShard(environment: environment) }
                }
            }
        }
    }

    @Test func anIndexOutsideItsArrayIsCalledThat() {
        let environment = ["JOB_COMPLETION_INDEX": "8", "JOB_COMPLETIONS": "8"]
        let error = #expect(throws: AvatariumError.self) { try BatchShard(environment: environment) }
        #expect(error?.message.contains("not a place in an array of 8") == true)
    }

    @Test func readsKubernetesAndAWSBatch() throws {
        #expect(
            try BatchShard(environment: ["JOB_COMPLETION_INDEX": "3", "JOB_COMPLETIONS": "8"])
                == BatchShard("3/8"))
        #expect(
            try BatchShard(
                environment: ["AWS_BATCH_JOB_ARRAY_INDEX": "19", "AWS_BATCH_JOB_ARRAY_SIZE": "20"])
                == BatchShard("19/20"))
    }

    @Test(arguments: [
        ["JOB_COMPLETION_INDEX": "3"], ["AWS_BATCH_JOB_ARRAY_INDEX": "0"], ["SLURM_ARRAY_TASK_ID": "2"],
        ["JOB_COMPLETION_INDEX": "8", "JOB_COMPLETIONS": "8"],
        ["JOB_COMPLETION_INDEX": "x", "JOB_COMPLETIONS": "8"],
    ])
    func anIndexWithoutItsCountIsAnErrorAndNotTheWholeBatch(_ environment: [String: String]) {
        let error = #expect(throws: AvatariumError.self) { try BatchShard(environment: environment) }
        #expect(error?.code == .invalidConfig)
    }
}
