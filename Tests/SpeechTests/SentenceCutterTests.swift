import Speech
import Testing

struct SentenceCutterTests {
    /// What comes of a text that is written in pieces of so many characters.
    private func cut(_ text: String, by size: Int) -> [String] {
        var cutter = SentenceCutter()
        var sentences: [String] = []
        var rest = Substring(text)
        while !rest.isEmpty {
            sentences += cutter.add(String(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        return sentences + cutter.finish()
    }

    @Test(arguments: [
        "Hello. How are you? Dr. Smith has 3.14 apples! \"Yes.\" He said so.",
        "One\n\ntwo", "日本語。はい！", "", "   ", "...", "A. B. C.",
    ])
    func `the sentences are those of the whole text, however it comes`(_ text: String) {
        let whole = Sentences.split(text)
        for size in [1, 2, 3, 7, 100, 10_000] { #expect(cut(text, by: size) == whole, "\(size)") }
    }

    @Test func `a sentence without end is given in pieces, and not kept`() {
        let text = String(repeating: "word ", count: 1000)
        var cutter = SentenceCutter()
        let pieces = text.split(separator: " ").flatMap { cutter.add("\($0) ") }
        #expect(pieces.count >= 8)
        #expect(pieces.allSatisfy { $0.count <= Sentences.maximumLength })
        #expect((pieces + cutter.finish()).joined(separator: " ") + " " == text)
    }

    @Test func `marks stay with the sentence that they follow or begin`() {
        let text = "[happy]Good morning![/happy] [nod]Yes. [look left]See.[/] Then no [sad 0.4]more.[/sad]"
        let wanted = [
            "[happy]Good morning![/happy]", "[nod]Yes.", "[look left]See.[/]", "Then no [sad 0.4]more.[/sad]",
        ]
        for size in [1, 4, 1000] { #expect(cut(text, by: size) == wanted, "\(size)") }
    }

    @Test func `a sentence ends when the next begins, or when nothing comes for a while`() {
        var cutter = SentenceCutter()
        #expect(cutter.add("Hello") == [])
        #expect(cutter.pause() == [])
        #expect(cutter.add(" there.") == [])
        #expect(cutter.pause() == ["Hello there."])
        #expect(cutter.pause() == [])
        #expect(cutter.add(" How are you? I") == ["How are you?"])
        #expect(cutter.finish() == ["I"])
    }

    @Test(arguments: ["It costs 3.", "Ask Dr.", "Well,", "Wait [happ", ""])
    func `a pause within a number or after an abbreviation ends nothing`(_ text: String) {
        var cutter = SentenceCutter()
        _ = cutter.add(text)
        #expect(cutter.pause() == [])
    }
}
