/// Samples waiting for their frames, as the chunks in which they came; nothing is copied.
struct SampleQueue {
    private var chunks: [[Float]] = []
    /// The first chunk that still has samples, and how many of its samples are used up.
    private var head = 0
    private var offset = 0
    private(set) var count = 0

    mutating func append(_ samples: [Float]) {
        guard !samples.isEmpty else { return }
        chunks.append(samples)
        count += samples.count
    }

    /// Takes at most `limit` samples off the front: those of one chunk; nil when there are none.
    mutating func next(_ limit: Int) -> ArraySlice<Float>? {
        guard limit > 0, head < chunks.count else { return nil }
        let chunk = chunks[head]
        let end = min(offset + limit, chunk.count)
        let slice = chunk[offset..<end]
        count -= slice.count
        offset = end
        if offset == chunk.count {
            chunks[head] = []
            head += 1
            offset = 0
            if head == chunks.count || head > 256 {
                chunks.removeFirst(head)
                head = 0
            }
        }
        return slice
    }
}
