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

    @Test func `the pointer to a whole document stands in the JSON and not in the text`() throws {
        let whole = AvatariumError(.validationError, "it is not JSON", context: ["field": ""])
        #expect("\(whole)" == "E093 VALIDATION_ERROR: it is not JSON")
        #expect(String(decoding: try JSONEncoder().encode(whole), as: UTF8.self).contains(#""field":"""#))
        let placed = whole.adding(context: ["path": "a.json"])
        #expect("\(placed)" == "E093 VALIDATION_ERROR: it is not JSON (path=a.json)")
    }

    @Test func `a picture that is too large is to be scaled, not written in another format`() {
        let formats = "a PNG image"
        #expect(ImageError(.tooLarge, "it has too many pixels").remedy(formats: formats) == "scale it down")
        #expect(ImageError(.unrecognized, "it is text").remedy(formats: formats) == "use a PNG image")
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
