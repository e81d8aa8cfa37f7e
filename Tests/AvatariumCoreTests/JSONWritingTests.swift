import AvatariumCore
import Testing

@Suite struct JSONWritingTests {
    @Test(arguments: [
        "null", "true", "[1,2.5,-3e-10]", "{\"b\":1,\"a\":[]}", "\"\\u0001\\\"\\\\é漢\"", "{}",
        "[9007199254740992]",
        "{\"nested\":{\"x\":[{},[]]}}",
    ])
    func writesWhatReadsBackTheSame(text: String) throws {
        let value = try JSONParser.parse(text)
        #expect(try JSONParser.parse(value.encoded()) == value)
    }

    @Test func keepsTheOrderOfMembers() throws {
        let value = try JSONParser.parse("{\"b\":1,\"a\":2}")
        #expect(value.encoded() == Array("{\"b\":1,\"a\":2}".utf8))
    }

    @Test func replacesMembersInPlace() throws {
        let object = try #require(try JSONParser.parse("{\"b\":1,\"a\":2,\"c\":3}").object)
        let changed = object.replacing(["a": .integer(7), "z": .null], removing: ["b"])
        #expect(JSON.object(changed).encoded() == Array("{\"a\":7,\"c\":3,\"z\":null}".utf8))
    }
}
