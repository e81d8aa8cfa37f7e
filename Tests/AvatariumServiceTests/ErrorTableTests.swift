import AvatariumCore
import AvatariumService
import Foundation
import Testing

/// The tables of docs/ERRORS.md, section 3, against the enumerations and the tests.
struct ErrorTableTests {
    private static let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../..").standardized

    private struct Row {
        var code: String
        /// A file in Tests and the name of a test in it; nil for codes that only a browser raises.
        var test: (file: String, name: String)?
    }

    private func rows() throws -> [Row] {
        let text = try String(contentsOf: Self.root.appendingPathComponent("docs/ERRORS.md"), encoding: .utf8)
        let section = try #require(text.range(of: "## 3. "))
        let end = text[section.upperBound...].firstRange(of: "\n## ")?.lowerBound ?? text.endIndex
        return text[section.upperBound..<end].split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard line.hasPrefix("| "), let code = cells.first, let last = cells.last, code != "code" else {
                return nil
            }
            let test = last.firstMatch(of: #/^`(\S+\.swift)`: (.+)$/#).map {
                (file: String($0.1), name: String($0.2))
            }
            return Row(code: code, test: test)
        }
    }

    @Test func `every code of both layers has a row, and no row has another code`() throws {
        let documented = try rows().map(\.code)
        let codes = ErrorCode.all.map(\.code) + APIError.Code.allCases.map(\.rawValue)
        #expect(documented == codes || Set(documented) == Set(codes))
        #expect(documented.count == codes.count)
    }

    @Test func `the test that a row names exists`() throws {
        for row in try rows() {
            guard let test = row.test else {
                #expect(["E002", "E003", "E083"].contains(row.code), "\(row.code) has no test")
                continue
            }
            let source = try String(
                contentsOf: Self.root.appendingPathComponent("Tests/\(test.file)"), encoding: .utf8)
            let isThere =
                source.contains("func `\(test.name)`") || source.contains("func \(test.name)(")
            #expect(isThere, "\(row.code): \(test.file) has no test '\(test.name)'")
        }
    }
}
