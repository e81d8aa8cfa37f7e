import Foundation

/// A morph target's name cut into words, with the side taken out: how names of many tools become comparable.
///
/// `face_shapes.mouthSmile_L`, `MouthSmileLeft` and `A38_Mouth_Smile_Left` all hold the words `mouth smile` and
/// the side `left`.
struct ShapeName {
    enum Side: Hashable { case left, right }

    /// Lower-case words in order; sides as `left` and `right`.
    private(set) var words: [String]

    init(_ name: String) {
        words = ShapeName.split(name).map { word in
            switch word {
            // With the second letters also the quarters of a mouth: `LipSuckLB`, `mouthFunnelUL`.
            case "l", "lf", "lt", "lb", "ul", "dl": "left"
            case "r", "rt", "rb", "ur", "dr": "right"
            default: word
            }
        }
    }

    /// Cuts at anything that is not a letter or digit, between letters and digits, and where capitals start a word.
    static func split(_ name: String) -> [String] {
        var words: [String] = []
        var word = ""
        var previous: Character?
        let characters = Array(name)
        func isUpper(_ c: Character) -> Bool { c.isUppercase }
        for (i, c) in characters.enumerated() {
            guard c.isLetter || c.isNumber else {
                if !word.isEmpty { words.append(word) }
                word = ""
                previous = nil
                continue
            }
            if let p = previous {
                let next = i + 1 < characters.count ? characters[i + 1] : nil
                let startsWord =
                    (isUpper(c) && !isUpper(p)) || (c.isNumber != p.isNumber)
                    || (isUpper(c) && isUpper(p) && next.map { $0.isLowercase } ?? false)
                if startsWord, !word.isEmpty {
                    words.append(word)
                    word = ""
                }
            }
            word += c.lowercased()
            previous = c
        }
        if !word.isEmpty { words.append(word) }
        return words
    }

    /// Removes a last word that is a number or one of some; false where there is none, or nothing else.
    mutating func removeTrailing(_ some: Set<String>) -> Bool {
        guard words.count > 1, let last = words.last, some.contains(last) || last.allSatisfy(\.isNumber)
        else {
            return false
        }
        words.removeLast()
        return true
    }

    /// The words from `start` on without their sides, joined, and the sides in order.
    func key(from start: Int) -> (base: String, sides: [Side]) {
        var base = ""
        var sides: [Side] = []
        for word in words[start...] {
            switch word {
            case "left": sides.append(.left)
            case "right": sides.append(.right)
            default: base += word
            }
        }
        return (base, sides)
    }
}
