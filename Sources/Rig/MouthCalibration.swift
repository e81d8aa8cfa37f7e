import AvatariumCore
import VRM

/// The opening and closing of an avatar's lips, measured on its mesh when it is loaded, in millimetres at human
/// scale (a head of 225 mm from chin to crown).
public struct MouthCalibration: Sendable, Codable, Equatable {
    /// The gap of the neutral face; negative if the lips overlap.
    public var neutralGap: Float
    /// Change of the gap at weight 1 of each ARKit shape that the avatar has and that moves the lips by 0.1 mm.
    public var arkit: [String: Float]
    /// Change of the gap at weight 1 of each viseme that the avatar has and that moves the lips by 0.1 mm.
    public var visemes: [String: Float]
    /// Millimetres per model unit.
    public var millimetresPerUnit: Float

    init(_ model: AvatarModel, _ lipGap: LipGapModel) {
        neutralGap = lipGap.neutralGap
        millimetresPerUnit = lipGap.millimetresPerUnit
        func change(_ targets: [MorphTarget]) -> Float? {
            var heights = lipGap.heights([])
            lipGap.add(targets, 1, to: &heights)
            let gap = lipGap.gapOverNeutral(heights)
            return abs(gap) >= 0.1 ? gap : nil
        }
        arkit = [:]
        visemes = [:]
        for (shape, targets) in model.face.arkit { arkit[shape.name] = change(targets) }
        for (viseme, targets) in model.face.visemes { visemes[viseme.name] = change(targets) }
    }
}
