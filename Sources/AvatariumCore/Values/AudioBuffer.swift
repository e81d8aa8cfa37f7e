/// Mono PCM audio, -1...1.
public struct AudioBuffer: Sendable, Equatable {
    /// Samples per second.
    public var sampleRate: Int
    public var samples: [Float]

    public init(sampleRate: Int, samples: [Float] = []) {
        self.sampleRate = sampleRate
        self.samples = samples
    }

    public var durationSeconds: Double { Double(samples.count) / Double(sampleRate) }
}
