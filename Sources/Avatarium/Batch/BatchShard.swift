/// A share of a batch: the jobs whose stable hash falls on `index` of `count`.
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
        let parts = text.split(separator: "/")
        guard parts.count == 2, let i = Int(parts[0]), let n = Int(parts[1]), n > 0, (0..<n).contains(i)
        else {
            return nil
        }
        self.init(index: i, count: n)
    }

    /// The share that the cluster's array gives this process: Slurm, Kubernetes (indexed jobs; the number of
    /// completions is not in the pod's environment, so the job sets `JOB_COMPLETIONS`), AWS Batch (the array's
    /// size likewise: `AWS_BATCH_JOB_ARRAY_SIZE`).
    /// - Throws: E071 when an index comes without its count, or outside it.
    public init(environment: [String: String]) throws {
        if let index = environment["SLURM_ARRAY_TASK_ID"] {
            // Slurm's arrays may start anywhere: --array=1-4.
            let first = Int(environment["SLURM_ARRAY_TASK_MIN"] ?? "0") ?? 0
            try self.init(
                index, environment["SLURM_ARRAY_TASK_COUNT"], first: first,
                names: ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT"))
        } else if let index = environment["JOB_COMPLETION_INDEX"] {
            try self.init(
                index, environment["JOB_COMPLETIONS"], first: 0,
                names: ("JOB_COMPLETION_INDEX", "JOB_COMPLETIONS"))
        } else if let index = environment["AWS_BATCH_JOB_ARRAY_INDEX"] {
            try self.init(
                index, environment["AWS_BATCH_JOB_ARRAY_SIZE"], first: 0,
                names: ("AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE"))
        } else {
            self = .whole
        }
    }

    private init(_ index: String, _ count: String?, first: Int, names: (String, String)) throws {
        guard let i = Int(index), let n = count.flatMap({ Int($0) }), n > 0, (0..<n).contains(i - first)
        else {
            throw AvatariumError(
                .invalidConfig,
                "\(names.0)=\(index) needs \(names.1) (found \(count ?? "nothing")): set it to the array's size, or "
                    + "give --shard i/n",
                context: ["field": "shard"])
        }
        self.init(index: i - first, count: n)
    }

    func contains(key: String) -> Bool {
        BatchJob.number(key) % UInt64(count) == UInt64(index)
    }
}
