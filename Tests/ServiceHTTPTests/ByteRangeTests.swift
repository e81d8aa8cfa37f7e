import ServiceHTTP
import Testing

struct ByteRangeTests {
    /// The cases of RFC 9110 section 14.1.2 and around it, for a representation of 10,000 bytes.
    @Test(arguments: [
        ("bytes=0-499", ByteRange.part(0..<500)),
        ("bytes=500-999", .part(500..<1000)),
        ("bytes=-500", .part(9500..<10_000)),
        ("bytes=9500-", .part(9500..<10_000)),
        ("bytes=0-0", .part(0..<1)),
        ("bytes=-1", .part(9999..<10_000)),
        ("bytes=0-", .part(0..<10_000)),
        ("bytes=0-9999", .part(0..<10_000)),
        ("bytes=0-10000", .part(0..<10_000)),
        ("bytes=9999-20000", .part(9999..<10_000)),
        ("bytes=-20000", .part(0..<10_000)),
        ("BYTES=1-2", .part(1..<3)),
        ("bytes= 1-2 ", .part(1..<3)),
        ("bytes=,1-2,", .part(1..<3)),
        ("bytes=007-8", .part(7..<9)),
        ("bytes=0-99999999999999999999999999", .part(0..<10_000)),
        ("bytes=-99999999999999999999999999", .part(0..<10_000)),
        ("bytes=0-9223372036854775807", .part(0..<10_000)),
        ("bytes=10000-", .unsatisfiable),
        ("bytes=10000-10001", .unsatisfiable),
        ("bytes=99999999999999999999999999-", .unsatisfiable),
        ("bytes=9223372036854775807-9223372036854775807", .unsatisfiable),
        ("bytes=-0", .unsatisfiable),
        ("bytes=0-0,-1", .whole),
        ("bytes=0-1,5-6,10-20", .whole),
        ("bytes=5-4", .whole),
        ("bytes=5-4,0-1", .whole),
        ("items=0-5", .whole),
        ("bytes", .whole),
        ("bytes=", .whole),
        ("bytes=-", .whole),
        ("bytes=a-b", .whole),
        ("bytes=1", .whole),
        ("bytes=1,2-3", .whole),
        ("bytes=1-2-3", .whole),
        ("bytes=1 - 2", .whole),
        ("bytes =1-2", .whole),
        ("bytes=+1-2", .whole),
        ("bytes=0x1-2", .whole),
        ("bytes=--1", .whole),
        ("bytes=1-2;q=1", .whole),
        ("bytes=\u{661}-\u{662}", .whole),
        ("", .whole),
    ])
    func `a Range field selects what RFC 9110 says`(header: String, expected: ByteRange) {
        #expect(ByteRange.resolve(header: header, length: 10_000) == expected)
    }

    @Test func `without a Range field everything is sent`() {
        #expect(ByteRange.resolve(header: nil, length: 10) == .whole)
    }

    @Test func `only GET has ranges`() {
        for method in ["HEAD", "POST", "get"] {
            #expect(ByteRange.resolve(method: method, header: "bytes=0-1", length: 10) == .whole)
        }
    }

    @Test func `an empty representation has no first byte and no suffix that Content-Range could name`() {
        #expect(ByteRange.resolve(header: "bytes=0-", length: 0) == .unsatisfiable)
        #expect(ByteRange.resolve(header: "bytes=-5", length: 0) == .whole)
        #expect(ByteRange.resolve(header: "bytes=-0", length: 0) == .unsatisfiable)
    }

    @Test(arguments: [
        ("\"a\"", "\"a\"", true), ("\"a\"", "\"b\"", false), ("W/\"a\"", "\"a\"", false),
        ("\"a\"", "W/\"a\"", false), ("\"a\"", "a", false), ("\"a\"", "\"a\", \"b\"", false),
        ("\"a\"", "Sun, 06 Nov 1994 08:49:37 GMT", false), ("\"a\"", "", false),
    ])
    func `If-Range lets a range stand for the same strong entity tag only`(
        current: String, ifRange: String, stands: Bool
    ) {
        let result = ByteRange.resolve(
            header: "bytes=0-1", length: 10, etag: EntityTag(current), ifRange: ifRange)
        #expect(result == (stands ? .part(0..<2) : .whole))
    }

    @Test func `If-Range without a current entity tag gives everything`() {
        #expect(ByteRange.resolve(header: "bytes=0-1", length: 10, etag: nil, ifRange: "\"a\"") == .whole)
    }

    @Test func `a field of many ranges or of many digits is read once and ends`() {
        let many = "bytes=" + String(repeating: "0-1,", count: 100_000)
        #expect(ByteRange.resolve(header: many, length: 10) == .whole)
        let long = "bytes=" + String(repeating: "9", count: 8000) + "-"
        #expect(ByteRange.resolve(header: long, length: 10) == .unsatisfiable)
    }

    @Test func `Content-Range names the part and the length`() {
        #expect(ByteRange.part(0..<500).contentRange(length: 1234) == "bytes 0-499/1234")
        #expect(ByteRange.unsatisfiable.contentRange(length: 1234) == "bytes */1234")
        #expect(ByteRange.whole.contentRange(length: 1234) == nil)
    }

    @Test func `every part lies inside the representation`() {
        for length in 0...6 {
            for first in 0...7 {
                for last in 0...7 {
                    guard
                        case .part(let range) = ByteRange.resolve(
                            header: "bytes=\(first)-\(last)", length: length)
                    else { continue }
                    #expect(range.lowerBound == first && !range.isEmpty && range.upperBound <= length)
                }
            }
        }
    }
}
