import AvatariumCore
import Foundation

/// What a morph target's name says that it does.
struct ShapeMeaning {
    /// How sure the name is; the surer meaning wins where two targets of a node claim one shape.
    enum Rank: Int, Comparable {
        /// One target for what ARKit splits in two (`eyeBlink` for both eyes).
        case combined = 1
        /// Another tool's word for the shape (`Mouth_Open`, `AU26`).
        case alias = 2
        /// ARKit's or Oculus' own name.
        case exact = 3
        static func < (a: Rank, b: Rank) -> Bool { a.rawValue < b.rawValue }
    }

    var arkit: [(shape: ARKitShape, scale: Float)] = []
    var visemes: [(viseme: OculusViseme, scale: Float)] = []
    var rank = Rank.exact
    /// A name that means something only in company (`A`, `oh`): believed when three vowels of its kind are there.
    var isWeak = false
}

/// Recognises the face shapes of the common tools by name.
///
/// Sources of the tables: Apple's `ARFaceAnchor.BlendShapeLocation`; Meta's Oculus LipSync viseme reference;
/// VRChat's `vrc.v_*`; VRoid Studio's exported `Fcl_*`; Reallusion's public Character Creator 3+/4 expression
/// lists; the action units of the Facial Action Coding System (Ekman, Friesen 1978); the usual names of
/// MikuMikuDance models.
enum ShapeNames {
    /// - Parameter company: The other names of the model, which decide the meaning of ambiguous names.
    static func meaning(of name: String, among company: ShapeCompany = ShapeCompany()) -> ShapeMeaning? {
        // Wide letters as plain ones, accents as one letter.
        let name = name.precomposedStringWithCompatibilityMapping
        if let japanese = japanese[name] { return japanese }
        if let viseme = daz(name) { return viseme }
        var parsed = ShapeName(name)
        guard !parsed.words.isEmpty, parsed.words.count <= 24 else { return nil }
        if let viseme = azure(parsed) ?? company.meaning(of: parsed) { return viseme }
        if let meaning = meaning(of: parsed) { return meaning }
        // `jawOpen.001` of Blender, `jawOpen_ctrl`, `jawOpen_ncl1_1` of Maya; `jawOpen_Head`, where all names end so.
        while parsed.removeTrailing(company.commonEnding.map { trailingWords.union([$0]) } ?? trailingWords) {
            guard var meaning = meaning(of: parsed), !meaning.isWeak else { continue }
            meaning.rank = min(meaning.rank, .alias)
            return meaning
        }
        return nil
    }

    /// Daz Genesis 3 to 8: `eCTRLvAA`, with the figure's name in front or not.
    private static func daz(_ name: String) -> ShapeMeaning? {
        guard let mark = name.range(of: "eCTRLv") else { return nil }
        return dazVisemes[name[mark.upperBound...].prefix { $0.isLetter }.lowercased()]
    }

    /// MakeHuman's and MPFB's `p_b_m_21`: phones, and the number of the viseme in Microsoft's table.
    private static func azure(_ name: ShapeName) -> ShapeMeaning? {
        guard name.words.count >= 2, let number = name.words.last.flatMap({ Int($0) }),
            azurePhones.indices.contains(number),
            name.words.dropLast().allSatisfy({
                azurePhones[number].contains($0 == "left" ? "l" : $0 == "right" ? "r" : $0)
            })
        else { return nil }
        return azureVisemes[number]
    }

    private static func meaning(of name: ShapeName) -> ShapeMeaning? {
        vroid(name) ?? viseme(name) ?? actionUnit(name) ?? shape(name) ?? vowel(name)
    }

    /// ARKit shapes and their aliases, with any words in front.
    private static func shape(_ name: ShapeName) -> ShapeMeaning? {
        for start in name.words.indices {
            let (base, sides) = name.key(from: start)
            if sides.count == 2, let look = eyeLook(base, sides, name.words[start...]) { return look }
            if let found = lookUp(base, sides.last, exact: arkit) { return found }
            if let found = lookUp(base, sides.last, exact: aliases) ?? lowerCase(base, sides) {
                var alias = found
                alias.rank = min(alias.rank, .alias)
                return alias
            }
        }
        return nil
    }

    /// `mouthsmileleft`, whose words no capital letter separates.
    private static func lowerCase(_ base: String, _ sides: [ShapeName.Side]) -> ShapeMeaning? {
        guard sides.isEmpty else { return nil }
        for (word, side) in [("left", ShapeName.Side.left), ("right", .right)] where base.hasSuffix(word) {
            let rest = String(base.dropLast(word.count))
            return lookUp(rest, side, exact: arkit) ?? lookUp(rest, side, exact: aliases)
        }
        return nil
    }

    private static func lookUp(
        _ base: String, _ side: ShapeName.Side?, exact table: [String: [ARKitShape]]
    ) -> ShapeMeaning? {
        guard let shapes = table[base] else { return nil }
        // A pair in the table means left and right; with a side named, that side alone.
        let left = shapes.filter { $0.name.hasSuffix("Left") }
        let right = shapes.filter { $0.name.hasSuffix("Right") }
        let middle = shapes.filter { $0.mirrored == $0 }
        var meaning = ShapeMeaning()
        switch side {
        case .left: meaning.arkit = (left + middle).map { ($0, 1) }
        case .right: meaning.arkit = (right + middle).map { ($0, 1) }
        case nil:
            if base == "jaw" || base == "mouth" { return nil }
            // Driven by both sides: half from each, so that both at 1 give 1.
            meaning.arkit = (left + right).map { ($0, 0.5) } + middle.map { ($0, 1) }
            if !left.isEmpty { meaning.rank = .combined }
        }
        return meaning
    }

    /// Reallusion's `Eye_L_Look_R` says whose eye, then where to; `EyesLookRightL` and `eyeLookRightL` the other way
    /// round.
    private static func eyeLook(
        _ base: String, _ sides: [ShapeName.Side], _ words: ArraySlice<String>
    ) -> ShapeMeaning? {
        guard ["eyelook", "eyeslook", "eye"].contains(base) else { return nil }
        let first = words.firstIndex { $0 == "left" || $0 == "right" } ?? words.startIndex
        let isWhereFirst = words.firstIndex(of: "look").map { $0 < first } ?? false
        let shape: ARKitShape
        switch isWhereFirst ? (sides[1], sides[0]) : (sides[0], sides[1]) {
        case (.left, .left): shape = .eyeLookOutLeft
        case (.left, .right): shape = .eyeLookInLeft
        case (.right, .left): shape = .eyeLookInRight
        case (.right, .right): shape = .eyeLookOutRight
        }
        return ShapeMeaning(arkit: [(shape, 1)], rank: .alias)
    }

    /// `viseme_aa`, `vrc.v_aa`, `V_Open`, `phoneme_MBP`.
    private static func viseme(_ name: ShapeName) -> ShapeMeaning? {
        guard let mark = name.words.firstIndex(where: { visemeMarks.contains($0) }) else { return nil }
        // `left`/`right` here were the letters l and r.
        let rest = name.words[(mark + 1)...].map { $0 == "left" ? "l" : $0 == "right" ? "rr" : $0 }.joined()
        if let viseme = oculus[rest] {
            return ShapeMeaning(visemes: [(viseme, 1)], rank: name.words[mark] == "viseme" ? .exact : .alias)
        }
        guard let mix = characterCreator[rest] else { return nil }
        return ShapeMeaning(visemes: mix.map { ($0.0, $0.1) }, rank: .alias)
    }

    /// VRoid Studio's `Fcl_MTH_A`, `Fcl_EYE_Close_L`, `Fcl_BRW_Surprised`.
    private static func vroid(_ name: ShapeName) -> ShapeMeaning? {
        guard let mark = name.words.firstIndex(of: "fcl"), mark + 2 < name.words.count else { return nil }
        let (base, sides) = name.key(from: mark + 1)
        if let viseme = vroidMouth[base] { return ShapeMeaning(visemes: [(viseme, 1)], rank: .alias) }
        guard let found = lookUp(base, sides.last, exact: vroidFace) else { return ShapeMeaning() }
        return ShapeMeaning(arkit: found.arkit, rank: min(found.rank, .alias))
    }

    /// `AU26`, `AU_12_L`, `AU_01_L_InnerBrowRaiser`.
    private static func actionUnit(_ name: ShapeName) -> ShapeMeaning? {
        guard let mark = name.words.firstIndex(of: "au"), mark + 1 < name.words.count,
            let number = Int(name.words[mark + 1]), let shapes = actionUnits[number]
        else { return nil }
        let side = name.key(from: mark).sides.first
        guard let found = lookUp("au", side, exact: ["au": shapes]) else { return nil }
        return ShapeMeaning(arkit: found.arkit, rank: min(found.rank, .alias))
    }

    /// Bare vowels: `A`, `aa`, `mouth_oh`, `MTH_A`.
    private static func vowel(_ name: ShapeName) -> ShapeMeaning? {
        let whole = name.words.joined()
        if let viseme = prestonBlair[whole] {
            return ShapeMeaning(visemes: [(viseme, 1)], rank: .alias, isWeak: true)
        }
        guard let last = name.words.last, let viseme = vowels[last] else { return nil }
        let before = name.words.dropLast()
        guard before.isEmpty || before.last.map({ mouthWords.contains($0) }) == true else { return nil }
        return ShapeMeaning(visemes: [(viseme, 1)], rank: .alias, isWeak: true)
    }
}

/// What the names of a model say together: some mean something only beside others of their kind.
struct ShapeCompany {
    private enum Numbers { case none, oculus, azure }
    /// Sets of mouths that animators draw.
    private enum Chart {
        /// Rhubarb's letters A to H and X, of which the first six are always there.
        case rhubarb
        /// Preston Blair's, as Papagayo names them: AI E O U etc FV L MBP WQ rest.
        case papagayo
    }

    /// The word at the end of every name, such as that of the mesh; nil where there is none, or fewer than three names.
    private(set) var commonEnding: String?
    /// Whether Character Creator 3's visemes are there without the `V_` in front (`Open`, `Tight-O`).
    private var hasCharacterCreator = false
    /// What the numbers of `viseme_0`, `viseme_1` ... count.
    private var numbers = Numbers.none
    /// The charts by the words before their names: `mouth` of `Mouth_AI`.
    private var charts: [[String]: Chart] = [:]

    init() {}

    init(_ names: some Sequence<String>) {
        var distinctive: Set<String> = []
        var numbered: Set<Int> = []
        var mouths: [[String]: Set<String>] = [:]
        var endings: Set<String?> = []
        var count = 0
        for name in names {
            let parsed = ShapeName(name)
            count += 1
            endings.insert(parsed.words.count > 1 ? parsed.words.last : nil)
            guard !parsed.words.isEmpty, parsed.words.count <= 24 else { continue }
            if let (before, mouth) = Self.mouth(parsed) { mouths[before, default: []].insert(mouth) }
            let whole = parsed.words.joined()
            if ["explosive", "dentallip", "tighto", "affricate"].contains(whole) {
                distinctive.insert(whole)
            }
            if let number = Self.number(parsed) { numbered.insert(number) }
        }
        if count >= 3, endings.count == 1, let ending = endings.first ?? nil,
            !["left", "right"].contains(ending)
        {
            commonEnding = ending
        }
        hasCharacterCreator = distinctive.count >= 2
        charts = mouths.compactMapValues { names in
            if names.isSuperset(of: ["a", "b", "c", "d", "e", "f"]) { return .rhubarb }
            let own = names.intersection(["ai", "mbp", "fv", "wq", "etc"])
            return own.contains("mbp") && own.count >= 3 ? .papagayo : nil
        }
        if let last = numbered.max(), numbered.count >= 3 {
            // Microsoft counts to 21, Oculus to 14.
            numbers = last >= OculusViseme.count && last < ShapeNames.azurePhones.count ? .azure : .none
            if last == OculusViseme.count - 1, numbered.count == OculusViseme.count { numbers = .oculus }
        }
    }

    /// The number of `viseme_7`.
    private static func number(_ name: ShapeName) -> Int? {
        guard name.words.count >= 2, let number = name.words.last.flatMap({ Int($0) }),
            ShapeNames.visemeMarks.contains(name.words[name.words.count - 2])
        else { return nil }
        return number
    }

    /// A name as that of a mouth in a chart: the words before, without numbers, and the mouth's own. Before it stands nothing
    /// or what says that it is a mouth, with the mesh's name before that.
    private static func mouth(_ name: ShapeName) -> (before: [String], mouth: String)? {
        var name = name
        while name.removeTrailing(ShapeNames.trailingWords.subtracting(["c"])) {}
        // Papagayo's "etc" by all of its letters, which capitals part.
        guard name.words.joined() != "cdgknrsthyz" else { return ([], "etc") }
        guard let last = name.words.last else { return nil }
        let before = name.words.dropLast().filter { !$0.allSatisfy(\.isNumber) }
        guard
            before.last.map({
                ShapeNames.mouthWords.contains($0) || ShapeNames.visemeMarks.contains($0) || $0 == "rhubarb"
                    || $0 == "papagayo"
            }) ?? true
        else { return nil }
        // A side was the letter.
        return (before, last == "left" ? "l" : last)
    }

    private func charted(_ name: ShapeName) -> ShapeMeaning? {
        guard !charts.isEmpty, let (before, mouth) = Self.mouth(name), let chart = charts[before] else {
            return nil
        }
        let visemes: [OculusViseme]?
        switch chart {
        case .rhubarb: visemes = ShapeNames.rhubarbMouths[mouth]
        case .papagayo: visemes = ShapeNames.papagayoMouths[mouth]
        }
        return visemes.map { ShapeMeaning(visemes: $0.map { ($0, 1) }, rank: .alias) }
    }

    func meaning(of name: ShapeName) -> ShapeMeaning? {
        if let meaning = charted(name) { return meaning }
        if let number = Self.number(name) {
            switch numbers {
            case .none: return nil
            case .azure:
                return ShapeNames.azureVisemes.indices.contains(number)
                    ? ShapeNames.azureVisemes[number] : nil
            case .oculus:
                return OculusViseme(rawValue: number).map { ShapeMeaning(visemes: [($0, 1)], rank: .alias) }
            }
        }
        guard hasCharacterCreator, let mix = ShapeNames.characterCreator[name.words.joined()] else {
            return nil
        }
        return ShapeMeaning(visemes: mix.map { ($0.0, $0.1) }, rank: .alias)
    }
}
