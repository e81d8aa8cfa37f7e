import AvatariumCore
import VRM

/// Which of an avatar's mouths speaks: one alone, so that no two fight over the lips.
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

    static let vowelNames = ["aa", "ih", "ou", "ee", "oh"]
    /// The visemes that mean the same, in the same order.
    static let vowelVisemes: [OculusViseme] = [.aa, .I, .U, .E, .O]

    init(_ model: AvatarModel) {
        let face = model.face
        let mouthShapes = face.arkit.keys.filter(\.isMouth).count
        let consonants = face.visemes.keys.filter { $0 != .sil && !MouthDriver.vowelVisemes.contains($0) }
        let vowelShapes = face.visemes.keys.filter { MouthDriver.vowelVisemes.contains($0) }
        let expressions = MouthDriver.vowelNames.filter { name in
            model.expressions.contains { $0.name == name && !$0.bindsNothing }
        }
        if face.arkit[.jawOpen] != nil, mouthShapes >= 6 {
            self = .arkit
        } else if consonants.count >= 3, vowelShapes.count >= 2 {
            self = .visemes
        } else if expressions.contains("aa"), expressions.count >= vowelShapes.count {
            self = .vowels
        } else if vowelShapes.count >= 2 {
            self = .vowelShapes
        } else if !expressions.isEmpty {
            self = .vowels
        } else if face.arkit[.jawOpen] != nil {
            self = .jawShape
        } else if !vowelShapes.isEmpty {
            self = .vowelShapes
        } else {
            self = model.humanoid["jaw"] != nil ? .jawBone : .none
        }
    }
}

extension ARKitShape {
    /// Whether the shape moves jaw, lips, cheeks' air or tongue: what speech owns.
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
