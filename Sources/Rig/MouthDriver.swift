import AvatariumCore
import VRM

/// Which of an avatar's mouths speaks: one alone, so that no two fight over the lips.
public enum MouthDriver: String, Sendable, Codable {
    /// ARKit's jaw and mouth shapes.
    case arkit
    /// Oculus visemes.
    case visemes
    /// VRM's five vowel expressions.
    case vowels
    /// One shape that opens the jaw, and nothing else.
    case jawShape
    /// A jaw bone.
    case jawBone
    case none

    static let vowelNames = ["aa", "ih", "ou", "ee", "oh"]

    init(_ model: AvatarModel) {
        let face = model.face
        let mouthShapes = face.arkit.keys.filter(\.isMouth).count
        let visemes = face.visemes.keys.filter { $0 != .sil }.count
        let vowels = MouthDriver.vowelNames.filter { name in
            model.expressions.contains { $0.name == name && !$0.bindsNothing }
        }.count
        if face.arkit[.jawOpen] != nil, mouthShapes >= 6 {
            self = .arkit
        } else if visemes >= 4 {
            self = .visemes
        } else if vowels >= 1 {
            self = .vowels
        } else if visemes >= 1 {
            self = .visemes
        } else if face.arkit[.jawOpen] != nil {
            self = .jawShape
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

    /// Whether the shape turns an eye.
    var isEyeLook: Bool { name.hasPrefix("eyeLook") }
}
