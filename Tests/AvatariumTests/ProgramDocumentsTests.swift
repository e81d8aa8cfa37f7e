import Foundation
import ProcessRunner
import Testing

/// Compares the documents of the program with its sources.
struct ProgramDocumentsTests {
    private static let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../..").standardized

    @Test func `every variable of the environment is documented`() throws {
        let table = try String(
            contentsOf: Self.root.appendingPathComponent("docs/INSTALL.md"), encoding: .utf8)
        // Those of the service are made of its settings' names, and `serve --help` has them all.
        let service = ["Sources/AvatariumService", "Sources/AvatariumClient"]
        let sources = Self.root.appendingPathComponent("Sources")
        let files = try #require(
            FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        var found: Set<String> = []
        for case let file as URL in files where file.pathExtension == "swift" {
            let path = String(file.path.dropFirst(Self.root.path.count + 1))
            guard !service.contains(where: path.hasPrefix) else { continue }
            let text = try String(contentsOf: file, encoding: .utf8)
            found.formUnion(text.matches(of: #/"(AVATARIUM_[A-Z0-9_]*[A-Z0-9])"/#).map { String($0.1) })
        }
        #expect(found.contains("AVATARIUM_MODELS"))
        for name in found.sorted() { #expect(table.contains("`\(name)`"), "\(name)") }
    }

    @Test(.enabled(if: Program.isBuilt, "the program is not built"))
    func `the version has a section in the changelog`() throws {
        let changes = try String(
            contentsOf: Self.root.appendingPathComponent("CHANGELOG.md"), encoding: .utf8)
        let version = try Program.run(["--version"]).text.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(version.wholeMatch(of: #/\d+\.\d+\.\d+/#) != nil)
        #expect(changes.contains("\n## \(version)"), "\(version)")
    }

    /// What reaches a terminal or a log goes through `StandardError`, `StandardOutput`, a progress display or the
    /// service's log handler, which escape the control characters of files.
    @Test func `nothing writes past what escapes control characters`() throws {
        let writers = [
            "Sources/CLI/StandardError.swift", "Sources/CLI/StandardOutput.swift",
            "Sources/CLI/ProgressDisplay.swift",
            "Sources/AvatariumService/Operation/JSONLogHandler.swift",
            // Lines of JSON to the parent process.
            "Sources/RenderChild/RenderChild.swift", "Sources/RenderChild/LiveChild.swift",
        ]
        let calls =
            #/\bprint\(|\bdebugPrint\(|\bdump\(|\bputs\(|\bperror\(|\bNSLog\(|standardError|FileHandle\.standardOutput/#
        let files = try #require(
            FileManager.default.enumerator(
                at: Self.root.appendingPathComponent("Sources"), includingPropertiesForKeys: nil))
        var seen = 0
        for case let file as URL in files where file.pathExtension == "swift" {
            let path = String(file.path.dropFirst(Self.root.path.count + 1))
            seen += 1
            guard !writers.contains(path) else { continue }
            let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
            for line in lines where !line.drop(while: \.isWhitespace).hasPrefix("//") {
                #expect(line.firstMatch(of: calls) == nil, "\(path): \(line)")
            }
        }
        #expect(seen > 100)
    }
}
