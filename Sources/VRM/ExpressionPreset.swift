import Foundation

/// The expressions that every VRM application knows (VRMC_vrm 1.0, expressions.md), with their names in the file.
public enum ExpressionPreset: String, Sendable, Codable, CaseIterable {
    case happy, angry, sad, relaxed, surprised
    case aa, ih, ou, ee, oh
    case blink, blinkLeft, blinkRight
    case lookUp, lookDown, lookLeft, lookRight
    case neutral

    /// The five mouths, in the order in which speech mixes them.
    public static let vowels: [ExpressionPreset] = [.aa, .ih, .ou, .ee, .oh]

    /// The preset of a name of VRM 0.x (`presetName`).
    public init?(vrm0 name: String) {
        guard let preset = Self.vrm0[name.lowercased()] else { return nil }
        self = preset
    }

    private static let vrm0: [String: ExpressionPreset] = [
        "neutral": .neutral, "a": .aa, "i": .ih, "u": .ou, "e": .ee, "o": .oh, "blink": .blink,
        "blink_l": .blinkLeft, "blink_r": .blinkRight, "joy": .happy, "angry": .angry, "sorrow": .sad,
        "fun": .relaxed, "lookup": .lookUp, "lookdown": .lookDown, "lookleft": .lookLeft,
        "lookright": .lookRight,
    ]

    /// The preset that an author's own name means, as authors write it who left the preset out: those of both
    /// versions, and the usual Japanese ones.
    init?(named name: String) {
        let plain = name.precomposedStringWithCompatibilityMapping
        let words = ShapeName(plain).words.joined()
        guard let preset = Self.own[plain] ?? Self.own[words] else { return nil }
        self = preset
    }

    private static let own: [String: ExpressionPreset] = {
        var table: [String: ExpressionPreset] = [
            "surprised": .surprised, "surprise": .surprised, "あ": .aa, "い": .ih, "う": .ou, "え": .ee, "お": .oh,
            "ア": .aa, "イ": .ih, "ウ": .ou, "エ": .ee, "オ": .oh, "まばたき": .blink, "瞬き": .blink, "喜び": .happy,
            "喜": .happy, "怒り": .angry, "怒": .angry, "悲しみ": .sad, "哀": .sad, "楽しい": .relaxed, "楽": .relaxed,
            "驚き": .surprised, "びっくり": .surprised,
        ]
        for preset in allCases { table[ShapeName(preset.rawValue).words.joined()] = preset }
        for (name, preset) in vrm0 { table[ShapeName(name).words.joined()] = preset }
        return table
    }()
}
