import AvatariumCore

/// Gives written words to which a synthesizer made no sound of their own ("it is", "in a", said as one) a share of the
/// word beside them, so that captions have every word.
package enum WordRoom {
    /// Whether a word is said at all; a dash between words is not.
    package static func isSpoken(_ text: String) -> Bool {
        text.contains { $0.isLetter || $0.isNumber }
    }

    /// Shares out the time of each word that has phones among itself and the words without any that follow it (before
    /// the first, that it follows), by their letters. Each phone belongs to the word in whose share its middle lies.
    package static func make(for words: inout [Word], among phones: inout [Phone]) {
        var owned: [Int: [Int]] = [:]
        for (index, phone) in phones.enumerated() where !phone.isSilence {
            if let word = phone.wordIndex { owned[word, default: []].append(index) }
        }
        guard let first = words.indices.first(where: { owned[$0] != nil }) else { return }
        var index = 0
        while index < words.count {
            let start = index <= first ? 0 : index
            var end = max(index, first) + 1
            while end < words.count, owned[end] == nil { end += 1 }
            let owner = max(index, first)
            let group = (start..<end).filter { $0 == owner || isSpoken(words[$0].text) }
            if group.count > 1, let mine = owned[owner], let low = mine.first, let high = mine.last {
                share(group, mine, from: phones[low].start, to: phones[high].end, &words, &phones)
            }
            index = end
        }
    }

    private static func share(
        _ group: [Int], _ mine: [Int], from start: Double, to end: Double, _ words: inout [Word],
        _ phones: inout [Phone]
    ) {
        let letters = group.map { max(1, words[$0].text.count(where: { $0.isLetter || $0.isNumber })) }
        let sum = Double(letters.reduce(0, +))
        var at = start
        var before = 0
        for (place, index) in group.enumerated() {
            before += letters[place]
            let next = place + 1 == group.count ? end : start + (end - start) * Double(before) / sum
            words[index].start = at
            words[index].end = next
            at = next
        }
        var place = 0
        for index in mine {
            let middle = (phones[index].start + phones[index].end) / 2
            while place + 1 < group.count, words[group[place]].end <= middle { place += 1 }
            phones[index].wordIndex = group[place]
        }
    }
}
