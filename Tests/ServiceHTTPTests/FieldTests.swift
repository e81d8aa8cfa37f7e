import Foundation
import ServiceHTTP
import Testing

struct FieldTests {
    // MARK: Entity tags

    @Test(arguments: [
        ("\"xyzzy\"", "\"xyzzy\"", true), ("W/\"xyzzy\"", "\"xyzzy\"", true),
        ("\"a\", \"xyzzy\"", "\"xyzzy\"", true),
        ("*", "\"xyzzy\"", true), (" * ", "\"xyzzy\"", true), ("\"a\",W/\"b\"", "\"xyzzy\"", false),
        ("\"a,b\"", "\"a,b\"", true), ("\"\"", "\"\"", true), (",\"xyzzy\",", "\"xyzzy\"", true),
    ])
    func `If-None-Match compares weakly`(header: String, current: String, matches: Bool) throws {
        let condition = try #require(EntityTagCondition(header))
        #expect(condition.isNotModified(try #require(EntityTag(current))) == matches)
    }

    @Test(arguments: [
        "xyzzy", "\"open", "w/\"a\"", "W/", "W", "", ",", "\"a\" \"b\"", "*, \"a\"", "\"a\", W", "\"a b\"",
    ])
    func `a malformed list of entity tags is ignored`(header: String) {
        #expect(EntityTagCondition(header) == nil)
    }

    @Test func `If-Match compares strongly`() throws {
        let condition = try #require(EntityTagCondition(["\"a\"", "W/\"b\""]))
        #expect(condition.permits(EntityTag(opaque: "a")))
        #expect(!condition.permits(EntityTag(opaque: "b")))
        #expect(!condition.permits(EntityTag(opaque: "a", isWeak: true)))
    }

    @Test func `an entity tag made of hostile text is still a valid field value`() {
        #expect(EntityTag(opaque: "a\"\r\nb c").description == "\"abc\"")
    }

    // MARK: Prefer

    @Test(
        arguments: [
            (["wait=10"], 10), (["respond-async, wait=10"], 10), (["wait=\"10\""], 10), (["WAIT = 10"], 10),
            (["wait=10; foo=bar, handling=lenient"], 10), (["handling=lenient", "wait=5"], 5),
            (["wait=5, wait=9"], 5),
            (["wait=100"], 60), (["wait=99999999999999999999999"], 60), (["foo; a=\"b,c\", wait=7"], 7),
            (["wait=0"], nil), (["wait=-1"], nil), (["wait=1.5"], nil), (["wait"], nil), (["wait="], nil),
            (["wait=ten"], nil), (["x=\"open, wait=10"], nil), ([], nil), ([""], nil), ([",, ,wait=3"], 3),
        ] as [([String], Int?)])
    func `Prefer wait is read and bounded`(lines: [String], expected: Int?) {
        #expect(Preferences(lines).wait(limit: 60) == expected)
    }

    @Test func `preferences have names without case`() {
        let preferences = Preferences(["Respond-Async", "Handling=strict"])
        #expect(preferences["respond-ASYNC"] == "")
        #expect(preferences["HANDLING"] == "strict")
        #expect(preferences["wait"] == nil)
    }

    // MARK: Media types

    @Test func `a media type is read with its parameters`() throws {
        let type = try #require(MediaType("Text/Plain; Charset=\"utf-8\"; a=b ;"))
        #expect(type.essence == "text/plain")
        #expect(type.parameters == ["charset": "utf-8", "a": "b"])
        #expect(try #require(MediaType("application/problem+json")).isJSON)
        #expect(try #require(MediaType("application/json; charset=utf-8")).isJSON)
        #expect(!(try #require(MediaType("text/json"))).isJSON)
    }

    @Test(arguments: [
        "", "text", "text/", "/plain", "text/plain; a", "text/plain; a=\"open", "text /plain", "text/plain,",
    ])
    func `a malformed media type is refused`(text: String) {
        #expect(MediaType(text) == nil)
    }

    @Test(
        arguments: [
            (["text/event-stream"], "text/event-stream"), (["application/json"], "application/json"),
            (["*/*"], "application/json"), ([], "application/json"), (["text/*"], "text/event-stream"),
            (["text/event-stream, application/json"], "application/json"),
            (["text/event-stream, application/json;q=0.5"], "text/event-stream"),
            (["*/*;q=0.1", "text/event-stream;q=0.2"], "text/event-stream"),
            (["application/json;q=0, */*"], "text/event-stream"), (["image/png"], nil),
            (["*/*, text/event-stream;q=0.1"], "application/json"), (["nonsense"], "application/json"),
            (["application/json;q=0"], nil), (["text/event-stream;q=2"], "text/event-stream"),
        ] as [([String], String?)])
    func `Accept chooses the best offer`(lines: [String], expected: String?) {
        #expect(Accept(lines).preferred(of: ["application/json", "text/event-stream"]) == expected)
    }

    // MARK: Dates

    @Test(arguments: [
        "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
    ])
    func `the three forms of an HTTP date are the same date`(text: String) {
        #expect(HTTPDate.parse(text) == Date(timeIntervalSince1970: 784_111_777))
    }

    @Test func `an HTTP date is written in the preferred form`() {
        #expect(HTTPDate.format(Date(timeIntervalSince1970: 784_111_777)) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(HTTPDate.format(Date(timeIntervalSince1970: 951_782_400)) == "Tue, 29 Feb 2000 00:00:00 GMT")
        #expect(HTTPDate.format(.distantPast) == "Thu, 01 Jan 1970 00:00:00 GMT")
        #expect(HTTPDate.format(.distantFuture) == "Mon, 01 Jan 4001 00:00:00 GMT")
    }

    @Test func `dates that are written are read back`() {
        for day in stride(from: 0, to: 80_000, by: 37) {
            let date = Date(timeIntervalSince1970: Double(day) * 86_400 + 86_399)
            #expect(HTTPDate.parse(HTTPDate.format(date)) == date)
        }
    }

    @Test(arguments: [
        "Sun, 30 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:49:37 CET",
        "06 Nov 1994",
        "Sun, 06 Nov 19940 08:49:37 GMT", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, +6 Nov 1994 08:49:37 GMT", "",
        "Sun, 06 Nov 1994 08:-9:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
    ])
    func `a text that is not an HTTP date is refused`(text: String) {
        #expect(HTTPDate.parse(text) == nil)
    }

    @Test(
        arguments: [
            ("120", 120), ("0", 0), (" 7 ", 7), ("99999999999999999999999", 86_400), ("-1", nil),
            ("1.5", nil),
            ("soon", nil), ("", nil), ("Sun, 06 Nov 1994 08:50:37 GMT", 60),
            ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
            ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400),
        ] as [(String, Int?)])
    func `Retry-After is seconds or a date, bounded`(text: String, seconds: Int?) {
        let now = Date(timeIntervalSince1970: 784_111_777)
        #expect(RetryAfter.parse(text, now: now) == seconds.map { .seconds($0) })
    }

    // MARK: Names

    @Test(arguments: ["abc", "a-b", "123", "my-avatar-2", String(repeating: "a", count: 50), "---"])
    func `a slug of three to fifty allowed characters is taken`(text: String) throws {
        #expect(try Slug(text).description == text)
    }

    @Test(arguments: [
        "", "ab", String(repeating: "a", count: 51), "Abc", "a_b", "a b", "äbc", "abc\n", "a/b", "...",
    ])
    func `any other slug is refused and says the rule`(text: String) {
        let error = #expect(throws: (any Error).self) { try Slug(text) }
        #expect("\(error!)".contains("3 to 50 characters of a-z, 0-9 and hyphen"))
    }

    @Test func `a file name in Content-Disposition can break neither the field nor the path`() {
        #expect(ContentDisposition.attachment(filename: "clip.mp4") == "attachment; filename=\"clip.mp4\"")
        #expect(
            ContentDisposition.attachment(filename: "../a\"\r\nb.mp4")
                == "attachment; filename=\".._a___b.mp4\"")
        #expect(
            ContentDisposition.attachment(filename: "Grüße.mp4")
                == "attachment; filename=\"Gr__e.mp4\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe.mp4")
    }

    @Test func `percent-encoding keeps the unreserved characters only`() {
        #expect(PercentEncoding.encode("a b+c~d/e%ü") == "a%20b%2Bc~d%2Fe%25%C3%BC")
        #expect(PercentEncoding.encode("//a/ b", keepingSlashes: true) == "//a/%20b")
    }
}
