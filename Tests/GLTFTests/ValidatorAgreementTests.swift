import AvatariumCore
import Foundation
import GLTF
import Testing

/// Our diagnostics beside the official validator's, over Khronos' own cases.
@Suite(.enabled(if: dataFolder != nil, "AVATARIUM_TEST_DATA names no data folder"))
struct ValidatorAgreementTests {
    private struct Issue: Hashable {
        var code: String
        var place: String
    }

    private struct Official {
        var errors: [Issue] = []
        var all: [Issue] = []
    }

    @Test func agreesWithTheOfficialValidator() throws {
        var cases = 0
        var agreeing = 0
        var errors = (found: 0, all: 0, ours: 0)
        var issues = (found: 0, all: 0)
        for file in modelFiles("validator") {
            guard let official = try official(file) else { continue }
            let report = try Loader().inspect(path: file)
            let ours = report.diagnostics.filter { $0.severity == .error }.map(issue)
            cases += 1
            agreeing += official.errors.isEmpty == report.isValid ? 1 : 0
            errors.found += common(official.errors, ours)
            errors.all += official.errors.count
            errors.ours += ours.count
            issues.found += common(official.all, report.diagnostics.map(issue))
            issues.all += official.all.count
            if official.errors.isEmpty {
                #expect(report.error == nil, "valid, but refused: \(file)")
            } else if let refusal = report.error, refusal.code == .avatarModelInvalid {
                // A refusal names an official code at its pointer (or byte).
                let place = refusal.context["offset"].flatMap { offset in
                    official.errors.contains { $0.place == offset } ? offset : nil
                }
                let named = Issue(
                    code: refusal.context["rule"] ?? "",
                    place: place ?? refusal.context["pointer"] ?? "")
                #expect(official.errors.contains(named), "\(file): \(refusal)")
            }
        }
        print("glTF-Validator: \(cases) cases, valid/invalid agrees in \(agreeing);")
        print("  errors at the same place: \(errors.found) of \(errors.all), \(errors.ours) of ours;")
        print("  issues of all severities: \(issues.found) of \(issues.all)")
        #expect(cases == 213)
        #expect(agreeing >= 212)
        #expect(errors.found == errors.all)
        #expect(issues.found >= 556)
    }

    private func issue(_ diagnostic: Diagnostic) -> Issue {
        Issue(code: diagnostic.code, place: diagnostic.offset.map(String.init) ?? diagnostic.pointer)
    }

    private func official(_ file: String) throws -> Official? {
        guard let bytes = FileManager.default.contents(atPath: file + ".report.json") else { return nil }
        let json = try JSONParser.parse([UInt8](bytes))
        var out = Official()
        for message in json["issues"]?["messages"]?.array ?? [] {
            let place = message["pointer"]?.string ?? message["offset"]?.int.map(String.init) ?? ""
            let issue = Issue(code: message["code"]?.string ?? "", place: place)
            out.all.append(issue)
            if message["severity"]?.int == 0 { out.errors.append(issue) }
        }
        return out
    }

    /// How many of `a` are also in `b`, each of `b` matched once.
    private func common(_ a: [Issue], _ b: [Issue]) -> Int {
        var left = Dictionary(b.map { ($0, 1) }, uniquingKeysWith: +)
        return a.filter { issue in
            guard let n = left[issue], n > 0 else { return false }
            left[issue] = n - 1
            return true
        }.count
    }
}
