/// What the channels of a recording have in common: sums of the products of each two.
struct ChannelLevels {
    /// A mix this far below the mix with some channels turned round has lost what it should hold. Independent channels
    /// give the same either way, and wide stereo comes to a third.
    private static let lost = 0.1
    /// Below this mean square a channel is silent.
    private static let silence = 1e-8
    /// Products are summed of so many samples that their number stays below this for each sample.
    private static let productsPerSample = 64

    /// What each channel gives to the mix.
    private var weights: [Double] = []
    /// The products of channels `i` and `j` at `i * channelCount + j`, for `j <= i`.
    private var products: [Double] = []
    private var count = 0
    /// Samples until the next that counts.
    private var wait = 0

    var channelCount: Int { weights.count }

    init() {}

    init(weights: [Double]) {
        self.weights = weights
        products = [Double](repeating: 0, count: weights.count * weights.count)
    }

    /// Adds samples: those of channel `i` begin at `i * stride`.
    mutating func add(_ samples: [Float], stride: Int, count: Int) {
        let channels = weights.count
        let step = max(1, channels * channels / (2 * Self.productsPerSample))
        var at = wait
        while at < count {
            for i in 0..<channels where weights[i] != 0 {
                let own = Double(samples[i * stride + at])
                for j in 0...i { products[i * channels + j] += own * Double(samples[j * stride + at]) }
            }
            self.count += 1
            at += step
        }
        wait = at - count
    }

    /// Adds those of a part of the recording; a part with other channels counts alone where it is longer.
    mutating func add(_ other: ChannelLevels) {
        guard weights == other.weights else {
            if other.count > count { self = other }
            return
        }
        for index in products.indices { products[index] += other.products[index] }
        count += other.count
    }

    /// The channels that must be turned round so that what is in several does not cancel in the mix; none where the mix
    /// holds what the channels do.
    ///
    /// From the loudest on, each is turned that is more against the mix of those before than with it.
    var oppositeChannels: Set<Int> {
        let channels = weights.count
        guard channels > 1, count > 0 else { return [] }
        func product(_ i: Int, _ j: Int) -> Double {
            weights[i] * weights[j] * products[max(i, j) * channels + min(i, j)]
        }
        let order = (0..<channels).filter { product($0, $0) > 0 }.sorted {
            (product($1, $1), $0) < (product($0, $0), $1)
        }
        guard let loudest = order.first, products[loudest * channels + loudest] / Double(count) > Self.silence
        else { return [] }
        var turned: Set<Int> = []
        var plain = 0.0
        var aligned = 0.0
        for (place, channel) in order.enumerated() {
            let own = product(channel, channel)
            var with = 0.0
            for other in order[..<place] {
                plain += 2 * product(channel, other)
                with += (turned.contains(other) ? -1 : 1) * product(channel, other)
            }
            if with < 0 { turned.insert(channel) }
            plain += own
            aligned += own + 2 * abs(with)
        }
        return plain < Self.lost * aligned ? turned : []
    }
}
