import AvatariumCore

/// A shard of a batch: every `count`th line, starting with the `index`th, so that the sizes of shards differ by
/// at most one line.
public struct BatchShard: Sendable, Equatable {
    /// Zero-based.
    public var index: Int
    public var count: Int

    public static let whole = BatchShard(index: 0, count: 1)

    init(index: Int, count: Int) {
        self.index = index
        self.count = count
    }

    /// Reads `i/n`, zero-based: `0/4` to `3/4`.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let i = Int(parts[0]), let n = Int(parts[1]), n > 0, (0..<n).contains(i)
        else {
            return nil
        }
        self.init(index: i, count: n)
    }

    /// The shard that the cluster's array assigns to this process: Slurm, Kubernetes (indexed jobs; the number of
    /// completions is not in the pod's environment, so the job sets `JOB_COMPLETIONS`), AWS Batch, which gives
    /// index and size.
    /// - Throws: E071 if an index has no count, or is outside it.
    public init(environment: [String: String]) throws {
        if let index = environment["SLURM_ARRAY_TASK_ID"] {
            try self.init(
                index, environment["SLURM_ARRAY_TASK_COUNT"], range: try Self.slurmRange(environment),
                names: ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT"))
        } else if let index = environment["JOB_COMPLETION_INDEX"] {
            try self.init(
                index, environment["JOB_COMPLETIONS"], range: (0, 1),
                names: ("JOB_COMPLETION_INDEX", "JOB_COMPLETIONS"))
        } else if let index = environment["AWS_BATCH_JOB_ARRAY_INDEX"] {
            try self.init(
                index, environment["AWS_BATCH_JOB_ARRAY_SIZE"], range: (0, 1),
                names: ("AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE"))
        } else {
            self = .whole
        }
    }

    /// Slurm's arrays may start anywhere and skip: `--array=1-19:2`.
    /// - Throws: E071 for a list without a rule (`--array=1,5,7`), from which no task can tell its place.
    private static func slurmRange(_ environment: [String: String]) throws -> (first: Int, step: Int) {
        func number(_ name: String) -> Int? { environment["SLURM_ARRAY_TASK_\(name)"].flatMap { Int($0) } }
        let first = number("MIN") ?? 0
        let step = max(1, number("STEP") ?? 1)
        // Wider than the numbers, so that nothing an environment says overflows.
        if let count = number("COUNT"), let last = number("MAX"),
            (Int128(last) - Int128(first)) / Int128(step) + 1 != count
        {
            throw AvatariumError(
                .invalidConfig,
                "the array's indices are not a range with a step (\(count) tasks from \(first) to \(last)); use "
                    + "--array=0-\(count - 1), or pass --shard i/n",
                context: ["field": "shard"])
        }
        return (first, step)
    }

    private init(
        _ index: String, _ count: String?, range: (first: Int, step: Int), names: (String, String)
    ) throws {
        guard let n = count.flatMap({ Int($0) }), n > 0 else {
            throw AvatariumError(
                .invalidConfig,
                "\(names.0)=\(index) needs \(names.1) (found \(count ?? "nothing")); set it to the array's size, or "
                    + "pass --shard i/n",
                context: ["field": "shard"])
        }
        guard let given = Int(index),
            case let (i, rest) = (Int128(given) - Int128(range.first))
                .quotientAndRemainder(dividingBy: Int128(range.step)),
            rest == 0, (0..<Int128(n)).contains(i)
        else {
            throw AvatariumError(
                .invalidConfig,
                "\(names.0)=\(index) is not a place in an array of \(n) tasks (\(names.1)) that starts at "
                    + "\(range.first); fix the array range, or pass --shard i/n",
                context: ["field": "shard"])
        }
        self.init(index: Int(i), count: n)
    }

    /// - Parameter position: A line's place among those of its file that are not blank, from 0.
    package func contains(position: Int) -> Bool { position % count == index }
}
