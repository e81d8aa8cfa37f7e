import AvatariumCore
import Foundation
import Testing

struct ErrorContractTests {
    @Test func codesAndNamesAreUnique() {
        #expect(Set(ErrorCode.all.map(\.code)).count == ErrorCode.all.count)
        #expect(Set(ErrorCode.all.map(\.name)).count == ErrorCode.all.count)
    }

    @Test func onlyTheContractsCodesAreRecoverable() {
        let expected: Set<String> = [
            "E001", "E002", "E003", "E004", "E005", "E021", "E031", "E032", "E033", "E041", "E051", "E063",
            "E064",
        ]
        #expect(Set(ErrorCode.all.filter(\.recoverable).map(\.code)) == expected)
    }

    @Test func leavesAbsentFieldsOutOfItsJSON() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let error = AvatariumError(.avatarModelInvalid, "bad", context: ["pointer": "p"])
        let json = String(decoding: try encoder.encode(error), as: UTF8.self)
        let head = #"{"code":"E024","context":{"pointer":"p"},"message":"bad","#
        #expect(json == head + #""name":"AVATAR_MODEL_INVALID","recoverable":false}"#)
    }

    @Test func `context without a value is left out of the text`() {
        let error = AvatariumError(.validationError, "bad", context: ["field": "", "path": "a.json"])
        #expect("\(error)" == "E093 VALIDATION_ERROR: bad (path=a.json)")
        #expect(
            "\(AvatariumError(.validationError, "bad", context: ["field": ""]))"
                == "E093 VALIDATION_ERROR: bad")
        #expect(error.context["field"] == "")
    }

    /// `joe` was answered with "did you mean be, de, eo, he?".
    @Test(arguments: [
        ("joe", ["be", "de", "eo", "he"], []), ("hapy", ["happy", "sad"], ["happy"]), ("dd", ["de"], ["de"]),
        ("rendr", ["render", "still"], ["render"]), ("en-xx", ["en-gb", "fr"], ["en-gb"]), ("", ["a"], []),
    ]) func `of a short name at most half is taken for a slip`(
        name: String, known: [String], near: [String]
    ) {
        #expect(NearMatches.of(name, in: known) == near)
    }

    @Test func theTableInTheDocumentsSaysTheSame() throws {
        let table = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../docs/ERRORS.md")
            .standardized
        let text = try String(contentsOf: table, encoding: .utf8)
        for code in ErrorCode.all {
            let row = "| \(code.code) | \(code.name) | \(code.recoverable ? "yes" : "no") |"
            #expect(text.contains(row), "\(code)")
        }
    }
}
