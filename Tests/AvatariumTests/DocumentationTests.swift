import Avatarium
import Foundation
import Testing

/// Every Swift example of the README, docs/ and the DocC catalogue stands in `DocumentationExamples.swift`, where the
/// compiler checks it.
struct DocumentationTests {
    private static let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../..").standardized

    private static let pages: [String] = {
        func pages(in folder: String) -> [String] {
            let names = try? FileManager.default.contentsOfDirectory(
                atPath: root.appendingPathComponent(folder).path)
            return (names ?? []).filter { $0.hasSuffix(".md") }.sorted().map { "\(folder)/\($0)" }
        }
        return ["README.md"] + pages(in: "docs") + pages(in: "Sources/Avatarium/Avatarium.docc")
    }()

    private func text(_ path: String) throws -> String {
        try String(contentsOf: Self.root.appendingPathComponent(path), encoding: .utf8)
    }

    /// Line breaks belong to the formatter.
    private func squeezed(_ text: some StringProtocol) -> String { String(text.filter { !$0.isWhitespace }) }

    @Test(arguments: pages) func `every example is compiled`(page: String) throws {
        let compiled = squeezed(try text("Tests/AvatariumTests/DocumentationExamples.swift"))
        for match in try text(page).matches(of: #/```swift\n([\s\S]*?)```/#) {
            let lines = match.1.split(separator: "\n").filter {
                !$0.hasPrefix("import ") && !$0.contains("@Test")
            }
            let example = squeezed(lines.joined())
            // A test's own braces close around what is compared.
            let body = match.1.contains("@Test") ? String(example.dropLast()) : example
            #expect(compiled.contains(body), "\(match.1)")
        }
    }

    @Test func `the catalogue has an article for each entry point`() {
        for article in [
            "GettingStarted", "YourOwnVoice", "DrivingFrames", "WritingASpeechEngine", "GoldenImages",
        ] {
            #expect(Self.pages.contains { $0.hasSuffix("/\(article).md") })
        }
    }
}
