import AvatariumCore
import Phonetics
import Testing

struct WordRoomTests {
    private func phones(_ owners: [Int?]) -> [Phone] {
        owners.enumerated().map { index, owner in
            Phone(
                start: Double(index), end: Double(index + 1), ipa: owner == nil ? "" : "a", wordIndex: owner)
        }
    }

    @Test func `a word without sounds shares the time of the word before it`() {
        var words = ["such", "as", "it", "is"].map { Word(start: 0, end: 0, text: $0) }
        var sounds = phones([0, 1, 2, 2])
        words[0].end = 1
        words[1] = Word(start: 1, end: 2, text: "as")
        words[2] = Word(start: 2, end: 4, text: "it")
        WordRoom.make(for: &words, among: &sounds)
        #expect(words.map(\.start) == [0, 1, 2, 3] && words[3].end == 4)
        #expect(sounds.map(\.wordIndex) == [0, 1, 2, 3])
    }

    @Test func `words without sounds before the first share its time, a dash none`() {
        var words = ["in", "a", "--", "house"].map { Word(start: 0, end: 0, text: $0) }
        var sounds = phones([nil, 3, 3, 3, 3])
        words[3] = Word(start: 1, end: 5, text: "house")
        WordRoom.make(for: &words, among: &sounds)
        #expect(words[0].start == 1 && words[0].end == words[1].start && words[1].end == words[3].start)
        #expect(words[3].end == 5 && words[2].end == 0)
        #expect(sounds.compactMap(\.wordIndex) == sounds.compactMap(\.wordIndex).sorted())
    }

    @Test func `nothing is shared where nothing is said`() {
        var words = [Word(start: 0, end: 0, text: "a")]
        var sounds = phones([nil])
        WordRoom.make(for: &words, among: &sounds)
        #expect(words[0].end == 0)
    }
}
