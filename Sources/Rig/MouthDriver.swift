import AvatariumCore
import VRM

/// The mechanism that drives an avatar's mouth; only one is used, so that two cannot conflict.
public enum MouthDriver: String, Sendable, Codable {
    /// ARKit's jaw and mouth shapes.
    case arkit
    /// Oculus visemes, consonants among them.
    case visemes
    /// Morph targets of vowels only (VRoid, MikuMikuDance).
    case vowelShapes
    /// VRM's five vowel expressions.
    case vowels
    /// One shape that opens the jaw, and nothing else.
    case jawShape
    /// A jaw bone.
    case jawBone
    case none

    /// The visemes that mean the same as `ExpressionPreset.vowels`, in the same order.
    static let vowelVisemes: [OculusViseme] = [.aa, .I, .U, .E, .O]

    /// What opens a mouth.
    enum Way: CaseIterable { case jawShape, viseme, expression, joint }

    /// A way that gives less than this share of what another gives does not open the mouth.
    private static let leastShare: Float = 0.35
    /// An opening that counts as one, millimetres: wider than a slit.
    private static let leastOpening: Float = 6

    /// Chooses the mouth by the shapes that the model has, and, where its own lips were measured, by how far each
    /// opens them: one VRoid's `jawOpen` is a slit while its vowels open well, and some jaw shapes move tongue and
    /// teeth only, while the joint opens the lips.
    /// - Parameter openings: Millimetres by way, as `LipGapModel` measured them; empty where no lips were found.
    /// - Returns: The driver, and whether the jaw's joint turns beside it or alone.
    static func choose(_ model: AvatarModel, openings: [Way: Float]) -> (MouthDriver, turnsJaw: Bool) {
        let possible = candidates(model)
        guard let first = possible.first else {
            let hasJaw = model.humanoid[.jaw] != nil
            return (hasJaw ? .jawBone : .none, hasJaw)
        }
        func opening(_ driver: MouthDriver) -> Float { driver.way.flatMap { openings[$0] } ?? 0 }
        let best = possible.dropFirst().max { opening($0) < opening($1) } ?? first
        let isWeak = opening(first) < opening(best) * leastShare && opening(best) >= leastOpening
        let chosen = !openings.isEmpty && isWeak ? best : first
        let joint = openings[.joint] ?? 0
        return (chosen, joint >= leastOpening && opening(chosen) < joint * leastShare)
    }

    /// Whose opening is whose.
    private var way: Way? {
        switch self {
        case .arkit, .jawShape: .jawShape
        case .visemes, .vowelShapes: .viseme
        case .vowels: .expression
        case .jawBone: .joint
        case .none: nil
        }
    }

    /// The mouths of shapes that the model has, the most expressive first.
    private static func candidates(_ model: AvatarModel) -> [MouthDriver] {
        let face = model.face
        let mouthShapes = face.arkit.keys.filter(\.isMouth).count
        let consonants = face.visemes.keys.filter { $0 != .sil && !vowelVisemes.contains($0) }
        let vowelShapes = face.visemes.keys.filter { vowelVisemes.contains($0) }
        let expressions = ExpressionPreset.vowels.filter { preset in
            model.expressions.contains { $0.role == preset && !$0.bindsNothing }
        }
        var found: [MouthDriver] = []
        if face.arkit[.jawOpen] != nil, mouthShapes >= 6 { found.append(.arkit) }
        if consonants.count >= 3, vowelShapes.count >= 2 { found.append(.visemes) }
        if expressions.contains(.aa), expressions.count >= vowelShapes.count { found.append(.vowels) }
        if vowelShapes.count >= 2 { found.append(.vowelShapes) }
        if !expressions.isEmpty { found.append(.vowels) }
        if face.arkit[.jawOpen] != nil { found.append(.jawShape) }
        if !vowelShapes.isEmpty { found.append(.vowelShapes) }
        return found
    }
}

extension ARKitShape {
    /// Whether speech controls the shape: it moves the jaw, the lips, the cheeks or the tongue.
    public var isMouth: Bool { ARKitShape.mouthFlags[rawValue] }

    private static let mouthFlags: [Bool] = allCases.map {
        $0.name.hasPrefix("jaw") || $0.name.hasPrefix("mouth") || $0 == .tongueOut || $0 == .cheekPuff
    }

    static let mouthShapes = allCases.filter(\.isMouth)
    static let otherShapes = allCases.filter { !$0.isMouth }

    /// Whether the shape turns an eye.
    var isEyeLook: Bool { ARKitShape.eyeLookFlags[rawValue] }

    private static let eyeLookFlags: [Bool] = allCases.map { $0.name.hasPrefix("eyeLook") }
}
