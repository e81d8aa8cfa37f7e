import AvatariumCore

/// Finds which written word each sound of a synthesizer belongs to: numbers are several spoken words, and small
/// words run together, so counting spaces is not enough.
package enum WordAssignment {
    /// Sets the word of every phone and returns the words with their times, by aligning the sounds of each
    /// written word (as the pronouncer says them) with the sounds spoken.
    package static func assign(
        _ text: String, to phones: inout [Phone], language: String, pronouncer: any Pronouncer
    ) throws -> [Word] {
        let tokens = text.split(whereSeparator: \.isWhitespace).map(String.init)
        var expected: [(features: IPAFeatures, ipa: String, token: Int)] = []
        for (index, token) in tokens.enumerated() {
            for segment in try pronouncer.segments(of: token, language: language) {
                expected.append((IPAFeatures.of(segment.ipa), segment.ipa, index))
            }
        }
        let spoken = phones.indices.filter { !phones[$0].isSilence }
        guard !expected.isEmpty, !spoken.isEmpty, expected.count * spoken.count < 4_000_000 else { return [] }
        let owners = align(
            spoken.map { (IPAFeatures.of(phones[$0].ipa), phones[$0].ipa) },
            expected.map { ($0.features, $0.ipa) })
        var last = expected[0].token
        for (place, index) in spoken.enumerated() {
            if let owner = owners[place] { last = max(last, expected[owner].token) }
            phones[index].wordIndex = last
        }
        return words(tokens, &phones)
    }

    /// The words that are said, with their times; those whose sounds another took share its time.
    private static func words(_ tokens: [String], _ phones: inout [Phone]) -> [Word] {
        var words = tokens.map { token in
            let text = token.drop { $0.isPunctuation }.reversed().drop { $0.isPunctuation }.reversed()
            return Word(start: 0, end: 0, text: String(text))
        }
        var isSaid = [Bool](repeating: false, count: words.count)
        for phone in phones {
            guard let token = phone.wordIndex else { continue }
            if !isSaid[token] { words[token].start = phone.start }
            isSaid[token] = true
            words[token].end = phone.end
        }
        WordRoom.make(for: &words, among: &phones)
        var places = [Int](repeating: 0, count: words.count)
        var kept: [Word] = []
        for (index, word) in words.enumerated() where isSaid[index] || word.end > word.start {
            places[index] = kept.count
            kept.append(word)
        }
        for index in phones.indices { phones[index].wordIndex = phones[index].wordIndex.map { places[$0] } }
        return kept
    }

    /// The expected sound for each spoken one, nil for one too many (edit distance).
    private static func align(
        _ spoken: [(IPAFeatures, String)], _ expected: [(IPAFeatures, String)]
    ) -> [Int?] {
        let width = expected.count + 1
        var cost = [Float](repeating: 0, count: (spoken.count + 1) * width)
        for j in 0...expected.count { cost[j] = Float(j) }
        for i in 1...spoken.count {
            cost[i * width] = Float(i)
            for j in 1...expected.count {
                let swap = cost[(i - 1) * width + j - 1] + price(spoken[i - 1], expected[j - 1])
                cost[i * width + j] = min(swap, cost[(i - 1) * width + j] + 1, cost[i * width + j - 1] + 1)
            }
        }
        var owners = [Int?](repeating: nil, count: spoken.count)
        var (i, j) = (spoken.count, expected.count)
        while i > 0, j > 0 {
            let here = cost[i * width + j]
            if here == cost[(i - 1) * width + j - 1] + price(spoken[i - 1], expected[j - 1]) {
                i -= 1
                j -= 1
                owners[i] = j
            } else if here == cost[(i - 1) * width + j] + 1 {
                i -= 1
            } else {
                j -= 1
            }
        }
        return owners
    }

    private static func price(_ a: (IPAFeatures, String), _ b: (IPAFeatures, String)) -> Float {
        if a.1 == b.1 { return 0 }
        if a.0.isVowel, b.0.isVowel { return 0.4 }
        if a.0.isVowel != b.0.isVowel { return 1.8 }
        return a.0.place == b.0.place ? 0.5 : 1.2
    }
}
