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

    @Test func `faults of the text, the recording and the model pass only where it is known when`() {
        let lasting = ErrorCode.all.filter { $0.recoverable && !$0.isTransient }
        #expect(lasting == [.avatarLoadFailed, .ttsFailed, .ttsAudioDecodeFailed])
        #expect(ErrorCode.all.allSatisfy { $0.recoverable || !$0.isTransient })
        for code in lasting {
            #expect(!AvatariumError(code, "m").isTransient)
            #expect(AvatariumError(code, "m", retryAfter: 1000).isTransient)
        }
        #expect(AvatariumError(.ttsProviderError, "m").isTransient)
        #expect(!AvatariumError(.avatarModelInvalid, "m", retryAfter: 1000).isTransient)
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
