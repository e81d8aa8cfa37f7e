import Foundation

/// Lays the phones of a word over its letters, so that letter times become phone times.
///
/// Finds the cheapest monotone assignment, where a letter that often writes a phone costs nothing, a vowel letter
/// for a vowel little, and silent letters and unwritten phones something. Words of up to 60 letters and 600 phones;
/// longer ones share their time by typical lengths.
package enum LetterAlignment {
    /// Returns the start and end of each phone, in order, from `start` to `end`.
    package static func edges(
        letters: [(letter: Character, start: Double, end: Double)], segments: [IPASegments.Segment],
        start: Double, end: Double
    ) -> [(start: Double, end: Double)] {
        guard !segments.isEmpty else { return [] }
        let first = firstLetters(letters.map(\.letter), segments)
        // The starts that letters give; phones without a letter share with the one before by typical length.
        var edges: [(start: Double, end: Double)] = []
        var index = 0
        while index < segments.count {
            var next = index + 1
            while next < segments.count, first[next] == nil { next += 1 }
            let from = index == 0 ? start : max(letters[first[index] ?? 0].start, edges.last?.end ?? start)
            let until = next < segments.count ? letters[first[next] ?? 0].start : end
            let to = min(end, max(from, until))
            let group = Array(segments[index..<next])
            let shares = PhoneDurations.shares(of: group.map(\.ipa), stresses: group.map(\.stress))
            var at = min(from, to)
            for share in shares {
                let stop = at + share * (to - min(from, to))
                edges.append((at, stop))
                at = stop
            }
            index = next
        }
        edges[edges.count - 1].end = end
        return edges
    }

    /// The first letter of each phone, nil where a phone has none of its own.
    private static func firstLetters(
        _ letters: [Character], _ segments: [IPASegments.Segment]
    ) -> [Int?] {
        let (n, m) = (letters.count, segments.count)
        guard n > 0, n * m < 40_000 else { return [0] + Array(repeating: nil, count: max(0, m - 1)) }
        let plain = letters.map { base($0) }
        let features = segments.map { IPAFeatures.of($0.ipa) }
        // cost[i][j]: letters before i and phones before j done.
        let width = m + 1
        var cost = [Float](repeating: .infinity, count: (n + 1) * width)
        var move = [UInt8](repeating: 0, count: (n + 1) * width)
        cost[0] = 0
        for i in 0...n {
            for j in 0...m {
                let here = cost[i * width + j]
                guard here < .infinity else { continue }
                func relax(_ di: Int, _ dj: Int, _ price: Float, _ kind: UInt8) {
                    guard i + di <= n, j + dj <= m else { return }
                    let to = (i + di) * width + j + dj
                    if here + price < cost[to] {
                        cost[to] = here + price
                        move[to] = kind
                    }
                }
                if i < n, j < m { relax(1, 1, price(plain[i], segments[j].ipa, features[j]), 1) }
                relax(1, 0, 0.6, 2)
                relax(0, 1, 1, 3)
            }
        }
        var first = [Int?](repeating: nil, count: m)
        var (i, j) = (n, m)
        while i > 0 || j > 0 {
            switch move[i * width + j] {
            case 1:
                i -= 1
                j -= 1
                first[j] = i
            case 2: i -= 1
            default: j -= 1
            }
        }
        return first
    }

    /// The letter without its accent, small.
    private static func base(_ letter: Character) -> Character {
        let lower = letter.lowercased()
        guard let scalar = lower.decomposedStringWithCanonicalMapping.unicodeScalars.first else {
            return letter
        }
        return Character(scalar)
    }

    private static func price(_ letter: Character, _ ipa: String, _ features: IPAFeatures) -> Float {
        let sound = ipa.unicodeScalars.first.map(Character.init) ?? " "
        if let usual = sounds[letter] {
            if usual.contains(sound) { return 0 }
            let isVowelLetter = "aeiouy".contains(letter)
            return isVowelLetter == features.isVowel ? (features.isVowel ? 0.25 : 0.9) : 1.4
        }
        // Letters of other scripts: nothing is known but the order.
        return 0.3
    }

    /// What each Latin letter commonly writes.
    private static let sounds: [Character: String] = [
        "a": "aɑæɐəeɛɔʌɒ", "b": "bβpv", "c": "kstʃɕ", "d": "dðtɾ", "e": "eɛəiɪɜɝɚ", "f": "fv", "g": "ɡdʒxɣŋ",
        "h": "hɦxħç", "i": "iɪaəjᵻ", "j": "dʒjxɟ", "k": "kŋ", "l": "lɫʎɭ", "m": "mɱ", "n": "nŋɲɴɳ",
        "o": "oɔʌɑəuʊwɒ", "p": "pfɸ", "q": "kq", "r": "ɹrɾʁɻɐɚɝ", "s": "szʃʒʂɕ", "t": "tθðʃɾdʈ",
        "u": "uʊʌyjwʉəɪ",
        "v": "vfʋβw", "w": "wvʋhɹʍ", "x": "kɡzʃsx", "y": "jiɪayʏ", "z": "zstdʒʐθ",
    ]
}
