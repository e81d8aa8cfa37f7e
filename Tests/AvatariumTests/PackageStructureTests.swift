import Foundation
import Testing

/// Compares the table of docs/ARCHITECTURE.md with Package.swift and with the modules' `import` lines.
struct PackageStructureTests {
    private let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../..").standardized

    private func documented() throws -> [String: Set<String>] {
        let text = try String(
            contentsOf: root.appendingPathComponent("docs/ARCHITECTURE.md"), encoding: .utf8)
        var table: [String: Set<String>] = [:]
        for line in text.split(separator: "\n") where line.hasPrefix("| ") {
            let cells = line.split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 5, cells[1] != "module" else { continue }
            table[cells[1]] = Set(
                cells[2].split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) })
        }
        return table
    }

    /// Whether a module is one of C: `CAV`, and not `Chat`.
    private static func isCModule(_ name: String) -> Bool { name.prefixMatch(of: /C[A-Z]/) != nil }

    /// Module and dependencies as Package.swift states them, read as text: `module("X", [...])` and targets
    /// with `name:` and `dependencies:`.
    private func built() throws -> [String: Set<String>] {
        let text = try String(contentsOf: root.appendingPathComponent("Package.swift"), encoding: .utf8)
        var table: [String: Set<String>] = [:]
        let modules = #/module\(\s*"(?<name>\w+)"(,\s*\[(?<dependencies>[^\]]*)\])?/#
        let targets =
            #/\.(executableTarget|target)\(\s*name: "(?<name>[\w-]+)"(,\s*dependencies: \[(?<dependencies>[^\]]*)\])?/#
        func names(_ list: Substring?) -> Set<String> {
            // The name of a trait (`optional("X", for: "Trait")`) is none of a module.
            Set((list ?? "").matches(of: #/(for: )?"(\w+)"/#).filter { $0.1 == nil }.map { String($0.2) })
        }
        for match in text.matches(of: modules) { table[String(match.name)] = names(match.dependencies) }
        for match in text.matches(of: targets) { table[String(match.name)] = names(match.dependencies) }
        return table
    }

    @Test func `the module table matches the package manifest`() throws {
        let built = try built().filter { !Self.isCModule($0.key) }
        let documented = try documented()
        #expect(Set(built.keys) == Set(documented.keys))
        for (module, dependencies) in built { #expect(documented[module] == dependencies, "\(module)") }
    }

    @Test func dependenciesPointDownOnly() throws {
        let built = try built()
        func reaches(_ from: String, _ to: String) -> Bool {
            built[from, default: []].contains { $0 == to || reaches($0, to) }
        }
        for module in built.keys { #expect(!reaches(module, module), "\(module) depends on itself") }
    }

    /// Folders of targets that are not called like their target.
    private static let otherFolders = [
        "avatarium": "Sources/CLI", "avatarium-bench": "Benchmarks",
        "avatarium-espeak": "Sources/ESpeakHelper",
    ]

    /// The modules of this package that a module's sources import.
    private func imports(_ module: String, of modules: Set<String>) throws -> Set<String> {
        let folder = try #require(
            ["Sources/\(module)", "Tests/\(module)", module, Self.otherFolders[module] ?? ""].first {
                !$0.isEmpty && FileManager.default.fileExists(atPath: root.appendingPathComponent($0).path)
            }, "no folder of \(module)")
        let place = root.appendingPathComponent(folder)
        var found: Set<String> = []
        let line =
            #/^\s*(@\w+\s+)*((public|package|internal|private)\s+)?import\s+((struct|class|enum|protocol|func|typealias|var|let)\s+)?(\w+)/#
            .anchorsMatchLineEndings()
        let files = try #require(FileManager.default.enumerator(at: place, includingPropertiesForKeys: nil))
        for case let file as URL in files where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: line) { found.insert(String(match.output.6)) }
        }
        return found.intersection(modules)
    }

    /// The table said for months that Rig used Geometry, and no file of it imported it.
    @Test func `modules import exactly what they declare`() throws {
        let built = try built()
        let modules = Set(built.keys).union(built.values.flatMap { $0 })
        for (module, dependencies) in built where !Self.isCModule(module) {
            #expect(try imports(module, of: modules) == dependencies.intersection(modules), "\(module)")
        }
    }
}
