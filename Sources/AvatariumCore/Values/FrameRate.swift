/// An exact frame rate: frames are at `index * denominator / numerator` seconds (30000/1001 too).
public struct FrameRate: Hashable, Sendable, TextCodable {
    public let numerator: Int
    public let denominator: Int

    /// - Parameters: both positive; kept reduced to lowest terms.
    public init?(_ numerator: Int, _ denominator: Int = 1) {
        guard numerator > 0, denominator > 0 else { return nil }
        var (a, b) = (numerator, denominator)
        while b != 0 { (a, b) = (b, a % b) }
        self.numerator = numerator / a
        self.denominator = denominator / a
    }

    /// Reads `30`, `29.97` (as 30000/1001, like 23.976 and 59.94), `12.5` or `30000/1001`.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count == 2, let n = Int(parts[0]), let d = Int(parts[1]) {
            self.init(n, d)
            return
        }
        if let whole = Int(text) {
            self.init(whole)
            return
        }
        guard let value = Double(text), value > 0, value < 100_000 else { return nil }
        let ntsc = (value * 1.001).rounded()
        if abs(ntsc * 1000 / 1001 - value) < 0.005, abs(value - value.rounded()) > 0.005 {
            self.init(Int(ntsc) * 1000, 1001)
        } else {
            self.init(Int((value * 1000).rounded()), 1000)
        }
    }

    public static let fps30 = FrameRate(30)!

    public var framesPerSecond: Double { Double(numerator) / Double(denominator) }

    /// Returns the time of a frame, in seconds.
    public func seconds(atFrame index: Int) -> Double {
        Double(index) * Double(denominator) / Double(numerator)
    }

    /// Returns the number of frames that covers a duration, so that all audio has a frame. At least 1, at most
    /// 10^15.
    public func frameCount(coveringSeconds duration: Double) -> Int {
        let frames = (duration * Double(numerator) / Double(denominator) - 1e-6).rounded(.up)
        return frames > 1 ? Int(min(frames, 1e15)) : 1
    }

    public var description: String {
        denominator == 1 ? "\(numerator)" : "\(numerator)/\(denominator)"
    }

    public static let syntax = "a frame rate is 30, 29.97 or \"30000/1001\""

    public init(from decoder: any Decoder) throws { self = try Self.readNumberOrText(from: decoder) }
}
