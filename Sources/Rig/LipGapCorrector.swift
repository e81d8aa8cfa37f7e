import AvatariumCore
import VRM

/// Makes lips meet on the avatar at hand: the track's mouth was solved on ARKit's reference face, and another
/// face's shapes open and close by other amounts. The gap is measured on the avatar's own lips, and what closes
/// or opens them is moved until it lies where the track means it to be.
struct LipGapCorrector: Sendable {
    let lipGap: LipGapModel
    private let targets: [[MorphTarget]]
    private let visemes: [[MorphTarget]]

    private static let openers: Set<ARKitShape> = [
        .jawOpen, .mouthFunnel, .mouthPucker, .mouthLowerDownLeft, .mouthLowerDownRight, .mouthUpperUpLeft,
        .mouthUpperUpRight, .mouthShrugUpper, .mouthSmileLeft, .mouthSmileRight, .mouthStretchLeft,
        .mouthStretchRight, .mouthDimpleLeft, .mouthDimpleRight,
    ]
    /// What emotions do to lips: as deep as these alone press them together is how the artist made it.
    private static let expressive: [ARKitShape] = [
        .mouthSmileLeft, .mouthSmileRight, .mouthStretchLeft, .mouthStretchRight, .mouthDimpleLeft,
        .mouthDimpleRight, .mouthFrownLeft, .mouthFrownRight,
    ]
    private static let closers: Set<ARKitShape> = [
        .mouthClose, .mouthRollLower, .mouthRollUpper, .mouthPressLeft, .mouthPressRight, .mouthShrugLower,
    ]
    /// Where lips count as touching, millimetres over neutral.
    private static let touching: Float = 0.4
    /// How far lips may press into each other, millimetres.
    private static let deepest: Float = -0.7

    init?(_ model: AvatarModel, _ lipGap: LipGapModel?) {
        guard let lipGap else { return nil }
        self.lipGap = lipGap
        targets = ARKitShape.allCases.map { model.face.arkit[$0] ?? [] }
        visemes = OculusViseme.allCases.map { model.face.visemes[$0] ?? [] }
    }

    /// The widest gap that a mouth may show which the track wants this far open: exact where lips should touch,
    /// generous where they should not.
    private static func widest(_ wanted: Float) -> Float {
        wanted <= touching ? touching : touching + (wanted - touching) * 1.6
    }

    /// The least gap over neutral: a face whose lips are apart at rest may close that far too.
    private var least: Float { LipGapCorrector.deepest - max(0, lipGap.neutralGap) }

    /// Corrects ARKit coefficients of a mouth.
    /// - Parameters:
    ///   - speech: 0 silent ... 1 speaking; a silent face may press its lips as its artist made it.
    ///   - others: the node's weights without the mouth's.
    func solve(_ shapes: inout [Float], speech: Float, others: [Float]) {
        let wanted = ReferenceLips.gapOverNeutral(shapes)
        let base = lipGap.heights(others)
        var steady = base
        var opening = zero(base)
        var closing = zero(base)
        for shape in ARKitShape.mouthShapes where shapes[shape.rawValue] != 0 {
            let weight = shapes[shape.rawValue]
            if LipGapCorrector.openers.contains(shape) {
                lipGap.add(targets[shape.rawValue], weight, to: &opening)
            } else if LipGapCorrector.closers.contains(shape) {
                lipGap.add(targets[shape.rawValue], weight, to: &closing)
            } else {
                lipGap.add(targets[shape.rawValue], weight, to: &steady)
            }
        }
        func gap(
            open: Float, closed: Float, more: Float = 0, of shape: ARKitShape = .mouthClose
        ) -> Float {
            var heights = steady
            heights.add(opening, open)
            heights.add(closing, closed)
            lipGap.add(targets[shape.rawValue], more, to: &heights)
            return lipGap.gapOverNeutral(heights)
        }
        let widest = LipGapCorrector.widest(wanted)
        let now = gap(open: 1, closed: 1)
        if now > widest {
            let room = max(0, 1 - shapes[ARKitShape.mouthClose.rawValue])
            let more = LipGapCorrector.least(0...room) { gap(open: 1, closed: 1, more: $0) <= widest }
            shapes[ARKitShape.mouthClose.rawValue] += more
            guard gap(open: 1, closed: 1, more: more) > widest else { return }
            let less = LipGapCorrector.least(0...1) { gap(open: 1 - $0, closed: 1, more: more) <= widest }
            for shape in LipGapCorrector.openers { shapes[shape.rawValue] *= 1 - less }
            return
        }
        let least = self.least
        guard now < least else { return }
        var expression = base
        for shape in LipGapCorrector.expressive {
            lipGap.add(targets[shape.rawValue], shapes[shape.rawValue], to: &expression)
        }
        let natural = min(least, lipGap.gapOverNeutral(expression))
        let floor = mix(natural, least, min(1, speech * 1.5))
        guard now < floor else { return }
        let less = LipGapCorrector.least(0...1) { gap(open: 1, closed: 1 - $0) >= floor }
        for shape in LipGapCorrector.closers { shapes[shape.rawValue] *= 1 - less }
        guard gap(open: 1, closed: 1 - less) < floor else { return }
        shapes[ARKitShape.jawOpen.rawValue] += LipGapCorrector.least(0...0.3) {
            gap(open: 1, closed: 1 - less, more: $0, of: .jawOpen) >= floor
        }
    }

    /// Corrects the weights of a mouth of visemes. `wanted` is the gap that the track means, millimetres over
    /// neutral.
    func solve(visemes weights: inout [Float], wanted: Float, others: [Float]) {
        let steady = lipGap.heights(others)
        var lips = zero(steady)
        var rest = zero(steady)
        for viseme in OculusViseme.allCases where weights[viseme.rawValue] != 0 {
            if viseme == .PP || viseme == .sil {
                lipGap.add(visemes[viseme.rawValue], weights[viseme.rawValue], to: &lips)
            } else {
                lipGap.add(visemes[viseme.rawValue], weights[viseme.rawValue], to: &rest)
            }
        }
        func gap(_ lip: Float, _ other: Float) -> Float {
            var heights = steady
            heights.add(lips, lip)
            heights.add(rest, other)
            return lipGap.gapOverNeutral(heights)
        }
        let widest = LipGapCorrector.widest(wanted)
        let now = gap(1, 1)
        if now > widest {
            let less = LipGapCorrector.least(0...1) { gap(1, 1 - $0) <= widest }
            for viseme in OculusViseme.allCases where viseme != .PP && viseme != .sil {
                weights[viseme.rawValue] *= 1 - less
            }
            guard gap(1, 1 - less) > widest else { return }
            // The avatar's own PP leaves the lips apart: its neutral face closes better.
            let fade = LipGapCorrector.least(0...1) { gap(1 - $0, 1 - less) <= widest }
            weights[OculusViseme.PP.rawValue] *= 1 - fade
            weights[OculusViseme.sil.rawValue] *= 1 - fade
        } else if now < least {
            let fade = LipGapCorrector.least(0...1) { gap(1 - $0, 1) >= least }
            weights[OculusViseme.PP.rawValue] *= 1 - fade
        }
    }

    private func zero(_ heights: LipGapModel.Heights) -> LipGapModel.Heights {
        LipGapModel.Heights(
            upper: [Float](repeating: 0, count: heights.upper.count),
            lower: [Float](repeating: 0, count: heights.lower.count))
    }

    /// The least value of a range at which a condition holds that stays true from there on; the upper bound when
    /// it never does. To 1/4096 of the range.
    private static func least(_ range: ClosedRange<Float>, where holds: (Float) -> Bool) -> Float {
        if holds(range.lowerBound) { return range.lowerBound }
        var low = range.lowerBound
        var high = range.upperBound
        for _ in 0..<12 {
            let middle = (low + high) / 2
            if holds(middle) { high = middle } else { low = middle }
        }
        return high
    }
}
