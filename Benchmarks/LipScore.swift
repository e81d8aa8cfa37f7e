import AvatariumCore
import LipSync

/// The animated gap between the lips over time.
struct AnimatedAperture {
    let frameRate: FrameRate
    /// Millimetres over the neutral face's gap, frame by frame.
    let gaps: [Double]
    private let low: Double
    private let high: Double

    init(track: FaceTrack) {
        frameRate = track.frameRate
        gaps = track.frames.map { Double(ReferenceLips.gapOverNeutral($0.shapes)) }
        low = percentile(gaps, 2)
        high = max(percentile(gaps, 97), low + 1e-9)
    }

    /// Between two frames as a player shows it: on the line from one to the other.
    func gap(at time: Double) -> Double {
        let position = max(0, time * frameRate.framesPerSecond)
        let index = min(Int(position), gaps.count - 1)
        let next = min(index + 1, gaps.count - 1)
        return gaps[index] + (gaps[next] - gaps[index]) * min(1, position - Double(index))
    }

    /// As the measured curves are: (x - p2) / (p97 - p2) over the clip.
    func normalised(at time: Double) -> Double { (gap(at: time) - low) / (high - low) }
}

/// How well animated lips follow measured ones (docs/LIPSYNC.md has the definitions).
struct LipScore: Encodable {
    var id: String
    /// Pearson correlation at zero lag.
    var r: Double
    /// Milliseconds by which the animation is late (negative: early).
    var lag: Double
    var nRMSE: Double
    /// p b m: how many, how many seal, how many stay sealed through the first 60 %.
    var closures: Int
    var sealed: Int
    var held: Int
    /// f v: the same for lip and teeth.
    var labiodentals: Int
    var touching: Int
    var vowels: Int
    var shutVowels: Int
    /// Mean of |third derivative| of the normalised aperture, 1/s^3.
    var jerk: Double
    /// Smallest gap over neutral, mm: lips pass through each other below -4.2.
    var least: Double

    init(clip: MeasuredClip, animated: AnimatedAperture) {
        id = clip.id
        let speech = clip.speech
        let points = zip(clip.times, clip.aperture).filter { speech.contains($0.0) }
        let measured = points.map(\.1)
        func follow(_ lag: Double) -> [Double] { points.map { animated.normalised(at: $0.0 + lag) } }
        r = pearson(follow(0), measured)
        let lags = stride(from: -0.16, through: 0.1601, by: 0.005)
        lag = 1000 * (lags.max { pearson(follow($0), measured) < pearson(follow($1), measured) } ?? 0)
        let errors = zip(follow(0), measured).map { ($0 - $1) * ($0 - $1) }
        nRMSE = (errors.reduce(0, +) / Double(max(errors.count, 1))).squareRoot()

        let touch = 1.0
        func gaps(_ phone: Phone, through share: Double) -> [Double] {
            (0...20).map { animated.gap(at: phone.start + phone.duration * share * Double($0) / 20) }
        }
        let closing = clip.timeline.phones.filter { ["p", "b", "m"].contains($0.ipa) }
        closures = closing.count
        sealed = closing.count { gaps($0, through: 1).contains { $0 < touch } }
        held = closing.count { gaps($0, through: 0.6).allSatisfy { $0 < touch } }
        let biting = clip.timeline.phones.filter { ["f", "v"].contains($0.ipa) }
        labiodentals = biting.count
        touching = biting.count { gaps($0, through: 1).contains { $0 < touch } }
        let open = clip.timeline.phones.filter { phone in
            phone.ipa.unicodeScalars.contains { "ɑæʌɔaɛɝeɪioʊu".unicodeScalars.contains($0) }
        }
        vowels = open.count
        shutVowels = open.count { animated.gap(at: ($0.start + $0.end) / 2) < touch }
        least = animated.gaps.min() ?? 0

        let frames = animated.gaps.indices.filter {
            speech.contains(animated.frameRate.seconds(atFrame: $0))
        }
        let values = frames.map { animated.normalised(at: animated.frameRate.seconds(atFrame: $0)) }
        let rate = animated.frameRate.framesPerSecond
        let jerks = values.indices.dropLast(3).map {
            abs(values[$0 + 3] - 3 * values[$0 + 2] + 3 * values[$0 + 1] - values[$0]) * rate * rate * rate
        }
        jerk = jerks.reduce(0, +) / Double(max(jerks.count, 1))
    }

    /// Means of the measures and sums of the counts.
    static func mean(of scores: [LipScore]) -> LipScore {
        var mean = scores[0]
        func average(_ value: (LipScore) -> Double) -> Double {
            scores.map(value).reduce(0, +) / Double(scores.count)
        }
        func total(_ value: (LipScore) -> Int) -> Int { scores.map(value).reduce(0, +) }
        mean.id = "mean"
        mean.r = average(\.r)
        mean.lag = average(\.lag)
        mean.nRMSE = average(\.nRMSE)
        mean.jerk = average(\.jerk)
        mean.closures = total(\.closures)
        mean.sealed = total(\.sealed)
        mean.held = total(\.held)
        mean.labiodentals = total(\.labiodentals)
        mean.touching = total(\.touching)
        mean.vowels = total(\.vowels)
        mean.shutVowels = total(\.shutVowels)
        mean.least = scores.map(\.least).min() ?? 0
        return mean
    }
}

private func percentile(_ values: [Double], _ percent: Double) -> Double {
    let sorted = values.sorted()
    guard let last = sorted.indices.last else { return 0 }
    let position = Double(last) * percent / 100
    let index = Int(position)
    return sorted[index] + (sorted[min(index + 1, last)] - sorted[index]) * (position - Double(index))
}

private func pearson(_ a: [Double], _ b: [Double]) -> Double {
    let n = Double(a.count)
    let (meanA, meanB) = (a.reduce(0, +) / n, b.reduce(0, +) / n)
    var (ab, aa, bb) = (0.0, 0.0, 0.0)
    for (x, y) in zip(a, b) {
        ab += (x - meanA) * (y - meanB)
        aa += (x - meanA) * (x - meanA)
        bb += (y - meanB) * (y - meanB)
    }
    return aa > 0 && bb > 0 ? ab / (aa * bb).squareRoot() : 0
}
