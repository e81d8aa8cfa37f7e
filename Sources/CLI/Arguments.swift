import ArgumentParser
import Avatarium
import AvatariumCore
import Jobs

// The values of options: what they are read from, and the lists in `--help`.

extension RenderDevice: ExpressibleByArgument {}
extension ToneMap: ExpressibleByArgument {}
extension Framing: ExpressibleByArgument {}
extension GestureMode: ExpressibleByArgument {}
extension Quality: ExpressibleByArgument {}
extension VideoCodec: ExpressibleByArgument {}

extension ExpressibleByArgument where Self: TextCodable {
    public init?(argument: String) { self.init(argument) }
}

extension CaptionPlace: ExpressibleByArgument {}
extension BitRate: ExpressibleByArgument {}
extension ImageSize: ExpressibleByArgument {}
extension FrameRate: ExpressibleByArgument {}
extension BackgroundChoice: ExpressibleByArgument {}
extension EnvironmentSource: ExpressibleByArgument {}

extension ClipEdit.Edges: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension PerformanceFile.Format: ExpressibleByArgument {
    public init?(argument: String) { self.init(named: argument) }

    public static var allValueStrings: [String] { all.map(\.name) }
}

extension EmotionCue: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension BatchShard: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension OculusViseme: ExpressibleByArgument {
    public init?(argument: String) {
        guard let viseme = Self.allCases.first(where: { $0.name.lowercased() == argument.lowercased() })
        else {
            return nil
        }
        self = viseme
    }

    public static var allValueStrings: [String] { allCases.map(\.name) }
}

extension CameraOrbit: ExpressibleByArgument {
    /// Reads `-30,75,2.5`; each part may be `auto`.
    public init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3 else { return nil }
        var values: [Float?] = []
        for part in parts {
            guard part != "auto" else {
                values.append(nil)
                continue
            }
            guard let value = Float(part), value.isFinite else { return nil }
            values.append(value)
        }
        self.init(theta: values[0], phi: values[1], radius: values[2])
    }
}

/// A point in metres: `0,1.4,-0.1`.
struct PointArgument: ExpressibleByArgument {
    var value: SIMD3<Float>

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) }
        guard parts.count == 3, let x = parts[0], let y = parts[1], let z = parts[2],
            x.isFinite, y.isFinite, z.isFinite
        else { return nil }
        value = SIMD3(x, y, z)
    }
}

/// Two shares of the frame: `0.25,0`.
struct SharesArgument: ExpressibleByArgument {
    var value: SIMD2<Float>

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) }
        guard parts.count == 2, let x = parts[0], let y = parts[1], x.isFinite, y.isFinite else { return nil }
        value = SIMD2(x, y)
    }
}

/// Weights by name: `jawOpen=0.5,eyeBlinkLeft=1`.
struct WeightsArgument: ExpressibleByArgument {
    var weights: [(name: String, weight: Float)] = []

    init?(argument: String) {
        for item in argument.split(separator: ",") {
            guard let split = item.lastIndex(of: "="), let weight = Float(item[item.index(after: split)...]),
                split > item.startIndex
            else { return nil }
            weights.append((String(item[..<split]), weight))
        }
    }
}

/// A number of bytes: `800M`, `4G`.
struct ByteCount: ExpressibleByArgument {
    var bytes: Int

    init?(argument: String) {
        let scales: [Character: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40]
        let scale = argument.uppercased().last.flatMap { scales[$0] }
        guard let number = Double(scale == nil ? argument : String(argument.dropLast())),
            case let bytes = number * Double(scale ?? 1), bytes >= 1, bytes < 1e18
        else { return nil }
        self.bytes = Int(bytes)
    }
}
