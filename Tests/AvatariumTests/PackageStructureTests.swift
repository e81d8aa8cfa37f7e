import Foundation
import Testing

/// The table of docs/ARCHITECTURE.md and Package.swift say the same.
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

    /// Module and dependencies as Package.swift states them, read as text: `module("X", [...])` and targets
    /// with `name:` and `dependencies:`.
    private func built() throws -> [String: Set<String>] {
        let text = try String(contentsOf: root.appendingPathComponent("Package.swift"), encoding: .utf8)
        var table: [String: Set<String>] = [:]
        let modules = #/module\(\s*"(?<name>\w+)"(,\s*\[(?<dependencies>[^\]]*)\])?/#
        let targets =
            #/\.(executableTarget|target)\(\s*name: "(?<name>[\w-]+)"(,\s*dependencies: \[(?<dependencies>[^\]]*)\])?/#
        func names(_ list: Substring?) -> Set<String> {
            Set((list ?? "").matches(of: #/"(\w+)"/#).map { String($0.1) })
        }
        for match in text.matches(of: modules) { table[String(match.name)] = names(match.dependencies) }
        for match in text.matches(of: targets) { table[String(match.name)] = names(match.dependencies) }
        return table
    }

    @Test func thePictureOfTheHouseIsTheHouse() throws {
        let built = try built().filter { !$0.key.hasPrefix("C") }
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
}
