/// Finds the names that somebody may have meant.
package enum NearMatches {
    /// At most four candidates that share the beginning or lie within two edits, nearest first.
    ///
    /// Of a short name at most half may be edited: `joe` is not meant for `be`.
    package static func of(_ name: String, in candidates: [String]) -> [String] {
        let wanted = Array(name.prefix(64))
        let language = name.prefix { $0.isLetter }
        var scored: [(distance: Int, name: String)] = []
        for candidate in Set(candidates) {
            let known = Array(candidate.lowercased())
            var distance = edits(wanted, known)
            if distance * 2 > max(wanted.count, known.count) { distance = .max }
            if language.count >= 2, candidate.hasPrefix(language) { distance = min(distance, 2) }
            if distance <= 2 { scored.append((distance, candidate)) }
        }
        return scored.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(4).map(\.name)
    }

    /// Levenshtein distance.
    package static func edits(_ a: [Character], _ b: [Character]) -> Int {
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let cost = diagonal + (x == y ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(cost, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[b.count]
    }
}
