import AvatariumCore
import Testing

struct JSONParserTests {
    @Test func keepsMemberOrderAndFindsDuplicates() throws {
        let json = try JSONParser.parse(#"{"b": 1, "a": [true, null, "x\u00e9\ud83d\ude00"], "b": 2.5}"#)
        #expect(json.object?.keys == ["b", "a"])
        #expect(json.object?.duplicateKeys == ["b"])
        #expect(json["a"]?[2]?.string == "xé😀")
        #expect(json["b"]?.double == 2.5)
    }

    @Test func saysWhereATextBreaks() {
        let error = #expect(throws: JSONSyntaxError.self) { try JSONParser.parse("[1,\n2 3]") }
        #expect(error?.message == "expected ',' or ']' in an array")
        #expect(error?.offset == 6)
        #expect(error?.line == 2)
        #expect(error?.column == 3)
    }

    @Test(arguments: [
        "", "{", "[1,]", "01", "1.", "\"\\x\"", "\"\\ud800\"", "nul", "{\"a\" 1}", "1 2", "\"a",
    ])
    func refusesWhatIsNotJSON(_ text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(text) }
    }

    @Test(arguments: [[0xFF, 0xFE, 0x7B, 0x00], [0xFE, 0xFF, 0x00, 0x7B]] as [[UInt8]])
    func `UTF-16 is named`(bytes: [UInt8]) {
        let error = #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(bytes) }
        #expect(error?.message.contains("UTF-16") == true)
    }

    @Test func refusesNestingPastItsBoundInsteadOfOverflowing() {
        #expect(throws: JSONSyntaxError.self) {
            try JSONParser.parse([UInt8](repeating: UInt8(ascii: "["), count: 1_000_000))
        }
    }
}
