import AvatariumCore
import Foundation

extension ImageComparison {
    /// Returns the difference that an observer sees when flipping between the two images.
    ///
    /// LDR-FLIP: Andersson, Nilsson, Akenine-Möller, Oskarsson, Åström, Fairchild, "FLIP: A Difference Evaluator
    /// for Alternating Images", 2020. Colours are filtered by the eye's contrast sensitivity and compared in
    /// Hunt-adjusted L*a*b*; edges and points that appear or disappear amplify the difference.
    /// - Parameter pixelsPerDegree: Pixels per degree of visual angle. The default, 67.02, is the paper's: a
    ///   monitor 3840 pixels and 0.7 m wide, seen from 0.7 m.
    public func flip(pixelsPerDegree: Float = 3840 * .pi / 180) -> FLIPMap {
        let sensitivity = ContrastSensitivity(pixelsPerDegree: pixelsPerDegree)
        let detectors = FeatureDetectors(pixelsPerDegree: pixelsPerDegree)
        let (a, b) = (OpponentPlanes(expected), OpponentPlanes(actual))
        let (colorA, colorB) = (sensitivity.perceived(a), sensitivity.perceived(b))
        let (featuresA, featuresB) = (detectors.strengths(in: a), detectors.strengths(in: b))
        let redistribution = ColorErrorRedistribution()
        var values = [Float](repeating: 0, count: width * height)
        for i in values.indices {
            let color = redistribution.error(between: colorA[i], and: colorB[i])
            guard color > 0 else { continue }
            let difference = max(
                abs(featuresA.edges[i] - featuresB.edges[i]), abs(featuresA.points[i] - featuresB.points[i]))
            let feature = min(max(difference * Float(0.5).squareRoot(), 0), 1).squareRoot()
            values[i] = pow(color, 1 - feature)
        }
        return FLIPMap(width: width, height: height, values: values)
    }
}

/// An image in the opponent space YCxCz (section 4.1.1): luminance, red-green and blue-yellow.
private struct OpponentPlanes {
    var y: Plane
    var cx: Plane
    var cz: Plane

    init(_ image: PixelBuffer) {
        y = Plane(width: image.width, height: image.height)
        cx = y
        cz = y
        for i in y.values.indices {
            let value = FLIPColor.opponent(
                FLIPColor.xyz(
                    SIMD3(
                        FLIPColor.linear[Int(image.bytes[4 * i])],
                        FLIPColor.linear[Int(image.bytes[4 * i + 1])],
                        FLIPColor.linear[Int(image.bytes[4 * i + 2])])))
            y.values[i] = value.x
            cx.values[i] = value.y
            cz.values[i] = value.z
        }
    }
}

/// What of an image the eye resolves at a distance (sections 4.1.1 and 4.1.2).
private struct ContrastSensitivity {
    /// Gaussians whose weighted sum, horizontally times vertically, is the filter of a channel.
    private typealias Kernel = [(horizontal: [Float], vertical: [Float])]
    private let luminance: Kernel
    private let redGreen: Kernel
    private let blueYellow: Kernel

    init(pixelsPerDegree: Float) {
        let radius = Int(
            (3 * (0.04 / (2 * Double.pi * Double.pi)).squareRoot() * Double(pixelsPerDegree)).rounded(.up))
        /// Fourier transforms of the sensitivities `a * exp(-b * frequency^2)`, of table 1.
        func kernel(_ terms: [(a: Double, b: Double)]) -> Kernel {
            let bells = terms.map { term in
                (-radius...radius).map { step in
                    let degrees = Double(step) / Double(pixelsPerDegree)
                    return exp(-Double.pi * Double.pi * degrees * degrees / term.b)
                }
            }
            let weights = terms.map { $0.a * (Double.pi / $0.b).squareRoot() }
            let total = zip(weights, bells).reduce(0.0) { sum, term in
                let side = term.1.reduce(0, +)
                return sum + term.0 * side * side
            }
            return zip(weights, bells).map { weight, bell in
                (bell.map { Float($0 * weight / total) }, bell.map { Float($0) })
            }
        }
        luminance = kernel([(1, 0.0047)])
        redGreen = kernel([(1, 0.0053)])
        blueYellow = kernel([(34.1, 0.04), (13.5, 0.025)])
    }

    private func filtered(_ plane: Plane, _ kernel: Kernel) -> [Float] {
        var sum: [Float] = []
        for term in kernel {
            let part = plane.filtered(horizontal: term.horizontal, vertical: term.vertical).values
            if sum.isEmpty { sum = part } else { for i in sum.indices { sum[i] += part[i] } }
        }
        return sum
    }

    /// The filtered image, pixel by pixel, in Hunt-adjusted L*a*b*.
    func perceived(_ image: OpponentPlanes) -> [SIMD3<Float>] {
        let y = filtered(image.y, luminance)
        let cx = filtered(image.cx, redGreen)
        let cz = filtered(image.cz, blueYellow)
        return y.indices.map { FLIPColor.perceived(opponent: SIMD3(y[$0], cx[$0], cz[$0])) }
    }
}

/// Detectors of edges and points, as wide as the eye sees them (section 4.2).
private struct FeatureDetectors {
    private let bell: [Float]
    private let slope: [Float]
    private let bend: [Float]

    init(pixelsPerDegree: Float) {
        let deviation = 0.5 * 0.082 * Double(pixelsPerDegree)
        let radius = Int((3 * deviation).rounded(.up))
        let steps = (-radius...radius).map(Double.init)
        let gauss = steps.map { exp(-$0 * $0 / (2 * deviation * deviation)) }
        /// Positive taps sum to 1, negative ones to -1.
        func balanced(_ taps: [Double]) -> [Float] {
            let positive = taps.filter { $0 > 0 }.reduce(0, +)
            let negative = -taps.filter { $0 < 0 }.reduce(0, +)
            return taps.map { Float($0 > 0 ? $0 / positive : $0 / negative) }
        }
        let sum = gauss.reduce(0, +)
        bell = gauss.map { Float($0 / sum) }
        slope = balanced(zip(steps, gauss).map { -$0 * $1 })
        bend = balanced(zip(steps, gauss).map { ($0 * $0 / (deviation * deviation) - 1) * $1 })
    }

    /// How strongly each pixel is an edge, and a point.
    func strengths(in image: OpponentPlanes) -> (edges: [Float], points: [Float]) {
        var luminance = image.y
        for i in luminance.values.indices { luminance.values[i] = (luminance.values[i] + 16) / 116 }
        let smooth = luminance.filtered(horizontal: bell)
        func magnitudes(_ taps: [Float]) -> [Float] {
            let across = luminance.filtered(horizontal: taps, vertical: bell).values
            let down = smooth.filtered(vertical: taps).values
            return across.indices.map { (across[$0] * across[$0] + down[$0] * down[$0]).squareRoot() }
        }
        return (magnitudes(slope), magnitudes(bend))
    }
}

/// Hyab distances, compressed, with small ones spread over most of 0...1 (section 4.1.3).
private struct ColorErrorRedistribution {
    private let maximum: Float
    private let knee: Float

    init() {
        let green = FLIPColor.perceived(opponent: FLIPColor.opponent(FLIPColor.xyz(SIMD3(0, 1, 0))))
        let blue = FLIPColor.perceived(opponent: FLIPColor.opponent(FLIPColor.xyz(SIMD3(0, 0, 1))))
        maximum = pow(Self.distance(green, blue), 0.7)
        knee = 0.4 * maximum
    }

    /// Abasi, Tehran, Fairchild 2020: city block in lightness, euclidean in chroma.
    private static func distance(_ p: SIMD3<Float>, _ q: SIMD3<Float>) -> Float {
        let d = p - q
        return abs(d.x) + (d.y * d.y + d.z * d.z).squareRoot()
    }

    func error(between p: SIMD3<Float>, and q: SIMD3<Float>) -> Float {
        let distance = Self.distance(p, q)
        guard distance > 0 else { return 0 }
        let error = pow(distance, 0.7)
        if error < knee { return 0.95 / knee * error }
        return min(1, 0.95 + (error - knee) / (maximum - knee) * 0.05)
    }
}
